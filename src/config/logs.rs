//! What is logged and in which form.
//!
//! Owns the two settings; the subscriber is made in `telemetry`.

use serde::{Deserialize, Serialize};

/// The settings of the log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Logs {
    /// A level, or directives such as `info,deskwire::chat=debug`.
    pub log: String,
    /// How a line looks.
    pub log_format: LogFormat,
}

impl Default for Logs {
    fn default() -> Self {
        Self { log: "info".to_owned(), log_format: LogFormat::default() }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

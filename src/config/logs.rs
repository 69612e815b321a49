//! Settings of the log.
//!
//! Owns the two settings. Does not create the subscriber: `telemetry` does.

use serde::{Deserialize, Serialize};

/// Settings of the log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Logs {
    /// Level, or directives such as `info,deskwire::chat=debug`. Default: `info`.
    pub log: String,
    /// Format of a line.
    pub log_format: LogFormat,
}

impl Default for Logs {
    fn default() -> Self {
        Self { log: "info".to_owned(), log_format: LogFormat::default() }
    }
}

/// Format of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

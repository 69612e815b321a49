//! Errors of commands, and their exit codes.
//!
//! Owns the split between refused arguments or settings (2) and failures of the run (1). Does not print.

use std::{error::Error, io};

use super::{FAILURE, USAGE};
use crate::config::SettingsError;

/// Failure of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Invalid settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Arguments that are invalid, or that do not fit the settings.
    #[error("{0}")]
    Usage(String),
    /// Standard output that is closed or full.
    #[error("the result could not be printed")]
    Output(#[from] io::Error),
    /// Failure while the command ran.
    #[error("{what} failed")]
    Failed {
        /// Name of the failed step, as the subject of "… failed".
        what: &'static str,
        /// Error of the floor below.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CliError {
    /// Converts an error of a floor below; `what` names the step.
    pub(super) fn failed<E: Into<Box<dyn Error + Send + Sync>>>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed { what, source: error.into() }
    }

    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Usage(_) => USAGE,
            Self::Output(_) | Self::Failed { .. } => FAILURE,
        }
    }
}

//! How a command fails, and the exit code it ends with.
//!
//! Owns the split between what the operator has to change (2) and what went wrong (1).

use std::{error::Error, io};

use super::{FAILURE, USAGE};
use crate::config::SettingsError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings were refused.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The command does not make sense with these arguments or settings.
    #[error("{0}")]
    Usage(String),
    /// The result could not be printed.
    #[error("the result could not be printed")]
    Output(#[from] io::Error),
    /// Something failed on the way.
    #[error("{what} failed")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CliError {
    /// Turns an error of a floor below into one that says what was tried.
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

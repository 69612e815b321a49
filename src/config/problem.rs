//! Problems of the settings, as messages for the operator.
//!
//! Owns the messages. Never contains the value of a secret.

use std::{fmt, path::PathBuf};

/// Problem of one key, or of a combination of keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// Configuration file that cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        reason: String,
    },
    /// Configuration file that is not TOML.
    #[error("the configuration file {} is not valid TOML: {reason}", path.display())]
    Syntax {
        /// Path of the file.
        path: PathBuf,
        /// Line, column and error; never the text of the line.
        reason: String,
    },
    /// Key that does not exist.
    #[error("unknown key `{key}` in {origin}{}", hint(suggestion.as_deref()))]
    UnknownKey {
        /// Full path of the key.
        key: String,
        /// File, variable or flag with the key.
        origin: String,
        /// Existing key with a similar name.
        suggestion: Option<String>,
    },
    /// Value of a wrong type or out of range.
    #[error("`{key}` in {origin} {found}: expected {expected}")]
    Value {
        /// Full path of the key.
        key: String,
        /// File, variable or flag with the value.
        origin: String,
        /// Predicate on the value, such as `is "x"`; without the value for secrets.
        found: String,
        /// Description of the accepted values.
        expected: String,
    },
    /// Values that are valid alone but not together.
    #[error("{0}")]
    Combination(String),
    /// Catalogue of keys that does not match the settings: a bug.
    #[error("the settings could not be loaded{}; this is a bug", at_key(key.as_deref()))]
    Internal {
        /// Key with the mismatch, if known.
        key: Option<String>,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || "; docs/CONFIGURATION.md lists the keys that exist".to_owned(),
        |name| format!("; did you mean `{name}`?"),
    )
}

fn at_key(key: Option<&str>) -> String {
    key.map(|key| format!(" at `{key}`")).unwrap_or_default()
}

/// All problems of the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// Problems in sorted order, at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fmt::Display::fmt(problem, f)?;
        }
        Ok(())
    }
}

//! Why settings were refused, in words for the operator.
//!
//! Owns the sentences. None of them repeats the value of a secret.

use std::{fmt, path::PathBuf};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    /// The file that was asked for cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, column and what is wrong there; never the line itself.
        reason: String,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}` in {origin}{}", hint(suggestion.as_deref()))]
    UnknownKey {
        /// Its full path.
        key: String,
        /// Where it stands.
        origin: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A value that its key cannot have.
    #[error("`{key}` in {origin} {found}: expected {expected}")]
    Value {
        /// The full path of the key.
        key: String,
        /// Where the value stands.
        origin: String,
        /// What stands there (`is "x"`, or for secrets that it is not usable).
        found: String,
        /// What would be accepted.
        expected: String,
    },
    /// Values that are fine each but not together.
    #[error("{0}")]
    Combination(String),
    /// The catalogue of keys and the settings disagree: a bug of this program.
    #[error("the settings could not be put together{}; this is a bug", at_key(key.as_deref()))]
    Internal {
        /// The key at fault, if known.
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

/// Everything that is wrong, so that it can be put right in one go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    /// At least one.
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

//! Shows the settings in effect with their origins, secrets redacted.
//!
//! Owns the redaction of secrets. Does not render values or print: [`super::value`] and the caller do.

use std::fmt;

use config::ValueKind;

use super::{
    Database, Key, keys,
    sources::Layer,
    value::{render, render_text},
};

/// Key with its value in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Full path of the key.
    pub key: &'static str,
    /// Value in TOML syntax, redacted if secret; `None` if not set.
    pub value: Option<String>,
    /// File, variable or flag with the value, or `default`.
    pub origin: String,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}  # {}", self.key, self.origin),
            None => write!(f, "# {} is not set", self.key),
        }
    }
}

/// All keys in the order of the catalogue. Values in `set` replace defaults.
pub(super) fn effective(set: &Layer) -> Vec<Effective> {
    let effective = |key: &'static Key| {
        let value = match set.value(&key.path) {
            Some(value) if key.secret => Some(redacted(&key.path, value)),
            Some(value) => Some(render(value)),
            None => key.default.clone(),
        };
        Effective { key: &key.path, value, origin: set.origin(&key.path).to_owned() }
    };
    keys().iter().map(effective).collect()
}

fn redacted(path: &str, value: &ValueKind) -> String {
    match value {
        ValueKind::String(url) if path == "database_url" => Database::parse(url)
            .map_or_else(|_| render_text("<redacted>"), |database| render_text(&database.to_string())),
        _ => render_text("<redacted>"),
    }
}

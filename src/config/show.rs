//! The settings in effect as text: each with where it comes from, secrets redacted.
//!
//! Owns the redaction of secrets. How a value is written is [`super::value`]'s; where it is printed, the caller's.

use std::fmt;

use config::ValueKind;

use super::{
    Database, Key, keys,
    sources::Layer,
    value::{render, render_text},
};

/// One key and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The key's full path.
    pub key: &'static str,
    /// Its value as TOML has it, redacted if secret; `None` if it is not set.
    pub value: Option<String>,
    /// Where the value comes from.
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

/// All keys in the order of the catalogue, over the defaults those in `set`.
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

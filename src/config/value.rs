//! Types of values, their parsing from TOML and text, and their rendering.
//!
//! Owns types and ranges. Does not know which key has which type.

use config::{Value, ValueKind};

use super::validators::Form;

/// Type of a key's value.
#[derive(Clone, Copy, Debug)]
pub enum ValueType {
    /// Whole number in this range, bounds included.
    Integer {
        /// Smallest value.
        min: u64,
        /// Greatest value.
        max: u64,
    },
    /// Number above 0, fractions allowed.
    Number {
        /// Greatest value.
        max: f64,
    },
    /// `true` or `false`; in variables and flags also `yes`/`no`, `on`/`off`, `1`/`0`.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text of this form.
    Text(Form),
    /// List of texts of this form.
    List(Form),
}

/// Refused value (not shown for secret keys) and the expected one.
pub(super) struct Mismatch {
    pub(super) found: String,
    pub(super) expected: String,
}

impl ValueType {
    /// Name of the type, for the documentation.
    pub fn describe(&self) -> String {
        match self {
            Self::Integer { min, max } => format!("integer, {min} to {max}"),
            Self::Number { max } => format!("number above 0, to {max}"),
            Self::Boolean => "boolean".to_owned(),
            Self::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
            Self::Text(form) => form.noun.to_owned(),
            Self::List(form) => format!("list of {}", form.noun),
        }
    }

    /// Parses the text of an environment variable or a flag.
    pub(super) fn read_text(&self, text: &str) -> Result<ValueKind, Mismatch> {
        let text = if matches!(self, Self::Text(_)) { text } else { text.trim() };
        let value = match self {
            Self::Integer { .. } => text.parse::<i64>().ok().map(ValueKind::I64),
            Self::Number { .. } => text.parse::<f64>().ok().map(ValueKind::Float),
            Self::Boolean => boolean(text).map(ValueKind::Boolean),
            Self::Choice(_) | Self::Text(_) => Some(ValueKind::String(text.to_owned())),
            Self::List(_) => Some(ValueKind::Array(
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect(),
            )),
        };
        match value {
            Some(value) => self.check(value),
            None => Err(Mismatch { found: quoted(text), expected: self.expected() }),
        }
    }

    /// Checks a TOML value and returns its normal form.
    pub(super) fn check(&self, value: ValueKind) -> Result<ValueKind, Mismatch> {
        match (self, value) {
            (Self::Integer { min, max }, ValueKind::I64(n))
                if u64::try_from(n).is_ok_and(|n| (*min..=*max).contains(&n)) =>
            {
                Ok(ValueKind::I64(n))
            }
            (Self::Number { max }, ValueKind::Float(x)) if x > 0.0 && x <= *max => Ok(ValueKind::Float(x)),
            #[expect(clippy::cast_precision_loss, reason = "the range ends long before precision does")]
            (Self::Number { max }, ValueKind::I64(n)) if n > 0 && n as f64 <= *max => {
                Ok(ValueKind::Float(n as f64))
            }
            (Self::Boolean, ValueKind::Boolean(yes)) => Ok(ValueKind::Boolean(yes)),
            (Self::Choice(words), ValueKind::String(word)) if words.contains(&word.as_str()) => {
                Ok(ValueKind::String(word))
            }
            (Self::Text(form), ValueKind::String(text)) => normal(*form, &text).map(ValueKind::String),
            (Self::List(form), ValueKind::Array(items)) => list(*form, items),
            (_, value) => Err(Mismatch { found: shown(&value), expected: self.expected() }),
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Number { max } => format!("a number above 0 and up to {max}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Choice(words) => words.join(" or "),
            Self::Text(form) => format!("a text ({})", form.noun),
            Self::List(form) => format!("a list of {}", form.noun),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn normal(form: Form, text: &str) -> Result<String, Mismatch> {
    form.normalise(text).map_err(|expected| Mismatch { found: quoted(text), expected })
}

fn list(form: Form, items: Vec<Value>) -> Result<ValueKind, Mismatch> {
    let texts = items.into_iter().map(|item| match item.kind {
        ValueKind::String(text) => normal(form, &text).map(Value::from),
        other => Err(Mismatch { found: shown(&other), expected: format!("a list of {}", form.noun) }),
    });
    texts.collect::<Result<Vec<_>, _>>().map(ValueKind::Array)
}

fn shown(value: &ValueKind) -> String {
    match value {
        ValueKind::String(text) => quoted(text),
        ValueKind::Table(_) => "is a table".to_owned(),
        ValueKind::Array(_) => "is a list".to_owned(),
        ValueKind::Nil => "is empty".to_owned(),
        scalar => format!("is {scalar}"),
    }
}

/// Predicate with the quoted text: control characters escaped, at most 60 characters. A text with `@` may
/// contain a password and is not shown.
fn quoted(text: &str) -> String {
    if text.contains('@') {
        return "is not usable".to_owned();
    }
    let start: String = text.chars().take(60).collect();
    let dots = if start.len() < text.len() { "…" } else { "" };
    format!("is {start:?}{dots}")
}

/// Value in TOML syntax.
pub(super) fn render(value: &ValueKind) -> String {
    match value {
        ValueKind::String(text) => render_text(text),
        ValueKind::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| render(&item.kind)).collect();
            format!("[{}]", items.join(", "))
        }
        ValueKind::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}

/// Text in TOML syntax: the escapes of JSON are valid in TOML.
pub(super) fn render_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

//! Checks values that an application passes to users: an identifier, a JSON object.
//!
//! Owns their forms, so that no value breaks a client's parser. Does not know their use.

use serde_json::{Map, Value};

/// Name of an event or kind of a notification: a lower-case letter, then at most 63 lower-case letters,
/// digits, `_`, `.` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier(String);

impl Identifier {
    /// Longest identifier in characters.
    pub const MAX_CHARS: usize = 64;

    /// Checks the form; `None` for any other text.
    pub fn new(text: &str) -> Option<Self> {
        let sound = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= Self::MAX_CHARS
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'));
        sound.then(|| Self(text.to_owned()))
    }

    /// Text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// JSON object in its shortest form, which every parser accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonObject(String);

/// Reason why a text is not a [`JsonObject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Text of another form, or with a number or character that JSON cannot represent.
    #[error("Expected a JSON object.")]
    NotAnObject,
    /// Object with more bytes than the bound.
    #[error("Expected at most {max} bytes.")]
    TooLarge {
        /// Bound in bytes.
        max: usize,
    },
    /// Object nested deeper than [`JsonObject::MAX_DEPTH`].
    #[error("Expected at most {max} levels.", max = JsonObject::MAX_DEPTH)]
    TooDeep,
}

impl JsonObject {
    /// Greatest depth of nested objects and lists, including the outermost.
    pub const MAX_DEPTH: usize = 16;

    /// Parses an object. The bound holds for the text and for its shortest form. The last of equal keys
    /// counts.
    pub fn new(text: &str, max_bytes: usize) -> Result<Self, JsonError> {
        if text.len() > max_bytes {
            return Err(JsonError::TooLarge { max: max_bytes });
        }
        // Parsing also refuses half of a surrogate pair, which is not a character.
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| JsonError::NotAnObject)?;
        if object.values().map(depth).max().unwrap_or(0) >= Self::MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        let text = Value::Object(object).to_string();
        if text.len() > max_bytes {
            return Err(JsonError::TooLarge { max: max_bytes });
        }
        Ok(Self(text))
    }

    /// Object as JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Depth of a value. Recursion is safe, because the parser bounds the depth.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_a_lower_case_name() {
        for text in ["a", "order.shipped", "crm-sync_2", &"a".repeat(64)] {
            assert!(Identifier::new(text).is_some(), "{text}");
        }
        for text in ["", "A", "1a", "_a", ".a", "a b", "a\"", "é", "a\n", &"a".repeat(65)] {
            assert!(Identifier::new(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_object_is_passed_on_in_its_shortest_form() {
        let of = |text: &str| JsonObject::new(text, 100).map(|it| it.0);
        assert_eq!(
            of(" { \"b\" : [1, 2.5, null] ,\n\"a\": \"\\u0041\" } ").unwrap(),
            r#"{"a":"A","b":[1,2.5,null]}"#
        );
        assert_eq!(of(r#"{"a":1,"a":2}"#).unwrap(), r#"{"a":2}"#);
        for text in ["", "1", "[]", "null", "\"{}\"", "{", "{}{}", r#"{"a":1e999}"#, r#"{"a":"\ud800"}"#] {
            assert_eq!(of(text), Err(JsonError::NotAnObject), "{text}");
        }
    }

    #[test]
    fn an_object_is_bounded_in_bytes_and_depth() {
        let nested =
            |levels: usize| format!("{}{}", "{\"a\":".repeat(levels - 1) + "{}", "}".repeat(levels - 1));
        assert!(JsonObject::new(&nested(JsonObject::MAX_DEPTH), 1_000).is_ok());
        assert_eq!(JsonObject::new(&nested(JsonObject::MAX_DEPTH + 1), 1_000), Err(JsonError::TooDeep));
        assert_eq!(
            JsonObject::new(&nested(100_000), 1_000_000),
            Err(JsonError::NotAnObject),
            "and no stack is lost"
        );
        let filled = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
        assert!(JsonObject::new(&filled(100), 100).is_ok());
        assert_eq!(JsonObject::new(&filled(101), 100), Err(JsonError::TooLarge { max: 100 }));
        // The shortest form of a number may be longer than the sent one.
        assert_eq!(JsonObject::new(r#"{"a":[1e15,1e15,1e15]}"#, 30), Err(JsonError::TooLarge { max: 30 }));
    }

    proptest! {
        #[test]
        fn what_is_passed_on_is_an_object_within_the_bounds(text in "[{}\\[\\]\":,a-c0-9e.\\\\u -]{0,60}") {
            if let Ok(object) = JsonObject::new(&text, 50) {
                prop_assert!(object.as_str().len() <= 50);
                prop_assert_eq!(JsonObject::new(object.as_str(), 50).unwrap(), object, "it stays as it is");
            }
        }
    }
}

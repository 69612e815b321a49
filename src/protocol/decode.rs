//! Fields of commands, from JSON.
//!
//! Owns what is said of a field that is missing or wrong, and lists that take no more memory than they should.
//! Does not know which commands there are.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor},
};

use super::WireError;

/// More than any setting allows. Elements beyond are read and forgotten: the answer is the length
/// check's, but an element of a few bytes on the wire must not take a hundred in memory by the million.
const MAX_ELEMENTS: usize = 16_384;

/// A list, of which [`MAX_ELEMENTS`] are kept; `null` is as good as missing.
pub(super) fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while kept.len() < MAX_ELEMENTS {
                match list.next_element()? {
                    Some(element) => kept.push(element),
                    None => return Ok(Some(kept)),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Some(kept))
        }
    }

    deserializer.deserialize_any(Bounded(PhantomData))
}

/// Tells `null` (`Some(None)`) from a field that is missing (`None`, by default).
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The fields of a command, from the text of a JSON object.
///
/// # Errors
/// `invalid_payload` naming the field at fault, or `data`.
pub(super) fn fields<T: DeserializeOwned>(data: &str) -> Result<T, WireError> {
    if !data.starts_with('{') {
        // Without this, serde would take an array for a struct's fields in order.
        return Err(WireError::invalid("data", "`data` must be an object."));
    }
    serde_json::from_str(data).map_err(|_| explain::<T>(data))
}

/// Decodes again, slowly, to learn which field is at fault.
fn explain<T: DeserializeOwned>(data: &str) -> WireError {
    let mut json = serde_json::Deserializer::from_str(data);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut json) else {
        return WireError::invalid("data", "`data` is malformed.");
    };
    let inner = error.inner().to_string();
    // A number that no machine holds is JSON all the same, and a field's.
    if !error.inner().is_data() && !inner.starts_with("number out of range") {
        return WireError::invalid("data", "`data` is not JSON.");
    }
    at_fault(&error.path().to_string(), &inner)
}

/// `invalid_payload` for the field at `path`, of which serde says what is wrong in `inner`.
pub fn at_fault(path: &str, inner: &str) -> WireError {
    // serde names these fields only in its sentence.
    for (start, sentence) in [
        ("missing field `", "This field is required."),
        ("duplicate field `", "This field is given more than once."),
    ] {
        if let Some(name) = inner.strip_prefix(start).and_then(|rest| rest.split('`').next()) {
            let path = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
            return WireError::invalid(path, sentence);
        }
    }
    let field: Cow<'static, str> = if path == "." { "data".into() } else { path.to_owned().into() };
    // The position is one in `data`, not in the frame, and helps nobody.
    let sentence = inner.split(" at line ").next().unwrap_or_default();
    WireError::invalid(field, format!("{}.", shortened(&capitalised(sentence))))
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// serde's sentences quote the value, which may be of any length.
fn shortened(sentence: &str) -> String {
    const MAX: usize = 200;
    if sentence.chars().count() <= MAX {
        return sentence.to_owned();
    }
    sentence.chars().take(MAX).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Command;

    #[test]
    fn a_list_of_millions_is_kept_small_and_still_too_long() {
        let list = vec!["{}"; 1_000_000].join(",");
        let data = format!(r#"{{"ticketId":1,"attachments":[{list}]}}"#);
        let Ok(Command::SendMessage(message)) = Command::decode("send_message", &data) else {
            panic!("it is well-formed");
        };
        let kept = message.attachments.unwrap();
        assert_eq!(kept.len(), MAX_ELEMENTS);
        assert!(kept.capacity() <= 2 * MAX_ELEMENTS);
    }

    #[test]
    fn a_missing_list_and_null_are_none() {
        for data in [r#"{"ticketId":1}"#, r#"{"ticketId":1,"attachments":null}"#] {
            let decoded = Command::decode("send_message", data);
            assert!(matches!(decoded, Ok(Command::SendMessage(message)) if message.attachments.is_none()));
        }
    }
}

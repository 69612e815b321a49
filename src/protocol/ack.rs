//! The `ack` of a frame.
//!
//! Owns its bounds. Does not know what is answered under it.

use serde::{Deserialize, Deserializer, Serialize, de};

/// What a caller wants its answer to carry. Sent back as it came, and compared with nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ack {
    /// 0 … 2^53-1.
    Number(u64),
    /// At most 64 characters.
    Text(Box<str>),
}

/// What a JavaScript number holds exactly.
pub(super) const MAX_ACK_NUMBER: u64 = (1 << 53) - 1;
pub(super) const MAX_ACK_CHARS: usize = 64;

impl<'de> Deserialize<'de> for Ack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Ack;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an integer from 0 to 2^53-1 or a string of at most 64 characters")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Ack, E> {
                if value > MAX_ACK_NUMBER {
                    return Err(E::invalid_value(de::Unexpected::Unsigned(value), &self));
                }
                Ok(Ack::Number(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Ack, E> {
                if value.chars().count() > MAX_ACK_CHARS {
                    return Err(E::invalid_length(value.len(), &self));
                }
                Ok(Ack::Text(value.into()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

//! Secrets of webhooks, as the Standard Webhooks specification writes them: `whsec_` and base64.
//!
//! Owns their form. What is signed with them is the sender's.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::domain::Secret;

const PREFIX: &str = "whsec_";

/// Bytes of a key, ends included.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A new one, of 32 random bytes.
pub fn generate() -> Secret {
    of_key(&rand::random::<[u8; 32]>())
}

fn of_key(key: &[u8]) -> Secret {
    Secret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(key)))
}

/// Takes one that someone brings, in its normal form; `None` for what is none.
pub fn parse(text: &str) -> Option<Secret> {
    let encoded = text.trim().strip_prefix(PREFIX)?;
    // Twice the greatest is more than any base64 of it.
    if encoded.len() > 2 * BYTES.end() {
        return None;
    }
    let key = BASE64_STANDARD.decode(encoded).ok()?;
    BYTES.contains(&key.len()).then(|| of_key(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_taken_back_and_never_the_same() {
        let secret = generate();
        assert_eq!(parse(secret.expose()), Some(secret.clone()));
        assert_ne!(secret, generate());
    }

    #[test]
    fn a_key_has_24_to_64_bytes() {
        for (bytes, is_taken) in
            [(0, false), (23, false), (24, true), (64, true), (65, false), (1_000, false)]
        {
            let text = of_key(&vec![7; bytes]);
            assert_eq!(parse(text.expose()).is_some(), is_taken, "{bytes}");
        }
        let bare = BASE64_STANDARD.encode([7; 32]);
        for text in [bare.as_str(), "whsec_", "whsec_not base64!", &format!("whpk_{bare}")] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

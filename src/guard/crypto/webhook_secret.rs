//! Secrets of webhooks in the form of the Standard Webhooks specification: `whsec_` and base64.
//!
//! Owns their form. Does not sign: the sender of webhooks does.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::domain::Secret;

const PREFIX: &str = "whsec_";

/// Permitted length of a key in bytes.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Generates a secret of 32 random bytes.
pub fn generate() -> Secret {
    of_key(&rand::random::<[u8; 32]>())
}

fn of_key(key: &[u8]) -> Secret {
    Secret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(key)))
}

/// Parses a caller's secret and returns its normal form; `None` for another form or length.
pub fn parse(text: &str) -> Option<Secret> {
    let encoded = text.trim().strip_prefix(PREFIX)?;
    // Twice the greatest length exceeds the base64 of any valid key.
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

//! Encodes bytes as base64, in the standard and the URL-safe alphabet.
//!
//! Owns base64 except for attachments. Does not tolerate deviations: [`crate::guard::files::attachment`]
//! does.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use sha2::{Digest as _, Sha256};

/// SHA-256 in the form of a content security policy (CSP Level 3, section 2.3.1).
pub fn sha256_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

/// SHA-256 in the URL-safe alphabet, without padding.
pub fn sha256_base64_url(bytes: &[u8]) -> String {
    base64_url(&Sha256::digest(bytes))
}

/// Bytes in the URL-safe alphabet, without padding.
pub fn base64_url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes the output of [`base64_url`]; `None` for any other text.
pub fn from_base64_url(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_as_a_policy_expects_it() {
        // The example of CSP Level 3, section 8.2: `alert('Hello, world.');`.
        let expected = "qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=";
        assert_eq!(sha256_base64(b"alert('Hello, world.');"), expected);
    }

    #[test]
    fn a_token_is_safe_in_a_url() {
        assert_eq!(base64_url(&[0xfb, 0xff, 0xfe, 0x01]), "-__-AQ");
        assert_eq!(from_base64_url("-__-AQ").unwrap(), [0xfb, 0xff, 0xfe, 0x01]);
        assert_eq!(from_base64_url("+//+AQ=="), None);
    }
}

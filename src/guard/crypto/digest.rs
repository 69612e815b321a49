//! Keyed digest of a message's content, which distinguishes a retry from another message with an equal client
//! key.
//!
//! Owns the encoding of the parts and the HMAC. Does not know what the parts are, or where digests are
//! stored. A key is needed because hashes of short messages could be guessed from a stolen database.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Compares two byte strings in a time that depends only on their lengths.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}

/// Key of the digests. After a change, retries of older messages become conflicts.
#[derive(Clone)]
pub struct DigestKey([u8; 64]);

impl DigestKey {
    /// Derives a key from a secret of any length. The secret may serve other purposes.
    pub fn derive(secret: &[u8]) -> Self {
        Self::labelled(b"deskwire content digest v1\0", secret)
    }

    /// Derives a key for the purpose named by the label. No label may be a prefix of another.
    pub(super) fn labelled(label: &[u8], secret: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(label);
        hash.update(secret);
        // HMAC pads short keys with zeros to the block size, so this equals the 32-byte key (RFC 2104).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&hash.finalize());
        Self(block)
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(…)")
    }
}

/// HMAC-SHA256 over the parts of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// Digest as 32 bytes, for storing.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares with stored bytes in constant time. `false` for another length.
    pub fn matches(&self, stored: &[u8]) -> bool {
        constant_time_eq(&self.0, stored)
    }
}

/// Unfinished digest. Each part is preceded by its length, so `"ab", "c"` differs from `"a", "bc"`.
#[derive(Clone)]
pub struct Digest(Hmac<Sha256>);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl Digest {
    /// Starts a digest without parts.
    pub fn new(key: &DigestKey) -> Self {
        Self(Hmac::new(&key.0.into()))
    }

    /// Adds a part with its length.
    pub fn part(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds an optional part. A missing part differs from an empty one.
    pub fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.part(&[1]).part(bytes),
            None => self.part(&[0]),
        }
    }

    /// Digest of all parts.
    pub fn finish(self) -> ContentDigest {
        ContentDigest(self.0.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_in_constant_time_is_equality() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"abcd"));
    }

    fn digest(parts: &[&[u8]]) -> ContentDigest {
        parts.iter().fold(Digest::new(&DigestKey::derive(b"k")), |digest, part| digest.part(part)).finish()
    }

    #[test]
    fn the_same_parts_have_the_same_digest_and_no_others() {
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
        for other in
            [&[b"a".as_slice(), b"bc"] as &[&[u8]], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"], &[]]
        {
            assert_ne!(digest(&[b"ab", b"c"]), digest(other));
        }
    }

    #[test]
    fn another_key_makes_another_digest() {
        assert_ne!(Digest::new(&DigestKey::derive(b"other")).part(b"x").finish(), digest(&[b"x"]));
    }

    #[test]
    fn missing_differs_from_empty() {
        let new = || Digest::new(&DigestKey::derive(b"k"));
        assert_ne!(new().optional(None).finish(), new().optional(Some(b"")).finish());
        assert_ne!(
            new().optional(None).optional(Some(b"x")).finish(),
            new().optional(Some(b"x")).optional(None).finish()
        );
    }

    #[test]
    fn a_stored_digest_is_recognised() {
        let made = digest(&[b"x"]);
        assert!(made.matches(made.as_bytes()));
        assert!(!made.matches(b"short") && !made.matches(digest(&[b"y"]).as_bytes()));
    }

    #[test]
    fn the_digest_is_the_hmac_of_the_length_prefixed_parts() {
        // Computed with another implementation, so that stored digests stay valid:
        assert_eq!(
            hex::encode(digest(&[b"x"]).as_bytes()),
            "c244993dbf0a3963a34b1a762b5bdb41defe72f5ceed25b83100ac9c99714604"
        );
    }

    #[test]
    fn debug_never_shows_the_key() {
        assert_eq!(format!("{:?}", DigestKey::derive(b"k")), "DigestKey(…)");
    }
}

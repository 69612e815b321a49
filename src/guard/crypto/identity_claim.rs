//! Verifies the identity of a visitor, signed by the helpdesk's own server.
//!
//! Owns the signed text and its HMAC-SHA256. Does not know the rights of an identified visitor.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::digest::constant_time_eq;
use crate::domain::{Secret, Timestamp};

/// First line of the signed text, so that the secret may sign other texts.
const PURPOSE: &str = "deskwire-identity-v1";

/// Secret shared with the helpdesk's server.
#[derive(Clone)]
pub struct IdentityKey(Hmac<Sha256>);

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(…)")
    }
}

/// Claimed identity of a visitor.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// Id of the user.
    pub id: &'a str,
    /// Name of the user; empty for none.
    pub name: &'a str,
    /// E-mail address of the user; empty for none.
    pub email: &'a str,
    /// Expiry in seconds since 1970.
    pub expires_at: i64,
}

impl Claimed<'_> {
    /// Signed text of five lines. `None` if a field contains a control character: with line ends, two claims
    /// could have one text.
    fn text(&self) -> Option<String> {
        let Self { id, name, email, expires_at } = self;
        let is_line = |field: &&str| !field.chars().any(char::is_control);
        [id, name, email]
            .into_iter()
            .all(is_line)
            .then(|| format!("{PURPOSE}\n{id}\n{name}\n{email}\n{expires_at}"))
    }

    /// Returns `true` once the claim is expired.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.saturating_mul(1_000) <= now.0
    }
}

impl IdentityKey {
    /// Creates the key from the shared secret, of any length.
    pub fn new(secret: &Secret) -> Self {
        let bytes = secret.expose().as_bytes();
        // HMAC hashes longer keys (RFC 2104), so every length is valid.
        let keyed = Hmac::new_from_slice(bytes).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
        Self(keyed)
    }

    /// Returns `true` if `signature` is the HMAC-SHA256 of the claim in hexadecimal. The expiry is not
    /// checked.
    pub fn vouches(&self, claimed: &Claimed<'_>, signature: &str) -> bool {
        let (Some(text), Ok(given)) = (claimed.text(), hex::decode(signature)) else { return false };
        let mut hmac = self.0.clone();
        hmac.update(text.as_bytes());
        constant_time_eq(&hmac.finalize().into_bytes(), &given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> IdentityKey {
        IdentityKey::new(&Secret::new("g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW"))
    }

    const CLAIMED: Claimed<'static> =
        Claimed { id: "casey", name: "Casey Jones", email: "casey@example.com", expires_at: 1_800_000_000 };

    /// Computed by another implementation: python3 -c 'import hmac; print(hmac.new(b"g7Jw…",
    /// b"deskwire-identity-v1\ncasey\nCasey Jones\ncasey@example.com\n1800000000", "sha256").hexdigest())',
    /// in one line.
    const SIGNATURE: &str = "fd64f05febb92f5c24e948f1852b9df668e1e97f5e72d8a79882ee326cf92cca";

    #[test]
    fn the_signature_is_what_other_programs_make() {
        assert!(key().vouches(&CLAIMED, SIGNATURE));
        assert!(key().vouches(&CLAIMED, &SIGNATURE.to_uppercase()));
    }

    #[test]
    fn every_field_is_signed() {
        for other in [
            Claimed { id: "casey2", ..CLAIMED },
            Claimed { name: "Casey", ..CLAIMED },
            Claimed { name: "", ..CLAIMED },
            Claimed { email: "", ..CLAIMED },
            Claimed { expires_at: 1_800_000_001, ..CLAIMED },
            Claimed { name: "Casey Jones\ncasey@example.com", email: "", ..CLAIMED },
        ] {
            assert!(!key().vouches(&other, SIGNATURE), "{other:?}");
        }
        for signature in ["", "00", &SIGNATURE[..62], &format!("{SIGNATURE}00"), "not hexadecimal"] {
            assert!(!key().vouches(&CLAIMED, signature), "{signature}");
        }
        let another = IdentityKey::new(&Secret::new("another secret of thirty-two bytes"));
        assert!(!another.vouches(&CLAIMED, SIGNATURE));
    }

    #[test]
    fn no_two_claims_have_one_text() {
        let (one, two) =
            (Claimed { id: "a\nb", name: "c", ..CLAIMED }, Claimed { id: "a", name: "b\nc", ..CLAIMED });
        assert_eq!((one.text(), two.text()), (None, None));
    }

    #[test]
    fn a_claim_ends_at_its_second() {
        assert!(!CLAIMED.is_over(Timestamp(1_799_999_999_999)));
        assert!(CLAIMED.is_over(Timestamp(1_800_000_000_000)));
    }
}

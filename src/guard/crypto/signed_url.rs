//! Signatures of URLs, each of which permits one user to fetch one attachment for a limited time.
//!
//! Owns the signed content and its encoding. Does not know access rights: the caller checks them again when
//! the URL is used.

use std::fmt;

use super::{
    digest::{Digest, DigestKey},
    encoding::{base64_url, from_base64_url},
};
use crate::domain::{AttachmentId, Role, Timestamp, UserId};

/// Key of the signatures. A change invalidates all URLs in use.
#[derive(Clone)]
pub struct UrlKey(DigestKey);

impl fmt::Debug for UrlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UrlKey(…)")
    }
}

/// User and expiry of a signed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlGrant {
    /// User who requested the URL.
    pub user_id: UserId,
    /// Role of the user at the time of the request.
    pub role: Role,
    /// Expiry of the URL.
    pub expires_at: Timestamp,
}

/// Longest accepted signature in bytes: it covers an id of 128 characters of four bytes each.
const MAX_BYTES: usize = 1_024;

impl UrlKey {
    /// Derives a key from a secret, which may serve other purposes.
    pub fn derive(secret: &[u8]) -> Self {
        Self(DigestKey::labelled(b"deskwire signed url v1\0", secret))
    }

    /// Signature of a grant for an attachment: role and user, then the proof.
    pub fn sign(&self, id: &AttachmentId, grant: &UrlGrant) -> String {
        let whom = format!("{}:{}", grant.role.as_str(), grant.user_id.as_str());
        format!("{}.{}", base64_url(whom.as_bytes()), base64_url(self.proof(id, grant).finish().as_bytes()))
    }

    /// Verifies a signature for this attachment and expiry. `None` for a forged one. The caller checks the
    /// expiry.
    pub fn verify(&self, id: &AttachmentId, expires_at: Timestamp, signature: &str) -> Option<UrlGrant> {
        let (whom, proof) = signature.split_once('.').filter(|_| signature.len() <= MAX_BYTES)?;
        let whom = String::from_utf8(from_base64_url(whom)?).ok()?;
        let (role, user_id) = whom.split_once(':')?;
        let (role, user_id) = (role.parse().ok()?, UserId::new(user_id).ok()?);
        let grant = UrlGrant { user_id, role, expires_at };
        self.proof(id, &grant).finish().matches(&from_base64_url(proof)?).then_some(grant)
    }

    fn proof(&self, id: &AttachmentId, grant: &UrlGrant) -> Digest {
        Digest::new(&self.0)
            .part(id.as_str().as_bytes())
            .part(&grant.expires_at.0.to_be_bytes())
            .part(grant.role.as_str().as_bytes())
            .part(grant.user_id.as_str().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grant(user: &str, role: Role, expires: i64) -> UrlGrant {
        UrlGrant { user_id: UserId::new(user).unwrap(), role, expires_at: Timestamp(expires) }
    }

    fn id(n: u128) -> AttachmentId {
        AttachmentId::from_random(n)
    }

    #[test]
    fn a_signature_is_good_for_what_was_signed_and_for_nothing_else() {
        let key = UrlKey::derive(b"k");
        let granted = grant("casey:1", Role::Customer, 7);
        let signature = key.sign(&id(1), &granted);
        assert_eq!(key.verify(&id(1), Timestamp(7), &signature), Some(granted));
        assert_eq!(key.verify(&id(2), Timestamp(7), &signature), None);
        assert_eq!(key.verify(&id(1), Timestamp(8), &signature), None);
        assert_eq!(UrlKey::derive(b"other").verify(&id(1), Timestamp(7), &signature), None);
        let (_, proof) = signature.split_once('.').unwrap();
        for whom in ["customer:robin", "admin:casey:1", "agent:casey:1", "customer:", "x", ""] {
            let forged = format!("{}.{proof}", base64_url(whom.as_bytes()));
            assert_eq!(key.verify(&id(1), Timestamp(7), &forged), None, "{whom}");
        }
        for odd in ["", ".", "..", "a", "é.é", &"a".repeat(5_000), &format!("{signature}A")] {
            assert_eq!(key.verify(&id(1), Timestamp(7), odd), None, "{odd}");
        }
    }

    #[test]
    fn neither_key_is_the_other() {
        let secret = [7; 32];
        let (urls, contents) = (UrlKey::derive(&secret), DigestKey::derive(&secret));
        let digest = |key: &DigestKey| Digest::new(key).part(b"x").finish();
        assert_ne!(digest(&urls.0), digest(&contents));
        assert_eq!(format!("{urls:?}"), "UrlKey(…)");
    }

    proptest! {
        #[test]
        fn any_other_byte_makes_it_void(at in 0_usize..60, with in "[A-Za-z0-9_.-]") {
            let key = UrlKey::derive(b"k");
            let signature = key.sign(&id(1), &grant("casey", Role::Agent, 7));
            let mut changed = signature.clone();
            let at = at % signature.len();
            changed.replace_range(at..=at, &with);
            prop_assert_eq!(key.verify(&id(1), Timestamp(7), &changed).is_some(), changed == signature);
        }
    }
}

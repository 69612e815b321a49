//! Signs tokens for the command line and for demo links.
//!
//! Owns their claims, which [`super::Verifier`] accepts under equal settings. Does not know which users may
//! have a token.

use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Map, Value};

use crate::{
    domain::{Role, Secret, Timestamp, UserId, saturating_i64},
    guard::crypto::encoding::base64_url,
};

use super::{ClaimNames, SignError};

/// Signs tokens with the secret shared with the issuer (HS256).
pub struct Signer {
    key: EncodingKey,
    names: ClaimNames,
    audience: Option<String>,
}

impl Signer {
    /// Creates a signer for verifiers with an equal secret, claim names and audience.
    pub fn hs256(secret: &Secret, names: ClaimNames, audience: Option<String>) -> Self {
        Self { key: EncodingKey::from_secret(secret.expose().as_bytes()), names, audience }
    }

    /// Signs a token issued at `now` and valid for `ttl`, both cut to whole seconds. `None` leaves out the
    /// name claim.
    pub fn sign(
        &self,
        id: &UserId,
        name: Option<&str>,
        role: Role,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let issued = now.0.div_euclid(1_000);
        let expires = issued.saturating_add(saturating_i64(ttl.as_secs()));
        let mut claims = Map::new();
        claims.insert(self.names.id.clone(), Value::from(id.as_str()));
        if let Some(name) = name {
            claims.insert(self.names.name.clone(), Value::from(name));
        }
        claims.insert(self.names.role.clone(), Value::from(role.as_str()));
        if let Some(audience) = &self.audience {
            claims.insert("aud".into(), Value::from(audience.as_str()));
        }
        claims.insert("iat".into(), Value::from(issued));
        claims.insert("exp".into(), Value::from(expires));
        encode(&Header::default(), &claims, &self.key).map_err(|error| SignError::new(&error))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// Random secret for HS256: 32 bytes as 43 characters of base64url.
pub fn generate_secret() -> String {
    base64_url(&rand::random::<[u8; 32]>())
}

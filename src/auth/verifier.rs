//! Verifies a token and returns its identity.
//!
//! Owns the order of the checks: size, form, key, algorithm, signature, claims. Before the signature is
//! checked, only the header's `kid`, `alg` and `crit` are read.

use std::sync::Arc;

use jsonwebtoken::{decode, decode_header};
use serde_json::{Map, Value};

use crate::domain::{Bounds, Timestamp};

use super::{
    AuthSetupError, ClaimNames, Identity, MAX_TOKEN_BYTES, TokenError, TokenKeys, VisitorSessionKey, claims,
    keys::{self, Key},
    visitor_session,
};

/// Verifies tokens with the keys of the settings and, if enabled, the key of visitor sessions.
pub struct Verifier {
    keys: Vec<Key>,
    sessions: Option<Arc<VisitorSessionKey>>,
    names: ClaimNames,
    audience: Option<String>,
    name_chars: usize,
}

impl Verifier {
    /// Parses the keys. With an `audience`, every token must name it in `aud`; without one, a token with
    /// `aud` is refused.
    pub fn new(
        keys: &TokenKeys,
        names: ClaimNames,
        audience: Option<String>,
    ) -> Result<Self, AuthSetupError> {
        Ok(Self {
            keys: keys::read(keys)?,
            sessions: None,
            names: names.checked()?,
            audience,
            name_chars: Bounds::default().name_chars,
        })
    }

    /// Sets the longest name in characters; longer ones are cut. Default: that of `bounds.name_chars`.
    #[must_use]
    pub fn with_name_chars(self, name_chars: usize) -> Self {
        Self { name_chars, ..self }
    }

    /// Accepts tokens of visitor sessions, signed with `key`. Without this call they are refused.
    #[must_use]
    pub fn with_sessions(self, key: Arc<VisitorSessionKey>) -> Self {
        Self { sessions: Some(key), ..self }
    }

    /// Verifies a token at the time `now`, without leeway.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid("longer than 8 KiB"));
        }
        // `alg: none` does not parse, so that such a token is refused here.
        let header = decode_header(token).map_err(|_| TokenError::Invalid("not a signed token"))?;
        if header.crit.is_some() {
            // RFC 7515 §4.1.11: a token with an unsupported critical extension must be refused.
            return Err(TokenError::Invalid("a critical header (crit)"));
        }
        if header.kid.as_deref() == Some(visitor_session::KID) {
            // A session key never verifies an issuer's token, and the reverse.
            let sessions =
                self.sessions.as_ref().ok_or(TokenError::Invalid("visitor sessions are disabled"))?;
            return sessions.verify(token, header.alg, self.name_chars, now);
        }
        let key = self.key(header.kid.as_deref())?;
        if header.alg != key.algorithm {
            return Err(TokenError::Invalid("another algorithm (alg) than its key's"));
        }
        let token = decode::<Map<String, Value>>(token, &key.decoding, &key.validation)
            .map_err(|_| TokenError::Invalid("a wrong signature, or claims that are no JSON object"))?;
        claims::judge(&token.claims, &self.names, self.audience.as_deref(), self.name_chars, now)
    }

    /// Key for a token with this `kid`. A single key without `kid`, or for a token without one, is always
    /// used: issuers with one key name it freely.
    fn key(&self, kid: Option<&str>) -> Result<&Key, TokenError> {
        if let [only] = self.keys.as_slice()
            && (only.kid.is_none() || kid.is_none())
        {
            return Ok(only);
        }
        let kid = kid.ok_or(TokenError::Invalid("no kid, and there are several keys"))?;
        let named = self.keys.iter().find(|key| key.kid.as_deref() == Some(kid));
        named.ok_or(TokenError::Invalid("an unknown kid"))
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let algorithms: Vec<_> = self.keys.iter().map(|key| key.algorithm).collect();
        f.debug_struct("Verifier").field("algorithms", &algorithms).finish_non_exhaustive()
    }
}

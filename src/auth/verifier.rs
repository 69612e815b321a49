//! From a token to an identity.
//!
//! Owns the order of the checks: size, form, key, algorithm, signature, claims. Nothing of a token is
//! believed before its signature holds, except for which key it asks for.

use std::sync::Arc;

use jsonwebtoken::{decode, decode_header};
use serde_json::{Map, Value};

use crate::domain::{Bounds, Timestamp};

use super::{
    AuthSetupError, ClaimNames, Identity, MAX_TOKEN_BYTES, TokenError, TokenKeys, VisitorSessionKey, claims,
    keys::{self, Key},
    visitor_session,
};

/// Verifies tokens with the configured keys.
pub struct Verifier {
    keys: Vec<Key>,
    sessions: Option<Arc<VisitorSessionKey>>,
    names: ClaimNames,
    audience: Option<String>,
    name_chars: usize,
}

impl Verifier {
    /// Reads the keys. With an `audience`, every token must carry it; without, none may carry any.
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

    /// The same, keeping at most so many characters of a name.
    #[must_use]
    pub fn with_name_chars(self, name_chars: usize) -> Self {
        Self { name_chars, ..self }
    }

    /// The same, taking visitors' sessions as well.
    #[must_use]
    pub fn with_sessions(self, key: Arc<VisitorSessionKey>) -> Self {
        Self { sessions: Some(key), ..self }
    }

    /// Verifies a token at the time `now`, without leeway.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid("longer than 8 KiB"));
        }
        // `none` is no algorithm that can be read, so it ends here.
        let header = decode_header(token).map_err(|_| TokenError::Invalid("not a signed token"))?;
        if header.crit.is_some() {
            // RFC 7515 §4.1.11: what must be understood and is not, is refused.
            return Err(TokenError::Invalid("a critical header (crit)"));
        }
        if header.kid.as_deref() == Some(visitor_session::KID) {
            // Whatever the issuer's key is, and whatever it is called: neither is ever tried for the other.
            let sessions =
                self.sessions.as_ref().ok_or(TokenError::Invalid("a visitor's, and they are off"))?;
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

    /// The key that a token asks for. A single key is used for every token: issuers that sign with one
    /// key name it as they like.
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

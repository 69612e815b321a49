//! Signs and verifies the tokens of visitor sessions.
//!
//! Owns their claims and this server's key for them, which differs from all keys of the issuer. A token names
//! this key by its `kid`, and its purpose by its `aud`. The role is always `customer`: even a stolen key
//! cannot make agents.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, decode, encode};
use serde_json::{Map, Value, json};

use super::{Identity, SignError, TokenError, Visitor, claims, keys::Key};
use crate::domain::{Role, Secret, Timestamp, User, UserId};

/// `kid` of session tokens. Reserved: an issuer's key with this `kid` is never used.
pub(super) const KID: &str = "deskwire.session.v1";

/// `aud` of session tokens.
const AUDIENCE: &str = "deskwire:session";

/// Key of visitor sessions (HS256).
pub struct VisitorSessionKey {
    encoding: EncodingKey,
    key: Key,
}

impl VisitorSessionKey {
    /// Creates the key from a random secret.
    pub fn new(secret: &Secret) -> Self {
        let bytes = secret.expose().as_bytes();
        let key = Key::new(Some(KID.to_owned()), Algorithm::HS256, DecodingKey::from_secret(bytes));
        Self { encoding: EncodingKey::from_secret(bytes), key }
    }

    /// Signs a token with role `customer`, valid until `expires_at`. `since` is the start of the session and
    /// becomes `iat`. Renewals keep it, so that revoking a user's tokens ends the whole session.
    ///
    /// # Errors
    /// Fails if the library cannot sign.
    pub fn sign(
        &self,
        visitor: Visitor,
        user: &User,
        email: Option<&str>,
        since: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, SignError> {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(KID.to_owned());
        let claims = json!({
            "aud": AUDIENCE,
            "sub": user.id,
            "name": user.name,
            "email": email,
            "session": visitor.as_str(),
            "iat": since.0.div_euclid(1_000),
            "exp": expires_at.0.div_euclid(1_000),
        });
        encode(&header, &claims, &self.encoding).map_err(|error| SignError::new(&error))
    }

    /// Verifies a token with this key's `kid`. `algorithm` is the `alg` of its header.
    pub(super) fn verify(
        &self,
        token: &str,
        algorithm: Algorithm,
        name_chars: usize,
        now: Timestamp,
    ) -> Result<Identity, TokenError> {
        if algorithm != self.key.algorithm {
            return Err(TokenError::Invalid("another algorithm (alg) than its key's"));
        }
        let token = decode::<Map<String, Value>>(token, &self.key.decoding, &self.key.validation)
            .map_err(|_| TokenError::Invalid("a wrong signature, or claims that are no JSON object"))?;
        judge(&token.claims, name_chars, now)
    }
}

impl std::fmt::Debug for VisitorSessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VisitorSessionKey(…)")
    }
}

fn judge(claimed: &Map<String, Value>, name_chars: usize, now: Timestamp) -> Result<Identity, TokenError> {
    const NOT_OURS: TokenError = TokenError::Invalid("claims that no visitor's session has");
    let text = |name: &str| claimed.get(name).and_then(Value::as_str);
    if text("aud") != Some(AUDIENCE) || claimed.contains_key("role") {
        return Err(NOT_OURS);
    }
    let expires_at = claims::time(claimed, "exp", "a non-numeric exp")?.ok_or(NOT_OURS)?;
    let issued_at = claims::time(claimed, "iat", "a non-numeric iat")?.ok_or(NOT_OURS)?;
    if now >= expires_at {
        return Err(TokenError::Expired);
    }
    let visitor = [Visitor::Anonymous, Visitor::Identified]
        .into_iter()
        .find(|visitor| text("session") == Some(visitor.as_str()))
        .ok_or(NOT_OURS)?;
    let id =
        text("sub").and_then(|id| UserId::new(id).ok()).filter(|id| visitor.may_be(id)).ok_or(NOT_OURS)?;
    let name = claims::text(claimed, "name", name_chars).unwrap_or_else(|| id.as_str().to_owned());
    Ok(Identity {
        // Never taken from the token.
        user: User { id, name, role: Role::Customer },
        email: claims::email(claimed),
        issued_at,
        expires_at,
        visitor: Some(visitor),
    })
}

//! Tokens of visitors' sessions, which this server signs itself.
//!
//! Owns their key, which is none of the issuer's, and what they may say: a customer, and nobody else. A
//! token is for this key alone by its `kid`, and of this kind by its `aud`; whatever whoever got hold of the
//! key may write into one, it never makes an agent.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, decode, encode};
use serde_json::{Map, Value, json};

use super::{Identity, SignError, TokenError, Visitor, claims, keys::Key};
use crate::domain::{Role, Secret, Timestamp, User, UserId};

/// The id of the key. Issuers' own keys must not be called so.
pub(super) const KID: &str = "deskwire.session.v1";

/// What the tokens are for.
const AUDIENCE: &str = "deskwire:session";

/// Signs and verifies.
pub struct VisitorSessionKey {
    encoding: EncodingKey,
    key: Key,
}

impl VisitorSessionKey {
    /// Of a random secret.
    pub fn new(secret: &Secret) -> Self {
        let bytes = secret.expose().as_bytes();
        let key = Key::new(Some(KID.to_owned()), Algorithm::HS256, DecodingKey::from_secret(bytes));
        Self { encoding: EncodingKey::from_secret(bytes), key }
    }

    /// A token of a customer, until `expires_at`. `since` is when the session began, which stays the same
    /// for as long as it is renewed: so revoking a user's tokens ends all of it.
    ///
    /// # Errors
    /// When the library cannot.
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

    /// Verifies a token that names this key.
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
        // Whatever it says.
        user: User { id, name, role: Role::Customer },
        email: claims::email(claimed),
        issued_at,
        expires_at,
        visitor: Some(visitor),
    })
}

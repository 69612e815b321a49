//! Tokens for the virtual users (HS256), signed here so that a run needs only the secret.
//!
//! Owns the claims. Does not verify tokens: the server does.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::Failure;

/// Lifetime of a token in seconds: longer than any run.
const LIFETIME_SECS: u64 = 4 * 3600;

/// Signer of tokens.
pub(crate) struct Minter {
    key: Hmac<Sha256>,
    audience: Option<String>,
    issued_at: u64,
}

impl Minter {
    /// Creates a signer with the server's secret.
    pub(crate) fn new(secret: &str, audience: Option<String>) -> Result<Self, Failure> {
        let key = Hmac::new_from_slice(secret.as_bytes())?;
        let issued_at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(Self { key, audience, issued_at })
    }

    /// Signs a token of one user.
    pub(crate) fn mint(&self, user: &str, role: &str) -> String {
        let mut claims = json!({
            "sub": user, "name": user, "role": role,
            "iat": self.issued_at, "exp": self.issued_at + LIFETIME_SECS,
        });
        if let Some(audience) = &self.audience {
            claims["aud"] = json!(audience);
        }
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mac = self.key.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
    }
}

//! Checks the claims of a token after its signature.
//!
//! Owns the rules for each claim. Does not know signatures.

use serde_json::{Map, Value};

use crate::{
    domain::{Role, Timestamp, User, UserId},
    guard::{PlainText, truncated_email},
};

use super::{AuthSetupError, TokenError, Visitor};

/// Names of the claims that differ between issuers. All must be non-empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// Claim with the user's id, a string or a whole number. Default: `sub`.
    pub id: String,
    /// Claim with the display name. Default: `name`.
    pub name: String,
    /// Claim with `customer`, `agent` or `admin`. Default: `role`.
    pub role: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { id: "sub".into(), name: "name".into(), role: "role".into() }
    }
}

impl ClaimNames {
    pub(super) fn checked(self) -> Result<Self, AuthSetupError> {
        for (what, name) in [("id", &self.id), ("name", &self.name), ("role", &self.role)] {
            if name.is_empty() {
                return Err(AuthSetupError::EmptyClaimName(what));
            }
        }
        Ok(self)
    }
}

/// User named by a valid token, and the life of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Id, name and role. The name is the id if the name claim is missing or unusable. A missing role is
    /// `customer`.
    pub user: User,
    /// `email`, cut to 254 characters of plain text. The form of an address is not checked.
    pub email: Option<String>,
    /// `iat`; 0 if it is missing or not a number, so that revoking a user's tokens covers such a token. For a
    /// visitor: start of the session.
    pub issued_at: Timestamp,
    /// `exp`, at most the end of the year 9999, the last that RFC 3339 can express.
    pub expires_at: Timestamp,
    /// Kind of visitor, for a session token of this server; `None` for a token of an issuer.
    pub visitor: Option<Visitor>,
}

/// End of the year 9999 (UTC), in milliseconds.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;

/// Checks the claims at the time `now`, without leeway. `audience`: see [`super::Verifier::new`].
pub(super) fn judge(
    claims: &Map<String, Value>,
    names: &ClaimNames,
    audience: Option<&str>,
    name_chars: usize,
    now: Timestamp,
) -> Result<Identity, TokenError> {
    let expires_at = time(claims, "exp", "a non-numeric exp")?.ok_or(TokenError::Invalid("no exp"))?;
    if now >= expires_at {
        return Err(TokenError::Expired);
    }
    if time(claims, "nbf", "a non-numeric nbf")?.is_some_and(|start| start > now) {
        return Err(TokenError::Invalid("not valid yet (nbf)"));
    }
    check_audience(present(claims, "aud"), audience)?;
    let id = id(present(claims, &names.id))?;
    let role = match present(claims, &names.role) {
        None => Role::default(),
        Some(role) => {
            role.as_str().and_then(|role| role.parse().ok()).ok_or(TokenError::Invalid("an unknown role"))?
        }
    };
    let name = text(claims, &names.name, name_chars)
        .or_else(|| PlainText::truncated(id.as_str(), name_chars).map(PlainText::into_string))
        .unwrap_or_else(|| id.as_str().to_owned());
    Ok(Identity {
        user: User { id, name, role },
        email: email(claims),
        issued_at: time(claims, "iat", "").ok().flatten().unwrap_or_default(),
        expires_at,
        visitor: None,
    })
}

/// Value of a claim; `null` counts as missing.
fn present<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

/// Claim as plain text, cut to `max_chars`. `None` if it is missing, not a string or empty.
pub(super) fn text(claims: &Map<String, Value>, name: &str, max_chars: usize) -> Option<String> {
    let text = present(claims, name)?.as_str()?;
    PlainText::truncated(text, max_chars).map(PlainText::into_string)
}

/// `email` claim, cut to its bound; `None` if it is missing or empty.
pub(super) fn email(claims: &Map<String, Value>) -> Option<String> {
    let text = present(claims, "email")?.as_str()?;
    truncated_email(text).map(PlainText::into_string)
}

/// NumericDate (RFC 7519 §2): seconds since 1970, fractions allowed. A value of another type fails with
/// `fault`.
pub(super) fn time(
    claims: &Map<String, Value>,
    name: &str,
    fault: &'static str,
) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = present(claims, name) else { return Ok(None) };
    let millis = match value.as_i64() {
        Some(seconds) => seconds.saturating_mul(1_000),
        // The conversion saturates. Rounding down never extends a token's life.
        None => (value.as_f64().ok_or(TokenError::Invalid(fault))? * 1_000.0).floor() as i64,
    };
    Ok(Some(Timestamp(millis.min(LAST_MILLISECOND))))
}

/// Refuses a token for other recipients (RFC 7519 §4.1.3).
fn check_audience(claimed: Option<&Value>, expected: Option<&str>) -> Result<(), TokenError> {
    let named = |audience: &str| match claimed {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    };
    match expected {
        None if claimed.is_none() => Ok(()),
        None => Err(TokenError::Invalid("an aud, and no audience is configured")),
        Some(audience) if named(audience) => Ok(()),
        Some(_) => Err(TokenError::Invalid("another audience (aud), or none")),
    }
}

fn id(claim: Option<&Value>) -> Result<UserId, TokenError> {
    let text = match claim {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        Some(_) => return Err(TokenError::Invalid("an id that is neither a string nor a whole number")),
        None => return Err(TokenError::Invalid("no id (sub)")),
    };
    UserId::new(&text).map_err(|_| TokenError::Invalid("an id that is empty, too long or unprintable"))
}

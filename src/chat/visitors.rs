//! Sessions of visitors whom no helpdesk's server signed a token for.
//!
//! Owns who gets one: anybody an anonymous one, and whoever is vouched for one in their own name, as a
//! customer in any case. Nothing is written for it: a visitor is known to the database once they come in.
//! Does not know origins of pages or the form of tokens.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{Chat, errors};
use crate::{
    auth::{Identity, Visitor, VisitorSessionKey, visitor_id},
    domain::{Role, Timestamp, User, UserId},
    guard::{Admitted, IdentityKey, PlainText, crypto::identity_claim::Claimed, truncated_email},
    protocol::{
        ErrorCode, WireError,
        visitors::{IdentityClaim, NewSession},
    },
};

/// What sessions are made with.
pub struct Sessions {
    /// Signs their tokens.
    pub key: Arc<VisitorSessionKey>,
    /// Recognises what a helpdesk's server vouches for.
    pub identity: Option<IdentityKey>,
    /// How long a token is good.
    pub token_ttl: Duration,
    /// How long a session can be renewed.
    pub max_age: Duration,
}

/// A session as its visitor gets it.
#[derive(Debug)]
pub struct Opened {
    /// To authenticate with.
    pub token: String,
    /// Who they are.
    pub user: User,
    /// Until when the token is good.
    pub expires_at: Timestamp,
    /// Until when it can be renewed.
    pub renewable_until: Timestamp,
}

/// What others see of a visitor who is anonymous.
const ANONYMOUS: &str = "Visitor";

/// How far ahead what is vouched for may end: whoever sees it can use it until then.
const CLAIM_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Somebody as they are signed for.
struct Person {
    visitor: Visitor,
    user: User,
    email: Option<String>,
    since: Timestamp,
}

impl Chat {
    /// Charges an address for a session that is begun or renewed. Comes first: nothing else is done for a
    /// stranger who asks too often.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn charge_session(&self, address: IpAddr) -> Result<Admitted, WireError> {
        let admitted = self.limits.check_session(address);
        admitted.map_err(|limited| WireError::rate_limited(limited.retry_after))
    }

    /// Begins a session.
    ///
    /// # Errors
    /// `not_found` where there are none; `forbidden`, `authentication_failed` or `token_expired` for who
    /// says who they are and is not vouched for.
    pub fn open_session(&self, _admitted: Admitted, new: &NewSession) -> Result<Opened, WireError> {
        let opened = self.sessions().and_then(|sessions| {
            let now = self.clock.now();
            let person = match &new.identity {
                Some(claim) => self.vouched_for(sessions, claim, now)?,
                None => anonymous(new, now)?,
            };
            sessions.sign(person, now)
        });
        super::count("visitor_session", &opened);
        opened
    }

    /// Renews the session that a token belongs to, which is good still.
    ///
    /// # Errors
    /// `forbidden` for any other token; `token_expired` when the session has come to its end.
    pub fn renew_session(&self, _admitted: Admitted, identity: &Identity) -> Result<Opened, WireError> {
        let renewed = self.sessions().and_then(|sessions| {
            let Some(visitor) = identity.visitor else {
                let sentence = "Only a visitor's session can be renewed here.";
                return Err(WireError::new(ErrorCode::Forbidden, sentence));
            };
            let (user, email) = (identity.user.clone(), identity.email.clone());
            sessions.sign(Person { visitor, user, email, since: identity.issued_at }, self.clock.now())
        });
        super::count("visitor_session", &renewed);
        renewed
    }

    fn sessions(&self) -> Result<&Sessions, WireError> {
        let sentence = "There is nothing at this path.";
        self.sessions.as_ref().ok_or_else(|| WireError::new(ErrorCode::NotFound, sentence))
    }

    fn vouched_for(
        &self,
        sessions: &Sessions,
        claim: &IdentityClaim,
        now: Timestamp,
    ) -> Result<Person, WireError> {
        let claimed = Claimed {
            id: &claim.id,
            name: claim.name.as_deref().unwrap_or_default(),
            email: claim.email.as_deref().unwrap_or_default(),
            expires_at: claim.expires_at,
        };
        let key = sessions.identity.as_ref().ok_or_else(|| not_taken("identity"))?;
        if !key.vouches(&claimed, &claim.hmac) {
            let sentence = "The identity was refused.";
            return Err(WireError::new(ErrorCode::AuthenticationFailed, sentence).with_field("identity.hmac"));
        }
        if claimed.is_over(now) {
            let sentence = "The identity has expired.";
            return Err(WireError::new(ErrorCode::TokenExpired, sentence).with_field("identity.expiresAt"));
        }
        if claimed.expires_at.saturating_mul(1_000) > now.after(CLAIM_TTL).0 {
            return Err(WireError::invalid("identity.expiresAt", "Expected a time at most a day ahead."));
        }
        let id = UserId::new(claimed.id).ok().filter(|id| Visitor::Identified.may_be(id));
        let id = id.ok_or_else(|| {
            WireError::invalid(
                "identity.id",
                "Expected 1 to 128 characters, and not an anonymous visitor's id.",
            )
        })?;
        let name = PlainText::truncated(claimed.name, self.bounds.name_chars);
        let name = name.map_or_else(|| id.as_str().to_owned(), PlainText::into_string);
        let email = truncated_email(claimed.email).map(PlainText::into_string);
        let user = User { id, name, role: Role::Customer };
        Ok(Person { visitor: Visitor::Identified, user, email, since: whole_seconds(now) })
    }
}

/// Somebody new, who says nothing of themselves.
fn anonymous(new: &NewSession, now: Timestamp) -> Result<Person, WireError> {
    let claimed = [("id", &new.id), ("name", &new.name), ("email", &new.email)];
    if let Some((field, _)) = claimed.into_iter().find(|(_, claimed)| claimed.is_some()) {
        return Err(not_taken(field));
    }
    let id = visitor_id().map_err(|error| errors::internal(&error))?;
    let user = User { id, name: ANONYMOUS.to_owned(), role: Role::Customer };
    Ok(Person { visitor: Visitor::Anonymous, user, email: None, since: whole_seconds(now) })
}

fn not_taken(field: &'static str) -> WireError {
    let sentence = "Nobody is taken at their word here: who a visitor is, your server has to vouch for.";
    WireError::new(ErrorCode::Forbidden, sentence).with_field(field)
}

impl Sessions {
    fn sign(&self, person: Person, now: Timestamp) -> Result<Opened, WireError> {
        let Person { visitor, user, email, since } = person;
        let renewable_until = since.after(self.max_age);
        let expires_at = whole_seconds(now.after(self.token_ttl).min(renewable_until));
        if expires_at <= now {
            return Err(WireError::new(ErrorCode::TokenExpired, "The session has come to its end."));
        }
        let signed = self.key.sign(visitor, &user, email.as_deref(), since, expires_at);
        let token = signed.map_err(|error| errors::internal(&error))?;
        Ok(Opened { token, user, expires_at, renewable_until })
    }
}

/// As tokens have them.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp(time.0.div_euclid(1_000) * 1_000)
}

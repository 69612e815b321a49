//! `authenticate`: who someone is, from now until when.
//!
//! Owns the checks beyond the token itself (disabled, revoked), that nobody who is shut out meanwhile slips
//! in, and what follows from a new role.
//! Does not know the connection's timers.

use std::{net::IpAddr, sync::Arc};

use super::{
    Answer, Chat, connections::connection::Seat, errors, rooms::registry::ChangeAccess, statuses::Standing,
};
use crate::{
    auth::{Identity, TokenError},
    domain::{Timestamp, User, Visible},
    protocol::{
        CloseCode, EncodedReply, ErrorCode, WireError,
        objects::{Rfc3339, UserObject},
        sign_in::Authenticated,
    },
    store::{SaveUser, StoredUser, WriteError},
};

/// Someone whose token is good.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub user: Arc<User>,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// How they were seen last.
    pub standing: Standing,
    /// How many had been shut out when the database was asked whether they may come in.
    pub as_of: u64,
}

/// Why someone was not let in.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What to tell.
    pub error: WireError,
    /// How to close; `None` when trying again on the same connection may work.
    pub close: Option<CloseCode>,
}

impl Refusal {
    fn retry(error: WireError) -> Self {
        Self { error, close: None }
    }

    fn closing(code: ErrorCode, sentence: &'static str, close: CloseCode) -> Self {
        Self { error: WireError::new(code, sentence), close: Some(close) }
    }

    fn failed() -> Self {
        Self::closing(ErrorCode::AuthenticationFailed, "The token was refused.", CloseCode::Unauthenticated)
    }
}

/// How often it is asked again about someone while others are being shut out.
const ASKED_AGAIN: usize = 10;

/// Whether someone was shut out, all of them or those with a token as old as this.
fn check_bars(known: &StoredUser, issued_at: Timestamp) -> Result<(), Refusal> {
    if known.disabled {
        let sentence = "This user is disabled.";
        return Err(Refusal::closing(ErrorCode::Forbidden, sentence, CloseCode::Disabled));
    }
    if issued_at < known.tokens_valid_after {
        tracing::info!(user = %known.user.id, "a revoked token was refused");
        return Err(Refusal::failed());
    }
    Ok(())
}

impl Chat {
    /// Verifies a token that came from `address`, and makes its user known. Each try is charged.
    ///
    /// # Errors
    /// A [`Refusal`]; the log holds the cause, and never the token.
    pub async fn authenticate(&self, address: IpAddr, token: &str) -> Result<Session, Refusal> {
        self.charge_address(address)?;
        self.let_in(self.verify(address, token)?).await
    }

    pub(super) fn charge_address(&self, address: IpAddr) -> Result<(), Refusal> {
        let admitted = self.limits.check_address(address);
        admitted.map(|_| ()).map_err(|limited| Refusal::retry(WireError::rate_limited(limited.retry_after)))
    }

    pub(super) fn verify(&self, address: IpAddr, token: &str) -> Result<Identity, Refusal> {
        self.verifier.verify(token, self.clock.now()).map_err(|error| {
            tracing::info!(%address, reason = error.reason(), "a token was refused");
            match error {
                TokenError::Expired => Refusal::closing(
                    ErrorCode::TokenExpired,
                    "The token has expired.",
                    CloseCode::Unauthenticated,
                ),
                TokenError::Invalid(_) => Refusal::failed(),
            }
        })
    }

    pub(super) async fn let_in(&self, identity: Identity) -> Result<Session, Refusal> {
        let as_of = self.connections.lockouts();
        let standing = self.make_known(&identity).await?;
        Ok(Session {
            user: Arc::new(identity.user),
            expires_at: identity.expires_at,
            issued_at: identity.issued_at,
            standing,
            as_of,
        })
    }

    /// Asks once more whether someone may come in who was let in before.
    async fn ask_again(&self, session: &Session) -> Result<Session, Refusal> {
        let as_of = self.connections.lockouts();
        let known = self.store.user(&session.user.id).await;
        if let Some(known) = known.map_err(|error| Refusal::retry(error.into()))? {
            check_bars(&known, session.issued_at)?;
        }
        Ok(Session { as_of, ..session.clone() })
    }

    /// Asks whether the user may come in, and writes down what the token says of them if that is new.
    /// Gives how they were seen last.
    async fn make_known(&self, identity: &Identity) -> Result<Standing, Refusal> {
        let known = self.store.user(&identity.user.id).await.map_err(|error| Refusal::retry(error.into()))?;
        let mut standing = Standing::default();
        if let Some(known) = &known {
            standing = Standing { availability: known.availability, last_seen: known.last_seen };
            check_bars(known, identity.issued_at)?;
            if identity.visitor.is_some() && known.user.role.is_staff() {
                // What this server signs itself must not stand for an agent, not even as a customer.
                tracing::warn!(user = %identity.user.id, "a visitor's session in an agent's name was refused");
                return Err(Refusal::failed());
            }
            let same_email = identity.email.is_none() || identity.email == known.email;
            if known.user == identity.user && same_email {
                return Ok(standing);
            }
        }
        let save = SaveUser { user: identity.user.clone(), email: identity.email.clone() };
        match self.save_user(save).await {
            Ok(()) => Ok(standing),
            Err(_) => Err(Refusal::retry(WireError::overloaded())),
        }
    }

    /// Saves a user, and waits for the commit.
    pub(super) async fn save_user(&self, save: SaveUser) -> Result<(), WriteError> {
        self.writer.save_user(save).await?.await.map(|_| ())
    }

    /// Seats someone on a connection, which may have been theirs already under another role.
    ///
    /// # Errors
    /// `forbidden` when the connection is another user's; that of [`Chat::authenticate`] when the user was
    /// shut out since they were let in.
    pub async fn seat(&self, seat: &Arc<Seat>, session: &Session) -> Result<EncodedReply, Refusal> {
        let before = seat.user();
        if before.as_ref().is_some_and(|user| user.id != session.user.id) {
            let sentence = "This connection is another user's.";
            return Err(Refusal::retry(WireError::new(ErrorCode::Forbidden, sentence)));
        }
        self.take_seat(seat, session).await?;
        if before.is_some_and(|before| before.role != session.user.role) {
            self.change_role(seat, &session.user).await;
        }
        for ticket_id in seat.joined() {
            self.presence.update(ticket_id, &session.user);
        }
        self.authenticated(session).map_err(Refusal::retry)
    }

    /// Nobody is seated who was shut out meanwhile: whoever shuts out closes the connections that are
    /// seated by then, and this asks again about those that are not.
    pub(super) async fn take_seat(&self, seat: &Arc<Seat>, session: &Session) -> Result<(), Refusal> {
        let max = self.bounds.connections_per_user;
        if self.connections.authenticated(seat, session, max) {
            return Ok(());
        }
        for _ in 0..ASKED_AGAIN {
            let session = self.ask_again(session).await?;
            if self.connections.authenticated(seat, &session, max) {
                return Ok(());
            }
        }
        Err(Refusal::retry(WireError::overloaded()))
    }

    /// Who someone is, and until when.
    ///
    /// # Errors
    /// `internal` if it cannot be encoded.
    pub fn authenticated(&self, session: &Session) -> Answer {
        errors::reply(&Authenticated {
            user: UserObject::from(&*session.user),
            expires_at: Rfc3339(session.expires_at),
            epoch: &self.epoch(),
        })
    }

    /// Forgets a connection that ended.
    pub fn unseat(&self, seat: &Seat) {
        let user = seat.user();
        self.connections.close(seat.id, user.as_ref().map(|user| &user.id));
        self.queue.unsubscribe(seat.id);
    }

    /// Rooms that the new role may not see are left; in the others it sees what it may.
    async fn change_role(&self, seat: &Arc<Seat>, user: &User) {
        if !user.role.is_staff() {
            self.queue.unsubscribe(seat.id);
        }
        self.availability.role_changed(user);
        let viewer = user.viewer();
        for ticket_id in seat.joined() {
            // What cannot be asked is denied: the client joins again.
            let position = self.store.position(&viewer, ticket_id).await.unwrap_or_default();
            let visible = position.map(|_| viewer.visible());
            let change = ChangeAccess { ticket_id, seat: Arc::clone(seat), visible };
            // Awaited: the connection's next command must find it done.
            let _ = seat.registry.send(change).await;
            if visible == Some(Visible::PublicOnly) {
                // A removal that came in between found an agent in the room, and left them there.
                let position = self.store.position(&viewer, ticket_id).await.unwrap_or_default();
                if position.is_none() {
                    let change = ChangeAccess { ticket_id, seat: Arc::clone(seat), visible: None };
                    let _ = seat.registry.send(change).await;
                }
            }
        }
    }
}

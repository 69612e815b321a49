//! `authenticate`: who someone is, from now until when.
//!
//! Owns the checks beyond the token itself (disabled, revoked) and what follows from a new role.
//! Does not know the connection's timers.

use std::{net::IpAddr, sync::Arc};

use tokio::sync::oneshot;

use super::{Chat, answers, availability::Standing, publish::Published, registry::ChangeAccess, seat::Seat};
use crate::{
    auth::{Identity, TokenError},
    domain::{Timestamp, User, Visible},
    protocol::{CloseCode, ErrorCode, Reply, WireError},
    store::{SaveUser, Write},
};

/// Someone whose token is good.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub user: Arc<User>,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// How they were seen last.
    pub standing: Standing,
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
        let standing = self.make_known(&identity).await?;
        Ok(Session { user: Arc::new(identity.user), expires_at: identity.expires_at, standing })
    }

    /// Asks whether the user may come in, and writes down what the token says of them if that is new.
    /// Gives how they were seen last.
    async fn make_known(&self, identity: &Identity) -> Result<Standing, Refusal> {
        let known = self
            .store
            .user(&identity.user.id)
            .await
            .map_err(|error| Refusal::retry(answers::unread(&error)))?;
        let mut standing = Standing::default();
        if let Some(known) = &known {
            standing = Standing { availability: known.availability, last_seen: known.last_seen };
            if known.disabled {
                return Err(Refusal::closing(
                    ErrorCode::Forbidden,
                    "This user is disabled.",
                    CloseCode::Disabled,
                ));
            }
            if identity.issued_at < known.tokens_valid_after {
                tracing::info!(user = %identity.user.id, "a revoked token was refused");
                return Err(Refusal::failed());
            }
            let same_email = identity.email.is_none() || identity.email == known.email;
            if known.user == identity.user && same_email {
                return Ok(standing);
            }
        }
        let (tag, saved) = oneshot::channel();
        let save = SaveUser { user: identity.user.clone(), email: identity.email.clone() };
        if self.writer.submit(Write::SaveUser(save), tag).await.is_err() {
            return Err(Refusal::retry(WireError::overloaded()));
        }
        match saved.await {
            Ok(Ok(Published::Done { .. })) => Ok(standing),
            _ => Err(Refusal::retry(WireError::overloaded())),
        }
    }

    /// Seats someone on a connection, which may have been theirs already under another role.
    ///
    /// # Errors
    /// `forbidden` when the connection is another user's.
    pub async fn seat(&self, seat: &Arc<Seat>, session: &Session) -> Result<Reply, WireError> {
        let before = seat.user();
        if before.as_ref().is_some_and(|user| user.id != session.user.id) {
            return Err(WireError::new(ErrorCode::Forbidden, "This connection is another user's."));
        }
        seat.set_user(Arc::clone(&session.user));
        match before {
            None => {
                let max = self.bounds.connections_per_user;
                self.connections.authenticated(seat, &session.user, session.standing, max);
            }
            Some(before) if before.role != session.user.role => self.change_role(seat, &session.user).await,
            Some(_) => {}
        }
        for ticket_id in seat.joined() {
            self.presence.update(ticket_id, &session.user);
        }
        Ok(self.authenticated(session))
    }

    /// Who someone is, and until when.
    pub fn authenticated(&self, session: &Session) -> Reply {
        Reply::Authenticated {
            user: User::clone(&session.user),
            expires_at: session.expires_at,
            epoch: self.epoch(),
        }
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

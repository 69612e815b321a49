//! Commands that come one by one, each with its token, and listening that lasts as long as one request:
//! what HTTP carries instead of a connection.
//!
//! Owns the order of what is asked first: the token's signature, the rate, then the database. What a
//! command does is decided where it is for everyone.

use std::{net::IpAddr, sync::Arc};

use actix::Recipient;

use super::{
    Answer, Caller, Chat, Replay, Seat, Started, Stop,
    commands::{
        dispatch,
        pipeline::{self, Call},
        rooms::{self, Joined},
    },
    count,
    sign_in::Session,
};
use crate::{
    auth::Identity,
    domain::{Class, MessageId, TicketId, Timestamp},
    guard::Admitted,
    protocol::{Command, EncodedReply, WireError, rooms::JoinTicket},
};

/// Someone who listens to a ticket.
pub struct Attending {
    /// When their token ends.
    pub expires_at: Timestamp,
    /// What they are told first.
    pub joined: EncodedReply,
    /// Whether what they know of the ticket is to be forgotten.
    pub is_reset: bool,
    /// What they are told then; to be run.
    pub replay: Replay,
}

impl Chat {
    /// Whose token it is. Only a refused one is charged to the address: a page full of pictures must not
    /// keep an office behind one address from signing in.
    ///
    /// # Errors
    /// `authentication_failed`, `token_expired`, or `rate_limited` for an address that tries too often.
    pub fn recognise(&self, address: IpAddr, token: &str) -> Result<Identity, WireError> {
        self.verify(address, token).map_err(|refusal| match self.charge_address(address) {
            Ok(()) => refusal.error,
            Err(limited) => limited.error,
        })
    }

    /// Lets someone in for one request, which is charged to them first.
    ///
    /// # Errors
    /// `rate_limited`; `forbidden` for who is disabled, `authentication_failed` for a revoked token.
    pub async fn admit(&self, identity: Identity, class: Class) -> Result<(Session, Admitted), WireError> {
        let admitted = pipeline::charge(self, &identity.user.id, class)?;
        let session = self.let_in(identity).await.map_err(|refusal| refusal.error)?;
        Ok((session, admitted))
    }

    /// Whether a message that the session sees is in that ticket.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn is_in(
        &self,
        session: &Session,
        _admitted: Admitted,
        message: MessageId,
        ticket: TicketId,
    ) -> Result<bool, WireError> {
        let place = self.store.locate(&session.user.viewer(), message).await;
        let place = place?;
        Ok(place.is_some_and(|(it, _)| it == ticket))
    }

    /// Carries out a command to its end, on a seat that is this request's own.
    pub async fn request(self: &Arc<Self>, identity: Identity, seat: Arc<Seat>, command: Command) -> Answer {
        let name = command.name();
        let answer = match self.admit(identity, command.class()).await {
            Ok((session, admitted)) => {
                let caller = Caller { user: session.user, seat };
                match dispatch(Call::new(self, &caller, admitted), command).await {
                    Ok(Started::Done(answer)) => answer,
                    Ok(Started::Committing(commit)) => commit.await,
                    // Nobody is there to be replayed to.
                    Ok(Started::Joined(reply, _)) => Ok(reply),
                    Err(refused) => Err(refused),
                }
            }
            Err(refused) => Err(refused),
        };
        count(name, &answer);
        answer
    }

    /// Joins a ticket's room on a seat that has no socket, which is then a connection like any other until
    /// [`Chat::unseat`], and told at `address` to end.
    ///
    /// # Errors
    /// As for any request, `not_found` for a stranger to the ticket, and `overloaded` while the server
    /// stops. The seat may be in the room by then: whoever made it sees to its end.
    pub async fn attend(
        self: &Arc<Self>,
        identity: Identity,
        seat: &Arc<Seat>,
        address: Recipient<Stop>,
        join: JoinTicket,
    ) -> Result<Attending, WireError> {
        let attending = self.join_without_socket(identity, seat, address, join).await;
        count("join_ticket", &attending);
        attending
    }

    async fn join_without_socket(
        self: &Arc<Self>,
        identity: Identity,
        seat: &Arc<Seat>,
        address: Recipient<Stop>,
        join: JoinTicket,
    ) -> Result<Attending, WireError> {
        let (session, admitted) = self.admit(identity, Class::Join).await?;
        seat.set_user(Arc::clone(&session.user), session.issued_at);
        let caller = Caller { user: Arc::clone(&session.user), seat: Arc::clone(seat) };
        let (joined, replay) = rooms::join(Call::new(self, &caller, admitted), join).await?;
        // Not before: what is refused must not take the place of a connection that works.
        if !self.connections.open(seat.id, address) {
            return Err(WireError::overloaded());
        }
        self.take_seat(seat, &session).await.map_err(|refusal| refusal.error)?;
        let Joined { reply, is_reset } = joined;
        Ok(Attending { expires_at: session.expires_at, joined: reply, is_reset, replay })
    }
}

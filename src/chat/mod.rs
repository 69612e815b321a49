//! FLOOR 4. What the product does, without sockets: the command pipeline, rooms, presence, typing.
//!
//! Owns the one way from a [`Command`] to the store. Does not know transports: a WebSocket, and any
//! other codec, hands in commands and gets [`Started`] back.

pub mod admin;
pub mod attachments;
mod commands;
pub mod connections;
pub mod erasure;
mod errors;
pub mod jobs;
pub mod publishing;
pub mod requests;
pub mod rooms;
pub mod sign_in;
pub mod statuses;
pub mod transcripts;
pub mod visitors;
pub mod webhooks;

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc};

use bytestring::ByteString;
use tokio::sync::Notify;

use self::{
    attachments::uploads::Uploading,
    commands::{
        canned_responses, edits, messages, notifications, participants, pipeline, queue, reactions, receipts,
        search, tickets,
    },
    jobs::queue_feed::QueueFeed,
    publishing::publisher::Encoded,
    rooms::{presence::Presence, typing::Typing},
    statuses::Availabilities,
    webhooks::Webhooks,
};
pub use self::{
    connections::{
        Connections, Stop,
        connection::{Caller, Seat},
        outbox::{FrameKind, Outbox, Outgoing},
    },
    errors::internal,
    rooms::{registry::RoomRegistry, replay::Replay},
};
use crate::{
    auth::Verifier,
    blobs::Blobs,
    bus::Bus,
    domain::{Bounds, Class, Clock, Policy, UserId},
    guard::{Admitted, AllowedTypes, DigestKey, UrlKey, limits::Limits},
    protocol::{Command, EncodedReply, ErrorCode, Reply, WireError, connection::Pong, objects::Rfc3339},
    store::{Store, Writer},
};

/// What everything here works with; one for the process.
pub struct Chat {
    /// The bounds on what callers may send and hold.
    pub bounds: Bounds,
    /// Who may do what where a setting decides.
    pub policy: Policy,
    /// The time.
    pub clock: Clock,
    /// The log.
    pub store: Store,
    /// The only way to change it.
    pub writer: Writer<Encoded>,
    /// The bytes of attachments.
    pub blobs: Blobs,
    /// Rate limits.
    pub limits: Limits,
    /// Which attachments are taken.
    pub allowed_types: AllowedTypes,
    /// Who someone is.
    pub verifier: Verifier,
    /// Recognises retries.
    pub digest_key: DigestKey,
    /// Signs URLs of attachments.
    pub url_key: UrlKey,
    /// Who uploads files.
    pub uploading: Arc<Uploading>,
    /// To the registries of all workers.
    pub bus: Arc<Bus>,
    /// Who is where.
    pub presence: Arc<Presence>,
    /// Who types where.
    pub typing: Arc<Typing>,
    /// All connections.
    pub connections: Arc<Connections>,
    /// Visitors' sessions, if they are on.
    pub sessions: Option<visitors::Sessions>,
    /// Users who are being erased.
    pub erasures: admin::Erasures,
    /// How users are seen.
    pub availability: Arc<Availabilities>,
    /// Who watches the queue.
    pub queue: Arc<QueueFeed>,
    /// Wakes up who finds agents for tickets.
    pub assignment: Arc<Notify>,
    /// Of transcripts that are being read.
    pub transcripts: transcripts::Turns,
    /// What is shared about webhooks.
    pub webhooks: Arc<Webhooks>,
}

/// A command's answer, or why it was refused.
pub type Answer = Result<EncodedReply, WireError>;

/// How far a command came before the next one of its connection may start.
pub enum Started {
    /// It is answered.
    Done(Answer),
    /// A room was joined: after the answer, replay to it.
    Joined(EncodedReply, Replay),
    /// It is on its way into the log, in its place; later commands of the connection that write come
    /// behind it, and those that read should wait for it.
    Committing(Pin<Box<dyn Future<Output = Answer>>>),
}

impl From<Answer> for Started {
    fn from(answer: Answer) -> Self {
        Self::Done(answer)
    }
}

impl From<EncodedReply> for Started {
    fn from(reply: EncodedReply) -> Self {
        Self::Done(Ok(reply))
    }
}

impl Chat {
    /// The name of the database's history.
    pub fn epoch(&self) -> ByteString {
        self.store.epoch().into()
    }

    /// Carries out a command of an authenticated caller, as far as [`Started`] says.
    pub async fn start(self: &Arc<Self>, caller: &Caller, command: Command) -> Started {
        let name = command.name();
        let admitted = pipeline::charge(self, &caller.user.id, command.class());
        let started = match admitted {
            Ok(admitted) => self.dispatch(caller, admitted, command).await,
            Err(limited) => Err(limited),
        };
        let started = match started {
            Ok(started) => started,
            Err(refused) => Started::Done(Err(refused)),
        };
        match started {
            Started::Done(answer) => {
                count(name, &answer);
                Started::Done(answer)
            }
            Started::Joined(reply, replay) => {
                count::<()>(name, &Ok(()));
                Started::Joined(reply, replay)
            }
            Started::Committing(commit) => Started::Committing(Box::pin(async move {
                let answer = commit.await;
                count(name, &answer);
                answer
            })),
        }
    }

    async fn dispatch(
        self: &Arc<Self>,
        caller: &Caller,
        admitted: Admitted,
        command: Command,
    ) -> Result<Started, WireError> {
        match command {
            // The transport authenticates, for it is its connection that changes.
            Command::Authenticate(_) => {
                Err(WireError::new(ErrorCode::InvalidPayload, "This connection cannot authenticate."))
            }
            Command::CreateTicket(new) => {
                Box::pin(tickets::create::create(self, caller, admitted, *new)).await
            }
            Command::JoinTicket(join) => Box::pin(commands::rooms::join(self, caller, admitted, join))
                .await
                .map(|(joined, replay)| Started::Joined(joined.reply, replay)),
            Command::LeaveTicket(leave) => {
                Box::pin(commands::rooms::leave(caller, admitted, leave)).await.map(Started::from)
            }
            Command::GetMessages(page) => {
                Box::pin(messages::get(self, caller, admitted, page)).await.map(Started::from)
            }
            Command::SendMessage(message) => Box::pin(messages::send(self, caller, admitted, *message)).await,
            Command::TypingStart(typing) => {
                commands::rooms::typing(self, caller, admitted, typing.ticket_id, typing.visibility, true)
                    .map(Started::from)
            }
            Command::TypingStop(typing) => {
                commands::rooms::typing(self, caller, admitted, typing.ticket_id, typing.visibility, false)
                    .map(Started::from)
            }
            Command::GetOnlineUsers(ticket) => {
                Box::pin(commands::rooms::online(self, caller, admitted, ticket)).await.map(Started::from)
            }
            Command::EditMessage(it) => Box::pin(edits::edit(self, caller, admitted, it)).await,
            Command::DeleteMessage(it) => Box::pin(edits::delete(self, caller, admitted, it)).await,
            Command::AddReaction(it) => Box::pin(reactions::add(self, caller, admitted, it)).await,
            Command::RemoveReaction(it) => Box::pin(reactions::remove(self, caller, admitted, it)).await,
            Command::MarkDelivered(it) => Box::pin(receipts::delivered(self, caller, admitted, it)).await,
            Command::MarkRead(it) => Box::pin(receipts::read(self, caller, admitted, it)).await,
            Command::ListTickets(it) => Box::pin(tickets::list::tickets(self, caller, admitted, *it)).await,
            Command::GetTicket(it) => Box::pin(tickets::list::ticket(self, caller, admitted, it)).await,
            Command::UpdateTicket(it) => Box::pin(tickets::update::update(self, caller, admitted, *it)).await,
            Command::AddParticipant(it) => Box::pin(participants::add(self, caller, admitted, it)).await,
            Command::RemoveParticipant(it) => {
                Box::pin(participants::remove(self, caller, admitted, it)).await
            }
            Command::RateTicket(it) => Box::pin(tickets::update::rate(self, caller, admitted, it)).await,
            Command::SubscribeQueue(it) => Box::pin(queue::subscribe(self, caller, admitted, it)).await,
            Command::UnsubscribeQueue(_) => Box::pin(queue::unsubscribe(self, caller, admitted)).await,
            Command::GetUserStatus(it) => {
                Box::pin(commands::statuses::of_user(self, caller, admitted, it)).await
            }
            Command::GetUsersStatus(it) => {
                Box::pin(commands::statuses::of_users(self, caller, admitted, it)).await
            }
            Command::SetStatus(it) => Box::pin(commands::statuses::set(self, caller, admitted, it)).await,
            Command::GetNotifications(it) => Box::pin(notifications::list(self, caller, admitted, it)).await,
            Command::MarkNotificationRead(it) => {
                Box::pin(notifications::mark_read(self, caller, admitted, it)).await
            }
            Command::MarkAllNotificationsRead(_) => {
                Box::pin(notifications::mark_all_read(self, caller, admitted)).await
            }
            Command::SearchMessages(it) => Box::pin(search::messages(self, caller, admitted, it)).await,
            Command::ListCannedResponses(_) => Box::pin(canned_responses::list(self, caller, admitted)).await,
            Command::SaveCannedResponse(it) => {
                Box::pin(canned_responses::save(self, caller, admitted, *it)).await
            }
            Command::DeleteCannedResponse(it) => {
                Box::pin(canned_responses::delete(self, caller, admitted, it)).await
            }
            Command::Ping(_) => Started::reply(&Pong { at: Rfc3339(self.clock.now()) }),
        }
    }

    /// Charges what is not a command: an undecodable frame, an unknown command, or anything that an
    /// unauthenticated peer sends.
    ///
    /// # Errors
    /// `rate_limited`, which then is the answer.
    pub fn charge(&self, caller: Option<&UserId>, address: IpAddr) -> Result<(), WireError> {
        let admitted = match caller {
            Some(caller) => self.limits.check(Class::Other, caller),
            None => self.limits.check_other_address(address),
        };
        admitted.map(|_| ()).map_err(|limited| WireError::rate_limited(limited.retry_after))
    }
}

impl Started {
    /// An answer with these fields.
    fn reply<T: Reply>(fields: &T) -> Result<Self, WireError> {
        errors::reply(fields).map(Self::from)
    }
}

/// Counts a command by name and outcome, or what is no command as if it were one of that name.
pub fn count<T>(command: &'static str, answer: &Result<T, WireError>) {
    let outcome = answer.as_ref().map_or_else(|error| error.code.as_str(), |_| "ok");
    metrics::counter!(
        crate::domain::metric::Metric::Commands.name(),
        "command" => command,
        "outcome" => outcome
    )
    .increment(1);
}

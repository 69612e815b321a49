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

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use bytestring::ByteString;
use tokio::sync::Notify;

use self::{
    attachments::uploads::Uploading,
    commands::{
        dispatch,
        pipeline::{self, Call},
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
    guard::{AllowedTypes, DigestKey, UrlKey, limits::Limits},
    protocol::{Command, EncodedReply, Reply, WireError},
    store::{Store, Writer},
};

/// What everything here works with; one for the process.
pub struct Chat {
    /// The bounds on what callers may send and hold.
    pub bounds: Bounds,
    pub(in crate::chat) policy: Policy,
    /// The time.
    pub clock: Clock,
    /// The log.
    pub store: Store,
    /// The only way to change the log.
    pub writer: Writer<Encoded>,
    /// The bytes of attachments.
    pub blobs: Blobs,
    /// Rate limits.
    pub limits: Limits,
    pub(in crate::chat) allowed_types: AllowedTypes,
    pub(in crate::chat) verifier: Verifier,
    /// Recognises retries.
    pub digest_key: DigestKey,
    /// Signs URLs of attachments.
    pub(in crate::chat) url_key: UrlKey,
    /// Users who upload files.
    pub(in crate::chat) uploading: Arc<Uploading>,
    /// To the registries of all workers.
    pub bus: Arc<Bus>,
    /// Online users of each ticket room, process-wide.
    pub presence: Arc<Presence>,
    /// Users who type in each ticket room, process-wide.
    pub typing: Arc<Typing>,
    /// All connections.
    pub connections: Arc<Connections>,
    /// Visitors' sessions, if they are on.
    pub(in crate::chat) sessions: Option<visitors::Sessions>,
    /// Users who are being erased.
    pub(in crate::chat) erasures: admin::Erasures,
    /// How users are seen.
    pub(in crate::chat) availability: Arc<Availabilities>,
    /// Connections that watch the queue.
    pub(in crate::chat) queue: Arc<QueueFeed>,
    /// Wakes up the task that finds agents for tickets.
    pub(in crate::chat) assignment: Arc<Notify>,
    /// Limits concurrent transcript exports.
    pub(in crate::chat) transcripts: transcripts::Turns,
    pub(in crate::chat) webhooks: Arc<Webhooks>,
}

/// What a [`Chat`] is made of.
#[expect(missing_docs, reason = "documented where they are kept")]
pub struct ChatParts {
    pub bounds: Bounds,
    pub policy: Policy,
    pub clock: Clock,
    pub store: Store,
    pub writer: Writer<Encoded>,
    pub blobs: Blobs,
    pub limits: Limits,
    pub allowed_types: AllowedTypes,
    pub verifier: Verifier,
    pub bus: Arc<Bus>,
    /// How long typing lasts that is not kept up.
    pub typing_timeout: Duration,
    pub connections: Arc<Connections>,
    pub sessions: Option<visitors::Sessions>,
    pub availability: Arc<Availabilities>,
    pub queue: Arc<QueueFeed>,
    pub assignment: Arc<Notify>,
    pub webhooks: Arc<Webhooks>,
}

impl From<ChatParts> for Chat {
    fn from(parts: ChatParts) -> Self {
        Self {
            digest_key: DigestKey::derive(&parts.store.digest_key()),
            url_key: UrlKey::derive(&parts.store.digest_key()),
            presence: Arc::new(Presence::new(Arc::clone(&parts.bus))),
            typing: Arc::new(Typing::new(Arc::clone(&parts.bus), parts.typing_timeout)),
            uploading: Arc::default(),
            erasures: admin::Erasures::default(),
            transcripts: transcripts::Turns::default(),
            bounds: parts.bounds,
            policy: parts.policy,
            clock: parts.clock,
            store: parts.store,
            writer: parts.writer,
            blobs: parts.blobs,
            limits: parts.limits,
            allowed_types: parts.allowed_types,
            verifier: parts.verifier,
            bus: parts.bus,
            connections: parts.connections,
            sessions: parts.sessions,
            availability: parts.availability,
            queue: parts.queue,
            assignment: parts.assignment,
            webhooks: parts.webhooks,
        }
    }
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
            Ok(admitted) => dispatch(Call::new(self, caller, admitted), command).await,
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

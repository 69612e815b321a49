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

//! What happens right after a commit, on the writer's thread: each event is encoded once, those who
//! wait for their write are answered, and the bus is told, in commit order.

use std::sync::Arc;

use bytestring::ByteString;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::{answers, followers::Followers};
use crate::{
    bus::{Bus, LiveEvent, Signal},
    domain::{
        Confirmation, Confirmed, ConnectionId, Happening, LogEntry, Message, Notification, Stream, Ticket,
        UserId,
    },
    protocol::{
        WireError, encode,
        notifications::{NotificationReadEvent, NotificationsReadAllEvent},
        objects::NotificationObject,
        receipts::{MessagesDelivered, MessagesRead},
    },
    store::{Done, Finished, NotificationsRead, Outcome, WriteError},
};

/// A message object, or why there is none: it is committed all the same.
pub type Json = Result<Box<RawValue>, WireError>;

/// A committed write, with its message encoded.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the store's outcomes; `json` is a message object")]
pub enum Published {
    Ticket {
        ticket: Box<Ticket>,
        message: Option<Json>,
        duplicate: bool,
    },
    Message {
        json: Json,
        duplicate: bool,
    },
    /// Any other; whether it was appended to a log, so that the room gets an event of it.
    Done {
        outcome: Outcome,
        logged: bool,
    },
}

impl Published {
    /// Whether an earlier write is answered again.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Ticket { duplicate: true, .. } | Self::Message { duplicate: true, .. })
    }
}

/// By which a write's outcome finds whoever waits for it.
pub type Tag = oneshot::Sender<Result<Published, WriteError>>;

/// What the writer calls after each commit.
pub fn publisher(bus: Arc<Bus>, followers: Followers) -> impl FnMut(Vec<Finished<Tag>>) + Send + 'static {
    move |batch| {
        let Some(at) = batch.first().map(|first| first.committed_at) else { return };
        let mut events = Vec::with_capacity(batch.len());
        let mut users = Vec::new();
        let mut answers = Vec::with_capacity(batch.len());
        for finished in batch {
            if let Ok(done) = &finished.result {
                followers.hear(done);
            }
            let published = finished.result.map(|done| published(done, &mut events, &mut users));
            answers.push((finished.tag, published));
        }
        if !events.is_empty() {
            bus.publish(&Signal::Committed { events: events.into(), at });
        }
        if !users.is_empty() {
            bus.publish(&Signal::Several(users.into()));
        }
        for (tag, published) in answers {
            // Whoever waited may be gone; the write is done all the same.
            let _ = tag.send(published);
        }
    }
}

/// Encodes what was appended. A message is encoded once, for its event and for the answer to its sender.
fn published(done: Done, events: &mut Vec<LiveEvent>, users: &mut Vec<Signal>) -> Published {
    let Done { outcome, effects } = done;
    let mut json = None;
    for entry in &effects.entries {
        let (frame, message) = encoded(entry);
        events.push(framed(entry, frame));
        json = json.or(message);
    }
    let logged = !effects.entries.is_empty();
    users.extend(effects.notifications.iter().filter_map(notified));
    users.extend(effects.confirmed.iter().filter_map(confirmed).flatten());
    users.extend(effects.notifications_read.iter().filter_map(notifications_read));
    let json = |message: &Message| match json {
        Some(json) => Ok(json),
        None => answers::encoded(encode::message(message)),
    };
    match outcome {
        Outcome::MessageSent { message, duplicate } => Published::Message { json: json(&message), duplicate },
        Outcome::TicketCreated { ticket, message, duplicate } => {
            let message = message.map(|message| json(&message));
            Published::Ticket { ticket, message, duplicate }
        }
        outcome => Published::Done { outcome, logged },
    }
}

/// The frame of an entry and, if it is that of a message, the message in it.
fn encoded(entry: &LogEntry) -> (ByteString, Option<Box<RawValue>>) {
    if let Happening::Sent(message) = &entry.what
        && let Ok(json) = encode::message(message)
    {
        return (encode::new_message(&json), Some(json));
    }
    (entry_frame(entry), None)
}

/// An entry of a log as the frame that everyone in its stream gets. In the place of one that cannot be encoded
/// comes an error, for the numbers of a stream have no gaps.
pub(super) fn entry_frame(entry: &LogEntry) -> ByteString {
    encode::entry(entry).unwrap_or_else(|error| {
        answers::log_fault(&error);
        ByteString::from_static(encode::FAULT)
    })
}

/// An entry of a log as the event that everyone in its stream gets.
pub(super) fn live_event(entry: &LogEntry) -> LiveEvent {
    framed(entry, entry_frame(entry))
}

fn framed(entry: &LogEntry, frame: ByteString) -> LiveEvent {
    LiveEvent {
        ticket_id: entry.ticket_id,
        stream: entry.stream,
        seq: entry.seq,
        pos: entry.pos,
        frame,
        evicts: entry.evicts().cloned(),
    }
}

fn notified(notification: &Notification) -> Option<Signal> {
    let frame = answers::event(&NotificationObject::from(notification))?;
    Some(for_user(&notification.user_id, notification.for_staff, None, frame))
}

fn for_user(user: &UserId, for_staff: bool, except: Option<ConnectionId>, frame: ByteString) -> Signal {
    Signal::ForUsers { users: Arc::new([user.clone()]), for_staff, except, frame }
}

/// To the others in the room, and to the reader's other connections wherever they are.
fn confirmed(confirmed: &Confirmed) -> Option<[Signal; 2]> {
    let frame = match confirmed.what {
        Confirmation::Delivered => answers::event(&MessagesDelivered::from(confirmed)),
        Confirmation::Read => answers::event(&MessagesRead::from(confirmed)),
    }?;
    let others = Signal::Ephemeral {
        ticket_id: confirmed.ticket_id,
        stream: confirmed.stream,
        except: confirmed.user_id.clone(),
        frame: frame.clone(),
    };
    let for_staff = confirmed.stream == Stream::Internal;
    Some([others, for_user(&confirmed.user_id, for_staff, confirmed.by, frame)])
}

fn notifications_read(read: &NotificationsRead) -> Option<Signal> {
    let frame = match read.id {
        Some(notification_id) => answers::event(&NotificationReadEvent { notification_id }),
        None => answers::event(&NotificationsReadAllEvent {}),
    }?;
    Some(for_user(&read.user, false, Some(read.from), frame))
}

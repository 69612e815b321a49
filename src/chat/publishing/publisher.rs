//! What happens right after a commit, on the writer's thread: each event is encoded once, those who
//! wait for their write are answered, and the bus is told, in commit order.

use std::{sync::Arc, time::Instant};

use bytestring::ByteString;
use serde_json::value::RawValue;

use super::commit_listeners::Followers;
use crate::{
    bus::{Bus, LiveEvent, Signal},
    chat::errors,
    domain::{
        Confirmation, Confirmed, ConnectionId, LogEntry, LogEvent, Message, Notification, NotificationsRead,
        Stream, UserEvent, UserId,
    },
    protocol::{
        WireError, encode,
        notifications::{NotificationReadEvent, NotificationsReadAllEvent},
        objects::NotificationObject,
        receipts::{MessagesDelivered, MessagesRead},
    },
    store::{Effects, WriteError},
};

/// What publishing made of a write, for its submitter.
#[derive(Debug, Default)]
pub struct Encoded {
    /// The object of the message that was sent, as it is in its event.
    pub message: Option<Box<RawValue>>,
    /// Whether something was appended to a log, so that the room gets an event of it.
    pub is_logged: bool,
}

/// What the writer calls after each commit.
pub fn publisher(
    bus: Arc<Bus>,
    followers: Followers,
) -> impl FnMut(&[Result<Effects, WriteError>]) -> Vec<Encoded> + Send + 'static {
    move |results| {
        let at = Instant::now();
        let mut events = Vec::with_capacity(results.len());
        let mut users = Vec::new();
        let publish = |result: &Result<Effects, WriteError>| {
            let Ok(effects) = result else { return Encoded::default() };
            followers.hear(effects);
            published(effects, &mut events, &mut users)
        };
        let published = results.iter().map(publish).collect();
        if !events.is_empty() {
            bus.publish(&Signal::Committed { events: events.into(), at });
        }
        if !users.is_empty() {
            bus.publish(&Signal::Several(users.into()));
        }
        published
    }
}

/// Encodes what was appended. A message is encoded once, for its event and for the answer to its sender.
fn published(effects: &Effects, events: &mut Vec<LiveEvent>, users: &mut Vec<Signal>) -> Encoded {
    let mut message = None;
    for entry in &effects.entries {
        let (frame, object) = encoded(entry);
        events.push(framed(entry, frame));
        message = message.or(object);
    }
    users.extend(effects.user_events.iter().flat_map(user_event));
    Encoded { message, is_logged: !effects.entries.is_empty() }
}

/// The object of a message for the answer to its sender: as it was published, or of one that an earlier write
/// sent.
pub(in crate::chat) fn message_object(
    published: Option<Box<RawValue>>,
    message: &Message,
) -> Result<Box<RawValue>, WireError> {
    published.map_or_else(|| errors::encoded(encode::message(message)), Ok)
}

/// The frame of an entry and, if it is that of a message, the message in it.
fn encoded(entry: &LogEntry) -> (ByteString, Option<Box<RawValue>>) {
    if let LogEvent::MessageSent(message) = &entry.event
        && let Ok(json) = encode::message(message)
    {
        return (encode::new_message(&json), Some(json));
    }
    (entry_frame(entry), None)
}

/// An entry of a log as the frame that everyone in its stream gets. In the place of one that cannot be encoded
/// comes an error, for the numbers of a stream have no gaps.
pub(in crate::chat) fn entry_frame(entry: &LogEntry) -> ByteString {
    encode::entry(entry).unwrap_or_else(|error| {
        errors::log_fault(&error);
        ByteString::from_static(encode::FAULT)
    })
}

/// An entry of a log as the event that everyone in its stream gets.
pub(in crate::chat) fn live_event(entry: &LogEntry) -> LiveEvent {
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

fn user_event(event: &UserEvent) -> Vec<Signal> {
    match event {
        UserEvent::Notified(notification) => notified(notification).into_iter().collect(),
        UserEvent::Confirmed(it) => confirmed(it).into_iter().flatten().collect(),
        UserEvent::NotificationsRead(read) => notifications_read(read).into_iter().collect(),
    }
}

fn notified(notification: &Notification) -> Option<Signal> {
    let frame = errors::event(&NotificationObject::from(notification))?;
    Some(for_user(&notification.user_id, notification.for_staff, None, frame))
}

fn for_user(user: &UserId, for_staff: bool, except: Option<ConnectionId>, frame: ByteString) -> Signal {
    Signal::ForUsers { users: Arc::new([user.clone()]), for_staff, except, frame }
}

/// To the others in the room, and to the reader's other connections wherever they are.
fn confirmed(confirmed: &Confirmed) -> Option<[Signal; 2]> {
    let frame = match confirmed.what {
        Confirmation::Delivered => errors::event(&MessagesDelivered::from(confirmed)),
        Confirmation::Read => errors::event(&MessagesRead::from(confirmed)),
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
        Some(notification_id) => errors::event(&NotificationReadEvent { notification_id }),
        None => errors::event(&NotificationsReadAllEvent {}),
    }?;
    Some(for_user(&read.user, false, Some(read.from), frame))
}

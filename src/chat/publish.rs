//! What happens right after a commit, on the writer's thread: each event is encoded once, those who
//! wait for their write are answered, and the bus is told, in commit order.

use std::{sync::Arc, time::Instant};

use bytestring::ByteString;

use super::followers::Followers;
use crate::{
    bus::{Bus, LiveEvent, Signal},
    domain::{
        Confirmed, ConnectionId, Happening, LogEntry, Message, Notification, NotificationsRead, Stream,
        UserEvent, UserId,
    },
    protocol::{Event, event, frame},
    store::{Effects, WriteError},
};

/// What publishing made of a write, for its submitter.
#[derive(Clone, Debug, Default)]
pub struct Encoded {
    /// The object of the message that was sent; shares the bytes of its event.
    pub message: Option<ByteString>,
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
        let encode = |result: &Result<Effects, WriteError>| {
            let Ok(effects) = result else { return Encoded::default() };
            followers.hear(effects);
            published(effects, &mut events, &mut users)
        };
        let encoded = results.iter().map(encode).collect();
        if !events.is_empty() {
            bus.publish(&Signal::Committed { events: events.into(), at });
        }
        if !users.is_empty() {
            bus.publish(&Signal::Several(users.into()));
        }
        encoded
    }
}

/// Encodes what was appended, and takes the message object for an ack out of the same bytes.
fn published(effects: &Effects, events: &mut Vec<LiveEvent>, users: &mut Vec<Signal>) -> Encoded {
    let first = events.len();
    events.extend(effects.entries.iter().map(live_event));
    users.extend(effects.user_events.iter().flat_map(user_event));
    let is_sent = effects.entries.first().is_some_and(|entry| matches!(entry.what, Happening::Sent(_)));
    let sent = events.get(first).filter(|_| is_sent);
    Encoded {
        message: sent.map(|event| frame::data_of(&event.frame, event::NEW_MESSAGE)),
        is_logged: events.len() > first,
    }
}

/// The object of a message: as it was published, or of one that an earlier write sent.
pub(super) fn message_object(published: Option<ByteString>, message: &Message) -> ByteString {
    let again = || frame::data_of(&event::new_message(message), event::NEW_MESSAGE);
    published.unwrap_or_else(again)
}

/// An entry of a log as the event that everyone in its stream gets.
pub(super) fn live_event(entry: &LogEntry) -> LiveEvent {
    LiveEvent {
        ticket_id: entry.ticket_id,
        stream: entry.stream,
        seq: entry.seq,
        pos: entry.pos,
        frame: event::log_entry(entry),
        evicts: entry.evicts().cloned(),
    }
}

fn user_event(event: &UserEvent) -> Vec<Signal> {
    match event {
        UserEvent::Notified(notification) => vec![notified(notification)],
        UserEvent::Confirmed(it) => confirmed(it).into(),
        UserEvent::NotificationsRead(read) => vec![notifications_read(read)],
    }
}

fn notified(notification: &Notification) -> Signal {
    let frame = Event::Notification(notification).encode();
    for_user(&notification.user_id, notification.for_staff, None, frame)
}

fn for_user(user: &UserId, for_staff: bool, except: Option<ConnectionId>, frame: ByteString) -> Signal {
    Signal::ForUsers { users: Arc::new([user.clone()]), for_staff, except, frame }
}

/// To the others in the room, and to the reader's other connections wherever they are.
fn confirmed(confirmed: &Confirmed) -> [Signal; 2] {
    let frame = event::messages_confirmed(confirmed);
    let others = Signal::Ephemeral {
        ticket_id: confirmed.ticket_id,
        stream: confirmed.stream,
        except: confirmed.user_id.clone(),
        frame: frame.clone(),
    };
    let for_staff = confirmed.stream == Stream::Internal;
    [others, for_user(&confirmed.user_id, for_staff, confirmed.by, frame)]
}

fn notifications_read(read: &NotificationsRead) -> Signal {
    for_user(&read.user, false, Some(read.from), event::notifications_read(read.id))
}

//! What happens right after a commit, on the writer's thread: each event is encoded once, those who
//! wait for their write are answered, and the bus is told, in commit order.

use std::sync::Arc;

use bytestring::ByteString;
use tokio::sync::oneshot;

use super::followers::Followers;
use crate::{
    bus::{Bus, LiveEvent, Signal},
    domain::{Confirmed, ConnectionId, LogEntry, Message, Notification, Stream, Ticket, UserId},
    protocol::{Event, event, frame},
    store::{Done, Finished, NotificationsRead, Outcome, WriteError},
};

/// A committed write, with its message encoded.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the store's outcomes; `json` is a message object")]
pub enum Published {
    Ticket {
        ticket: Box<Ticket>,
        message: Option<ByteString>,
        duplicate: bool,
    },
    Message {
        json: ByteString,
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

/// Encodes what was appended, and takes the message object for an ack out of the same bytes.
fn published(done: Done, events: &mut Vec<LiveEvent>, users: &mut Vec<Signal>) -> Published {
    let Done { outcome, effects } = done;
    let first = events.len();
    events.extend(effects.entries.iter().map(live_event));
    let logged = events.len() > first;
    users.extend(effects.notifications.iter().map(notified));
    users.extend(effects.confirmed.iter().flat_map(confirmed));
    users.extend(effects.notifications_read.iter().map(notifications_read));
    let json = |message: &Message| match events.get(first) {
        Some(event) => frame::data_of(&event.frame, event::NEW_MESSAGE),
        None => frame::data_of(&event::new_message(message), event::NEW_MESSAGE),
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

//! What happens right after a commit, on the writer's thread: each event is encoded once, those who
//! wait for their write are answered, and the bus is told, in commit order.

use std::sync::Arc;

use bytestring::ByteString;
use tokio::sync::oneshot;

use crate::{
    bus::{Bus, LiveEvent, Signal},
    domain::{Message, Ticket},
    protocol::{event, frame},
    store::{Finished, Outcome, WriteError},
};

/// A committed write, with its message encoded.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the store's outcomes; `json` is a message object")]
pub enum Published {
    User,
    Ticket { ticket: Box<Ticket>, message: Option<ByteString>, duplicate: bool },
    Message { json: ByteString, duplicate: bool },
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
pub fn publisher(bus: Arc<Bus>) -> impl FnMut(Vec<Finished<Tag>>) + Send + 'static {
    move |batch| {
        let Some(at) = batch.first().map(|first| first.committed_at) else { return };
        let mut events = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        for finished in batch {
            let published = finished.result.map(|outcome| published(outcome, &mut events));
            answers.push((finished.tag, published));
        }
        if !events.is_empty() {
            bus.publish(&Signal::Committed { events: events.into(), at });
        }
        for (tag, published) in answers {
            // Whoever waited may be gone; the write is done all the same.
            let _ = tag.send(published);
        }
    }
}

fn published(outcome: Outcome, events: &mut Vec<LiveEvent>) -> Published {
    match outcome {
        Outcome::UserSaved => Published::User,
        Outcome::MessageSent { message, duplicate } => {
            Published::Message { json: encode(&message, duplicate, events), duplicate }
        }
        Outcome::TicketCreated { ticket, message, duplicate } => {
            let message = message.map(|message| encode(&message, duplicate, events));
            Published::Ticket { ticket, message, duplicate }
        }
    }
}

/// Encodes the event, and takes the message object for the ack out of the same bytes.
fn encode(message: &Message, duplicate: bool, events: &mut Vec<LiveEvent>) -> ByteString {
    let encoded = event::new_message(message);
    let json = frame::data_of(&encoded, event::NEW_MESSAGE);
    if !duplicate {
        events.push(LiveEvent {
            ticket_id: message.ticket_id,
            stream: message.stream,
            seq: message.seq,
            pos: message.pos,
            frame: encoded,
        });
    }
    json
}

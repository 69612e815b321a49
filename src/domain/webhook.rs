//! Webhooks: who is told of which events, and what became of each telling.
//!
//! Owns the names of events and the bounds. Does not know how something is signed, sent or stored.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{DeliveryId, LogKind, Secret, Stream, TicketId, Timestamp, WebhookId};

/// Webhooks that there may be.
pub const MAX_WEBHOOKS: usize = 50;

/// Bytes of a webhook's URL.
pub const MAX_URL_BYTES: usize = 2_048;

/// Characters of a webhook's description.
pub const MAX_DESCRIPTION_CHARS: usize = 200;

/// Deliveries that may wait for one webhook; over it, it is disabled.
pub const MAX_PENDING: u64 = 100_000;

/// What a webhook is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookEvent {
    /// An entry of a ticket's log.
    Log(LogKind),
    /// A ticket was opened.
    TicketCreated,
    /// An admin tries the webhook out. No filter names or excludes it.
    Ping,
}

impl WebhookEvent {
    /// Those that a webhook may ask for, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = |of_ticket| LogKind::ALL.into_iter().filter(move |it| it.changes_ticket() == of_ticket);
        kinds(false).map(Self::Log).chain([Self::TicketCreated]).chain(kinds(true).map(Self::Log))
    }

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log(kind) => kind.webhook(),
            Self::TicketCreated => "ticket.created",
            Self::Ping => "ping",
        }
    }

    /// The event of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().chain([Self::Ping]).find(|event| event.as_str() == name)
    }
}

/// Which events a webhook is told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookFilter {
    /// Of these kinds; of all if there are none.
    pub events: Vec<WebhookEvent>,
    /// Of the internal streams as well.
    pub internal: bool,
}

impl WebhookFilter {
    /// Whether an event of that kind, in that stream, is among them.
    pub fn takes(&self, event: WebhookEvent, stream: Stream) -> bool {
        (self.internal || stream == Stream::Public)
            && (self.events.is_empty() || self.events.contains(&event))
    }
}

/// Someone who is told of events over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Which.
    pub id: WebhookId,
    /// Where to. It may hold a key of the receiver's, so it does not belong in a log.
    pub url: String,
    /// Signs what is sent.
    pub secret: Secret,
    /// Signs it, too, until then.
    pub previous: Option<(Secret, Timestamp)>,
    /// What of.
    pub filter: WebhookFilter,
    /// An admin's own words; may be empty.
    pub description: String,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why the server itself disabled it.
    pub disabled_reason: Option<String>,
    /// Since when it is there.
    pub created_at: Timestamp,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum DeliveryState {
    /// It is tried, or waits for it.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Where an event stands in a ticket's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The stream.
    pub stream: Stream,
    /// The number in the stream; 0 for the opening of the ticket, which is before all.
    pub seq: i64,
}

/// An event on its way to a webhook. It holds none of the event's content: that is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub id: DeliveryId,
    /// Whose.
    pub webhook_id: WebhookId,
    /// The same for all tries, and for all webhooks that are told of the event.
    pub event_id: String,
    /// What kind.
    pub event: WebhookEvent,
    /// What; `None` for a ping.
    pub place: Option<EventPlace>,
    /// How far it has come.
    pub state: DeliveryState,
    /// Tries that were begun, since it was recorded or replayed.
    pub attempts: i32,
    /// When it is tried next; `None` while an earlier one of the ticket is not done, and at the end.
    pub next_attempt_at: Option<Timestamp>,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it was recorded, or replayed.
    pub queued_at: Timestamp,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for event in WebhookEvent::all().chain([WebhookEvent::Ping]) {
            assert_eq!(WebhookEvent::parse(event.as_str()), Some(event));
        }
        for state in DeliveryState::VARIANTS {
            assert_eq!(state.as_str().parse().as_ref(), Ok(state));
        }
        assert_eq!(WebhookEvent::parse("message.read"), None);
    }

    #[test]
    fn events_are_listed_in_the_order_of_the_documentation() {
        let names: Vec<&str> = WebhookEvent::all().map(WebhookEvent::as_str).collect();
        assert_eq!(names[4..7], ["reaction.removed", "ticket.created", "ticket.updated"]);
        assert_eq!(names.len(), LogKind::ALL.len() + 1);
    }

    #[test]
    fn a_filter_without_kinds_takes_all_and_internal_ones_only_if_asked() {
        let all = WebhookFilter::default();
        const SENT: WebhookEvent = WebhookEvent::Log(LogKind::MessageSent);
        let one = WebhookFilter { events: vec![SENT], internal: true };
        for event in WebhookEvent::all() {
            assert!(all.takes(event, Stream::Public) && !all.takes(event, Stream::Internal));
            let is_it = event == SENT;
            assert!(Stream::VARIANTS.iter().all(|stream| one.takes(event, *stream) == is_it));
        }
    }
}

//! Changes to webhooks, and to what is on its way to them.

use crate::{
    domain::{
        Delivery, DeliveryId, Secret, TicketId, Timestamp, Webhook, WebhookEvent, WebhookFilter, WebhookId,
    },
    store::write::Concerns,
};

/// A change to webhooks.
#[derive(Clone, Debug)]
pub enum WebhookChange {
    /// Makes one. One with the same URL and secret is there already.
    Create(NewWebhook),
    /// Changes one.
    Update(WebhookUpdate),
    /// Removes one; what was on its way to it goes nowhere.
    Delete(WebhookId),
    /// Gives one another secret.
    Rotate {
        /// Which.
        id: WebhookId,
        /// The new one.
        secret: Secret,
        /// Until when the one it has signs as well.
        keep_until: Timestamp,
    },
    /// Sends one an event that tells of nothing.
    Ping(WebhookId),
    /// Delivers something again, or at once.
    Replay(Replayed),
    /// The server's own: disables one that cannot be told.
    Disable {
        /// Which.
        id: WebhookId,
        /// Why, for its admin.
        reason: &'static str,
    },
    /// The server's own: takes deliveries to try them, for a time.
    Claim {
        /// Which.
        ids: Vec<DeliveryId>,
        /// Until when nobody else may try them.
        until: Timestamp,
    },
    /// The server's own: gives back what was claimed until then and was not tried to the end.
    Release {
        /// Which; all that there are if it is `None`.
        ids: Option<Vec<DeliveryId>>,
    },
    /// The server's own: notes what a try came to.
    Settle(Tried),
    /// The server's own: forgets a bounded number of what is done.
    Sweep,
}

/// A webhook to make.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the webhook")]
pub struct NewWebhook {
    pub url: String,
    pub secret: Secret,
    pub filter: WebhookFilter,
    pub description: String,
    pub enabled: bool,
}

/// What to change of a webhook; what is `None` stays.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the webhook")]
pub struct WebhookUpdate {
    pub id: WebhookId,
    pub url: Option<String>,
    pub events: Option<Vec<WebhookEvent>>,
    pub internal: Option<bool>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

/// A delivery that is to be made again.
#[derive(Clone, Copy, Debug)]
pub struct Replayed {
    /// Whose.
    pub webhook_id: WebhookId,
    /// Which.
    pub id: DeliveryId,
    /// The ticket that it is about.
    pub ticket_id: Option<TicketId>,
}

/// What a try came to.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Which delivery.
    pub id: DeliveryId,
    /// Whose.
    pub webhook_id: WebhookId,
    /// The ticket that it is about.
    pub ticket_id: Option<TicketId>,
    /// Until when it was claimed: with another time, it is somebody else's by now.
    pub leased_until: Timestamp,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// What follows.
    pub then: Then,
}

/// What follows from a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is done.
    Delivered {
        /// When it is forgotten.
        forget_at: Timestamp,
    },
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
    },
    /// It is given up.
    Dead {
        /// When it is forgotten.
        forget_at: Timestamp,
        /// Why the webhook is disabled, if it is.
        disable: Option<&'static str>,
    },
}

/// What a change to webhooks came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookDone {
    /// The webhook is as it was wanted.
    Saved(Box<Webhook>),
    /// There is no such webhook any more.
    Deleted,
    /// The delivery is on its way.
    Queued(Box<Delivery>),
    /// These are the caller's to try.
    Claimed(Vec<DeliveryId>),
    /// They are free.
    Released,
    /// It is noted, unless the delivery was somebody else's by then.
    Settled(bool),
    /// So many rows are gone.
    Swept(usize),
}

impl WebhookChange {
    /// Whether its order among messages does not matter.
    pub(in crate::store) fn is_apart(&self) -> bool {
        matches!(self, Self::Claim { .. } | Self::Release { .. } | Self::Sweep)
    }

    /// What it takes hold of: the order of a ticket's deliveries is kept under its lock.
    pub(in crate::store) fn concerns(&self) -> Concerns {
        let ticket = match self {
            Self::Replay(replayed) => replayed.ticket_id,
            Self::Settle(tried) => tried.ticket_id,
            _ => None,
        };
        ticket.map_or(Concerns::NoTicket, Concerns::Ticket)
    }
}

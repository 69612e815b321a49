//! What a write did that others are told of, after its commit.

use crate::domain::{Availability, ConnectionId, Lockout, LogEntry, TicketId, Timestamp, UserEvent, UserId};

/// The effects of one write, to publish in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Tickets that were opened.
    pub tickets_created: Vec<TicketId>,
    /// How users want to be seen now.
    pub statuses: Vec<StatusSet>,
    /// Webhooks were changed, or something was queued for one by hand.
    pub webhooks_changed: bool,
    /// Users who were shut out.
    pub lockouts: Vec<Lockout>,
    /// How many deliveries to webhooks were recorded.
    pub deliveries: usize,
    /// What was appended to logs.
    pub entries: Vec<LogEntry>,
    /// What the connections of users are told.
    pub user_events: Vec<UserEvent>,
}

/// How a user wants to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    /// The user.
    pub user_id: UserId,
    /// What they want to be seen as.
    pub availability: Availability,
    /// When they were there last, as others see it.
    pub last_seen: Option<Timestamp>,
    /// The connection that wanted it.
    pub from: ConnectionId,
}

//! What someone wants a ticket to be.
//!
//! Plain data: it is carried out in `writer`.

use super::write::IfPosition;
use crate::{
    domain::{Priority, TicketId, TicketStatus, Timestamp, UserId},
    guard::PlainText,
};

/// A ticket's new values; what is `None` stays.
#[derive(Debug)]
pub struct TicketUpdate {
    /// The ticket.
    pub ticket_id: TicketId,
    /// What it is about.
    pub subject: Option<PlainText>,
    /// Where it is in its life.
    pub status: Option<TicketStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Who takes care of it; `Some(None)` returns it to the queue.
    pub assignee_id: Option<Option<UserId>>,
    /// All of its labels.
    pub labels: Option<Vec<PlainText>>,
    /// When it wakes up; `Some(None)` wakes it now.
    pub snoozed_until: Option<Option<Timestamp>>,
    /// Whether the actor alone does not want to hear of it.
    pub muted: Option<bool>,
    /// Refuse if the ticket has moved on.
    pub if_position: Option<IfPosition>,
}

impl TicketUpdate {
    /// One that changes nothing.
    pub fn of(ticket_id: TicketId) -> Self {
        Self {
            ticket_id,
            subject: None,
            status: None,
            priority: None,
            assignee_id: None,
            labels: None,
            snoozed_until: None,
            muted: None,
            if_position: None,
        }
    }

    /// Whether it names no field.
    pub fn is_empty(&self) -> bool {
        let Self { subject, status, priority, assignee_id, labels, snoozed_until, muted, .. } = self;
        subject.is_none()
            && status.is_none()
            && priority.is_none()
            && assignee_id.is_none()
            && labels.is_none()
            && snoozed_until.is_none()
            && muted.is_none()
    }
}

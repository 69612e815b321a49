//! Tickets, and what changed in them.
//!
//! Owns which fields a customer does not get.

use serde::Serialize;

use super::{PositionObject, Rfc3339, UserObject};
use crate::domain::{
    Changes, FromTo, Priority, Rating, Stream, Ticket, TicketId, TicketStatus, Timestamp, UserId, Visible,
};

/// `{score, comment?, ratedAt}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct RatingObject<'a> {
    pub score: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a str>,
    pub rated_at: Rfc3339,
}

impl<'a> From<&'a Rating> for RatingObject<'a> {
    fn from(rating: &'a Rating) -> Self {
        Self { score: rating.score, comment: rating.comment.as_deref(), rated_at: Rfc3339(rating.rated_at) }
    }
}

/// `{field: {from, to}}` for each field that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct ChangesObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a FromTo<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'a FromTo<TicketStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<&'a FromTo<Option<UserId>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<&'a FromTo<Priority>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<&'a FromTo<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<FromTo<Option<Rfc3339>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<&'a FromTo<bool>>,
}

impl<'a> From<&'a Changes> for ChangesObject<'a> {
    fn from(changes: &'a Changes) -> Self {
        let time = |time: Option<Timestamp>| time.map(Rfc3339);
        Self {
            subject: changes.subject.as_ref(),
            status: changes.status.as_ref(),
            assignee_id: changes.assignee_id.as_ref(),
            priority: changes.priority.as_ref(),
            labels: changes.labels.as_ref(),
            snoozed_until: changes
                .snoozed_until
                .as_ref()
                .map(|it| FromTo { from: time(it.from), to: time(it.to) }),
            muted: changes.muted.as_ref(),
        }
    }
}

/// A ticket; the fields of agents are left out for customers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct TicketObject<'a> {
    pub id: TicketId,
    pub subject: &'a str,
    pub status: TicketStatus,
    pub requester: UserObject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserObject<'a>>,
    pub participants: Vec<UserObject<'a>>,
    pub position: PositionObject,
    pub created_at: Rfc3339,
    pub updated_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingObject<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub for_agents: Option<TicketForAgents<'a>>,
}

/// What only agents and admins get of a ticket.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct TicketForAgents<'a> {
    pub priority: Priority,
    pub labels: &'a [String],
    pub snoozed_until: Option<Rfc3339>,
}

impl<'a> TicketObject<'a> {
    /// `ticket` as someone sees it who sees `visible`.
    pub fn new(ticket: &'a Ticket, visible: Visible) -> Self {
        let for_agents = visible.includes(Stream::Internal).then(|| TicketForAgents {
            priority: ticket.priority,
            labels: &ticket.labels,
            snoozed_until: ticket.snoozed_until.map(Rfc3339),
        });
        Self {
            id: ticket.id,
            subject: &ticket.subject,
            status: ticket.status,
            requester: UserObject::from(&ticket.requester),
            assignee: ticket.assignee.as_ref().map(UserObject::from),
            participants: ticket.participants.iter().map(UserObject::from).collect(),
            position: PositionObject::new(ticket.position, visible),
            created_at: Rfc3339(ticket.created_at),
            updated_at: Rfc3339(ticket.updated_at),
            last_message_at: ticket.last_message_at.map(Rfc3339),
            closed_at: ticket.closed_at.map(Rfc3339),
            rating: ticket.rating.as_ref().map(RatingObject::from),
            for_agents,
        }
    }
}

//! Tickets, and what changed in them.
//!
//! Owns which fields a customer does not get.

use serde::Serialize;
use utoipa::ToSchema;

use super::{PositionObject, Rfc3339, UserObject};
use crate::{
    domain::{
        Changes, FromTo, Priority, Rating, Stream, Ticket, TicketId, TicketStatus, Timestamp, UserId, Visible,
    },
    protocol::{
        examples,
        schema::{changed, changed_if_any},
    },
};

/// What a requester thought of how they were helped.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Rating, examples(examples::rating))]
pub struct RatingObject<'a> {
    /// 5 is best.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i16,
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub comment: Option<&'a str>,
    /// When it was given first.
    pub rated_at: Rfc3339,
}

impl<'a> From<&'a Rating> for RatingObject<'a> {
    fn from(rating: &'a Rating) -> Self {
        Self { score: rating.score, comment: rating.comment.as_deref(), rated_at: Rfc3339(rating.rated_at) }
    }
}

/// The fields that changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Changes, examples(examples::changes))]
pub struct ChangesObject<'a> {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed::<String>)]
    pub subject: Option<&'a FromTo<String>>,
    /// Where it is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed::<TicketStatus>)]
    pub status: Option<&'a FromTo<TicketStatus>>,
    /// Who takes care of it; `null` for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed_if_any::<UserId>)]
    pub assignee_id: Option<&'a FromTo<Option<UserId>>>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed::<Priority>)]
    pub priority: Option<&'a FromTo<Priority>>,
    /// By name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed::<Vec<String>>)]
    pub labels: Option<&'a FromTo<Vec<String>>>,
    /// When it wakes up; `null` if it does not sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed_if_any::<Rfc3339>)]
    pub snoozed_until: Option<FromTo<Option<Rfc3339>>>,
    /// Of the caller alone: in a reply, never in an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = changed::<bool>)]
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

impl<'a> ChangesObject<'a> {
    /// Those that someone sees who sees `visible`.
    pub fn new(changes: &'a Changes, visible: Visible) -> Self {
        let all = Self::from(changes);
        match visible.includes(Stream::Internal) {
            true => all,
            false => Self { priority: None, labels: None, snoozed_until: None, ..all },
        }
    }
}

/// A ticket. `priority`, `labels` and `snoozedUntil` are for agents and admins, and left out for customers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ticket, examples(examples::ticket))]
pub struct TicketObject<'a> {
    /// Given by the server.
    pub id: TicketId,
    /// Plain text.
    pub subject: &'a str,
    /// Where it is in its life.
    pub status: TicketStatus,
    /// For whom it was opened.
    pub requester: UserObject<'a>,
    /// Who takes care of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee: Option<UserObject<'a>>,
    /// Who was added, without the requester.
    pub participants: Vec<UserObject<'a>>,
    /// How far its streams go.
    pub position: PositionObject,
    /// When it was opened.
    pub created_at: Rfc3339,
    /// When the last event of its public stream was.
    pub updated_at: Rfc3339,
    /// When the last public message was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_message_at: Option<Rfc3339>,
    /// When it was closed, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<Rfc3339>,
    /// What its requester thought of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rating: Option<RatingObject<'a>>,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub priority: Option<Priority>,
    /// By name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<String>>)]
    pub labels: Option<&'a [String]>,
    /// When it wakes up; `null` if it does not sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rfc3339>)]
    pub snoozed_until: Option<Option<Rfc3339>>,
}

impl<'a> TicketObject<'a> {
    /// `ticket` as someone sees it who sees `visible`.
    pub fn new(ticket: &'a Ticket, visible: Visible) -> Self {
        let is_for_agents = visible.includes(Stream::Internal);
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
            priority: is_for_agents.then_some(ticket.priority),
            labels: is_for_agents.then_some(ticket.labels.as_slice()),
            snoozed_until: is_for_agents.then_some(ticket.snoozed_until.map(Rfc3339)),
        }
    }
}

//! Notifications, worded.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Json, Rfc3339};
use crate::{
    domain::{MessageId, Notification, NotificationId, NotificationKind, TicketId},
    protocol::{examples, schema::AnyKind},
};

/// What a user is told of when they were not looking.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notification, examples(examples::notification))]
pub struct NotificationObject<'a> {
    /// Given by the server.
    pub id: NotificationId,
    /// Why: one of the server's own kinds, or a word of whoever sent it from outside.
    #[schema(value_type = AnyKind)]
    pub kind: &'a str,
    /// In which ticket; there is always one with the server's own kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ticket_id: Option<TicketId>,
    /// The message that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message_id: Option<MessageId>,
    /// Who did what: plain text, in English. Or whatever came from outside.
    #[schema(value_type = String)]
    pub title: Cow<'a, str>,
    /// The message without markup, shortened, or the ticket's subject. Or whatever came from outside.
    pub body: &'a str,
    /// Where it leads: an http(s) URL, or a path. Only from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub link: Option<&'a str>,
    /// A JSON object of whoever sent it. Only from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    pub data: Option<Json<'a>>,
    /// When it came.
    pub created_at: Rfc3339,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub read_at: Option<Rfc3339>,
}

impl<'a> From<&'a Notification> for NotificationObject<'a> {
    fn from(notification: &'a Notification) -> Self {
        let custom = notification.custom.as_deref();
        // A message that shows no text (a file alone, or one that was deleted) is known by its ticket.
        let said =
            if notification.excerpt.is_empty() { &notification.subject } else { &notification.excerpt };
        Self {
            id: notification.id,
            kind: custom.map_or(notification.kind.as_str(), |custom| &custom.kind),
            ticket_id: notification.ticket_id,
            message_id: notification.message_id,
            title: custom.map_or_else(|| title(notification).into(), |custom| (&custom.title).into()),
            body: custom.map_or(said, |custom| &custom.body),
            link: custom.and_then(|custom| custom.link.as_deref()),
            data: custom.and_then(|custom| custom.data.as_deref()).map(Json),
            created_at: Rfc3339(notification.created_at),
            read_at: notification.read_at.map(Rfc3339),
        }
    }
}

/// Who did what, and in which ticket.
fn title(notification: &Notification) -> String {
    let ticket = notification.ticket_id.map(|id| format!("#{id}")).unwrap_or_default();
    let who = notification.actor.as_ref().map(|user| user.name.as_str());
    match (notification.kind, who) {
        (NotificationKind::NewMessage, who) => format!("{} wrote in {ticket}", who.unwrap_or("Someone")),
        (NotificationKind::Mention, who) => {
            format!("{} mentioned you in {ticket}", who.unwrap_or("Someone"))
        }
        (NotificationKind::Assigned, Some(who)) => format!("{who} assigned {ticket} to you"),
        (NotificationKind::Assigned, None) => format!("{ticket} was assigned to you"),
        (NotificationKind::ParticipantAdded, Some(who)) => format!("{who} added you to {ticket}"),
        (NotificationKind::ParticipantAdded, None) => format!("You were added to {ticket}"),
        // Of a ticket that is hidden from them now, they are told no more.
        (NotificationKind::ParticipantRemoved, _) => format!("You were removed from {ticket}"),
        (NotificationKind::TicketClosed, Some(who)) => format!("{who} closed {ticket}"),
        (NotificationKind::TicketClosed, None) => format!("{ticket} was closed"),
        // It has its own.
        (NotificationKind::Custom, _) => String::new(),
    }
}

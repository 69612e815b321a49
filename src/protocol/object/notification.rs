//! Notifications, worded.

use serde::Serialize;

use super::Rfc3339;
use crate::domain::{MessageId, Notification, NotificationId, NotificationKind, TicketId};

/// `{id, kind, ticketId, messageId?, title, body, createdAt, readAt?}`; worded here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct NotificationObject<'a> {
    pub id: NotificationId,
    pub kind: &'static str,
    pub ticket_id: TicketId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    pub title: String,
    pub body: &'a str,
    pub created_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Rfc3339>,
}

impl<'a> From<&'a Notification> for NotificationObject<'a> {
    fn from(notification: &'a Notification) -> Self {
        let who = notification.actor.as_ref().map_or("Someone", |user| &user.name);
        let title = match notification.kind {
            NotificationKind::NewMessage => format!("{who} wrote"),
            NotificationKind::Mention => format!("{who} mentioned you"),
            NotificationKind::Assigned => "A ticket was assigned to you".to_owned(),
            NotificationKind::ParticipantAdded => "You were added to a ticket".to_owned(),
            NotificationKind::ParticipantRemoved => "You were removed from a ticket".to_owned(),
            NotificationKind::TicketClosed => "A ticket was closed".to_owned(),
        };
        let body =
            if notification.message_id.is_some() { &notification.excerpt } else { &notification.subject };
        Self {
            id: notification.id,
            kind: notification.kind.as_str(),
            ticket_id: notification.ticket_id,
            message_id: notification.message_id,
            title,
            body,
            created_at: Rfc3339(notification.created_at),
            read_at: notification.read_at.map(Rfc3339),
        }
    }
}

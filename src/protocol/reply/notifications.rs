//! The replies about notifications and canned responses.

use super::{Conversation, Object};
use crate::{
    domain::{CannedResponse, CannedResponseId, Notification, NotificationId},
    protocol::object::{CannedResponseObject, NotificationObject},
};

impl Conversation {
    /// `notifications {notifications, unread}`
    pub fn notifications(notifications: &[Notification], unread: u64) -> Self {
        let shown: Vec<NotificationObject<'_>> = notifications.iter().map(NotificationObject::from).collect();
        Self::new(
            "notifications",
            Object::new().field("notifications", &shown).field("unread", &unread).end(),
        )
    }

    /// `notification_read {notificationId}`
    pub fn notification_read(id: NotificationId) -> Self {
        Self::new("notification_read", Object::new().field("notificationId", &id).end())
    }

    /// `notifications_read_all {}`
    pub fn notifications_read_all() -> Self {
        Self::new("notifications_read_all", Object::new().end())
    }

    /// `canned_responses {cannedResponses}`
    pub fn canned_responses(responses: &[CannedResponse]) -> Self {
        let shown: Vec<CannedResponseObject<'_>> = responses.iter().map(CannedResponseObject::from).collect();
        Self::new("canned_responses", Object::new().field("cannedResponses", &shown).end())
    }

    /// `canned_response_saved {cannedResponse}`
    pub fn canned_response_saved(response: &CannedResponse) -> Self {
        let shown = CannedResponseObject::from(response);
        Self::new("canned_response_saved", Object::new().field("cannedResponse", &shown).end())
    }

    /// `canned_response_deleted {id}`
    pub fn canned_response_deleted(id: CannedResponseId) -> Self {
        Self::new("canned_response_deleted", Object::new().field("id", &id).end())
    }
}

//! The replies about notifications and canned responses.

use super::{Conversation, fields};
use crate::{
    domain::{CannedResponse, CannedResponseId, Notification, NotificationId},
    protocol::objects::{CannedResponseObject, NotificationObject},
};

impl Conversation {
    /// `notifications`
    pub fn notifications(notifications: &[Notification], unread: u64) -> Self {
        let notifications = notifications.iter().map(NotificationObject::from).collect();
        Self::of(&fields::Notifications { notifications, unread })
    }

    /// `notification_read`
    pub fn notification_read(notification_id: NotificationId) -> Self {
        Self::of(&fields::NotificationRead { notification_id })
    }

    /// `notifications_read_all`
    pub fn notifications_read_all() -> Self {
        Self::of(&fields::NotificationsReadAll {})
    }

    /// `canned_responses`
    pub fn canned_responses(responses: &[CannedResponse]) -> Self {
        let canned_responses = responses.iter().map(CannedResponseObject::from).collect();
        Self::of(&fields::CannedResponses { canned_responses })
    }

    /// `canned_response_saved`
    pub fn canned_response_saved(response: &CannedResponse) -> Self {
        Self::of(&fields::CannedResponseSaved { canned_response: CannedResponseObject::from(response) })
    }

    /// `canned_response_deleted`
    pub fn canned_response_deleted(id: CannedResponseId) -> Self {
        Self::of(&fields::CannedResponseDeleted { id })
    }
}

//! What a user's connections are told of notifications that another of them marked as read.

use bytestring::ByteString;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::NotificationId,
    protocol::{examples, frame::encode_event as encode},
};

/// Another connection of the user marked a notification as read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotificationReadEvent, examples(examples::notification_ref))]
pub struct NotificationRead {
    /// The notification.
    notification_id: NotificationId,
}

/// Another connection of the user marked all notifications as read.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationsReadAllEvent, examples(examples::nothing))]
pub struct NotificationsReadAll {}

/// `notification_read`, or `notifications_read_all` where there is no `id`.
pub fn notifications_read(id: Option<NotificationId>) -> ByteString {
    match id {
        Some(notification_id) => encode(&NotificationRead { notification_id }),
        None => encode(&NotificationsReadAll {}),
    }
}

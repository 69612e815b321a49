//! What a user's connections are told of notifications that another of them marked as read.

use bytestring::ByteString;
use serde::Serialize;

use crate::{domain::NotificationId, protocol::frame::encode_event};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReadData {
    notification_id: NotificationId,
}

#[derive(Serialize)]
struct ReadAllData {}

/// `notification_read`, or `notifications_read_all` where there is no `id`.
pub fn notifications_read(id: Option<NotificationId>) -> ByteString {
    match id {
        Some(notification_id) => encode_event("notification_read", &ReadData { notification_id }),
        None => encode_event("notifications_read_all", &ReadAllData {}),
    }
}

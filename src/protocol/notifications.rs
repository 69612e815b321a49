//! Notifications: the replies to reading them and marking them, and what a user's connections are told.
//!
//! Owns names and fields. How a notification is worded is that of its object.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{nothing, notification, notification_ref},
    objects::NotificationObject,
    schema::names,
};
use crate::domain::NotificationId;

names! {
    Notifications<'_> = "notifications";
    NotificationRead = "notification_read";
    NotificationsReadAll = "notifications_read_all";
    NotificationObject<'_> = "notification";
    NotificationReadEvent = "notification_read";
    NotificationsReadAllEvent = "notifications_read_all";
}

/// A page of the caller's notifications, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationsReply, examples(page))]
pub struct Notifications<'a> {
    /// Newest first.
    pub notifications: Vec<NotificationObject<'a>>,
    /// How many the caller has not read, whatever the page shows.
    pub unread: u64,
}

/// The notification that is read now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotificationReadReply, examples(notification_ref))]
pub struct NotificationRead {
    /// The notification.
    pub notification_id: NotificationId,
}

/// All notifications are read now.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationsReadAllReply, examples(nothing))]
pub struct NotificationsReadAll {}

/// Another connection of the user marked a notification as read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(notification_ref))]
pub struct NotificationReadEvent {
    /// The notification.
    pub notification_id: NotificationId,
}

/// Another connection of the user marked all notifications as read.
#[derive(Serialize, ToSchema)]
#[schema(examples(nothing))]
pub struct NotificationsReadAllEvent {}

fn page() -> Value {
    json!({"notifications": [notification()], "unread": 1})
}

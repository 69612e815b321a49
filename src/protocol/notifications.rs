//! Notifications: the commands that read and mark them, their replies, and what a user's connections are told.
//!
//! Owns names and fields. How a notification is worded is that of its object.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{nothing, notification, notification_ref},
    objects::NotificationObject,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, NotificationId};

names! {
    Notifications<'_> = "notifications";
    NotificationRead = "notification_read";
    NotificationsReadAll = "notifications_read_all";
    NotificationObject<'_> = "notification";
    NotificationReadEvent = "notification_read";
    NotificationsReadAllEvent = "notifications_read_all";
}

/// Reads a page of the caller's notifications, newest first.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(get_notifications))]
pub struct GetNotifications {
    /// Only those that are not read; `false` if it is not given.
    pub unread_only: Option<bool>,
    /// The page that ends right before this one.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<NotificationId>,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl CommandSpec for GetNotifications {
    const NAME: &'static str = "get_notifications";
    const CLASS: Class = Class::History;
    const ACTIONS: &'static [Action] = &[Action::ReadNotifications];
    const ROUTE: Option<Route> = Some(Route::get("/notifications", &[]).own());
    type Reply = Notifications<'static>;
}

/// Marks a notification as read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(notification_ref))]
pub struct MarkNotificationRead {
    /// The notification.
    #[schema(value_type = AnyId)]
    pub notification_id: NotificationId,
}

impl CommandSpec for MarkNotificationRead {
    const NAME: &'static str = "mark_notification_read";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::ReadNotifications];
    const EVENTS: &'static [&'static str] = &["notification_read"];
    const ROUTE: Option<Route> =
        Some(Route::post("/notifications/{id}/read", &["notificationId"]).tag("notifications"));
    type Reply = NotificationRead;
}

/// Marks all of the caller's notifications as read.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(nothing))]
pub struct MarkAllNotificationsRead {}

impl CommandSpec for MarkAllNotificationsRead {
    const NAME: &'static str = "mark_all_notifications_read";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::ReadNotifications];
    const EVENTS: &'static [&'static str] = &["notifications_read_all"];
    const ROUTE: Option<Route> = Some(Route::post("/notifications/read", &[]).tag("notifications"));
    type Reply = NotificationsReadAll;
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

fn get_notifications() -> Value {
    json!({"unreadOnly": true, "limit": 50})
}

fn page() -> Value {
    json!({"notifications": [notification()], "unread": 1})
}

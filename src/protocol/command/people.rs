//! The fields of the commands about the queue, statuses, notifications, search and canned responses.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{bounded, conversations::nullable};
use crate::{
    domain::{
        Action, Availability, CannedResponseId, Class, MessageId, NotificationId, TicketId, TicketStatus,
        UserId,
    },
    protocol::{
        example,
        reply::fields as reply,
        schema::AnyId,
        spec::{CommandSpec, Route},
    },
};

/// Watches the queue.
///
/// All filters together must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::subscribe_queue))]
pub struct SubscribeQueue {
    /// Only those in this status.
    pub status: Option<TicketStatus>,
    /// `null` asks for those that nobody takes care of.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<UserId>)]
    pub assignee_id: Option<Option<UserId>>,
}

impl CommandSpec for SubscribeQueue {
    const NAME: &'static str = "subscribe_queue";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::WatchQueue];
    type Reply = reply::QueueSubscribed;
}

/// Watches the queue no more.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::nothing))]
pub struct UnsubscribeQueue {}

impl CommandSpec for UnsubscribeQueue {
    const NAME: &'static str = "unsubscribe_queue";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::WatchQueue];
    type Reply = reply::QueueUnsubscribed;
}

/// Tells how a user is seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::user_ref))]
pub struct GetUserStatus {
    /// The user.
    pub user_id: UserId,
}

impl CommandSpec for GetUserStatus {
    const NAME: &'static str = "get_user_status";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::SharePresence, Action::SeeAnyone];
    const ROUTE: Option<Route> = Some(Route::get("/users/{id}/status", &["userId"]).tag("people"));
    type Reply = reply::UserStatus<'static>;
}

/// Tells how several users are seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::user_refs))]
pub struct GetUsersStatus {
    /// Each is answered once.
    #[serde(deserialize_with = "bounded")]
    #[schema(required, nullable = false, min_items = 1, max_items = 200)]
    pub user_ids: Option<Vec<UserId>>,
}

impl CommandSpec for GetUsersStatus {
    const NAME: &'static str = "get_users_status";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::SharePresence, Action::SeeAnyone];
    const ROUTE: Option<Route> = Some(Route::get("/users/status", &[]).own());
    type Reply = reply::UsersStatus<'static>;
}

/// Says how the caller wants to be seen.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::set_status))]
pub struct SetStatus {
    /// As what others see the caller.
    pub status: Availability,
}

impl CommandSpec for SetStatus {
    const NAME: &'static str = "set_status";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::SharePresence];
    const EVENTS: &'static [&'static str] = &["user_status"];
    const ROUTE: Option<Route> = Some(Route::put("/me/status", &[]).tag("people"));
    type Reply = reply::UserStatus<'static>;
}

/// Reads a page of the caller's notifications, newest first.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(examples(example::get_notifications))]
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
    type Reply = reply::Notifications<'static>;
}

/// Marks a notification as read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::notification_ref))]
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
    type Reply = reply::NotificationRead;
}

/// Marks all of the caller's notifications as read.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::nothing))]
pub struct MarkAllNotificationsRead {}

impl CommandSpec for MarkAllNotificationsRead {
    const NAME: &'static str = "mark_all_notifications_read";
    const CLASS: Class = Class::Receipt;
    const ACTIONS: &'static [Action] = &[Action::ReadNotifications];
    const EVENTS: &'static [&'static str] = &["notifications_read_all"];
    const ROUTE: Option<Route> = Some(Route::post("/notifications/read", &[]).tag("notifications"));
    type Reply = reply::NotificationsReadAll;
}

/// Searches the messages that the caller sees, newest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::search_messages))]
pub struct SearchMessages {
    /// 1 to 16 words; the last may be the beginning of one.
    pub query: String,
    /// Only in this ticket.
    #[schema(value_type = Option<AnyId>)]
    pub ticket_id: Option<TicketId>,
    /// Only older ones.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<MessageId>,
    /// 20 if it is not given.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl CommandSpec for SearchMessages {
    const NAME: &'static str = "search_messages";
    const CLASS: Class = Class::Search;
    const ACTIONS: &'static [Action] = &[Action::List];
    const ROUTE: Option<Route> = Some(Route::get("/search", &[]).own());
    type Reply = reply::SearchResults<'static>;
}

/// Lists the shared canned responses and the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::nothing))]
pub struct ListCannedResponses {}

impl CommandSpec for ListCannedResponses {
    const NAME: &'static str = "list_canned_responses";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::UseCanned];
    const ROUTE: Option<Route> = Some(Route::get("/canned-responses", &[]).own());
    type Reply = reply::CannedResponses<'static>;
}

/// Saves a canned response; with an `id` it replaces that one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::save_canned_response))]
pub struct SaveCannedResponse {
    /// Which one to change; without it a new one is saved.
    #[schema(value_type = Option<AnyId>)]
    pub id: Option<CannedResponseId>,
    /// Letters, digits, `-` and `_`; no two of one agent, nor of the shared ones, have the same.
    #[schema(min_length = 1, max_length = 50)]
    pub shortcut: String,
    /// Plain text.
    #[schema(min_length = 1)]
    pub title: String,
    /// Plain text, with fields such as `{{customer.name}}`.
    #[schema(min_length = 1)]
    pub message: String,
    /// Whether all agents have it; `false` if it is not given.
    pub shared: Option<bool>,
}

impl CommandSpec for SaveCannedResponse {
    const NAME: &'static str = "save_canned_response";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::UseCanned];
    const ROUTE: Option<Route> = Some(Route::put("/canned-responses/{id}", &["id"]).own());
    type Reply = reply::CannedResponseSaved<'static>;
}

/// Deletes a canned response.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::canned_response_ref))]
pub struct DeleteCannedResponse {
    /// The canned response.
    #[schema(value_type = AnyId)]
    pub id: CannedResponseId,
}

impl CommandSpec for DeleteCannedResponse {
    const NAME: &'static str = "delete_canned_response";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::UseCanned];
    const ROUTE: Option<Route> =
        Some(Route::delete("/canned-responses/{id}", &["id"]).tag("canned responses"));
    type Reply = reply::CannedResponseDeleted;
}

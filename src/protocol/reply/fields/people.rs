//! The replies about the caller, others' statuses, notifications and canned responses.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{CannedResponseId, NotificationId},
    protocol::{
        examples,
        objects::{CannedResponseObject, NotificationObject, Rfc3339, StatusObject, UserObject},
    },
};

pub use crate::protocol::objects::StatusObject as UserStatus;

/// Who the caller is from now on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthenticatedReply, examples(examples::authenticated))]
pub struct Authenticated<'a> {
    /// The caller.
    pub user: UserObject<'a>,
    /// When the token ends.
    pub expires_at: Rfc3339,
    /// The history that sequence numbers belong to.
    pub epoch: &'a str,
}

/// The connection works.
#[derive(Serialize, ToSchema)]
#[schema(as = PongReply, examples(examples::pong))]
pub struct Pong {
    /// The server's time.
    pub at: Rfc3339,
}

/// How some users are seen.
#[derive(Serialize, ToSchema)]
#[schema(as = UsersStatusReply, examples(examples::users_status))]
pub struct UsersStatus<'a> {
    /// In the order asked; those whom the caller may not see are left out.
    pub users: Vec<StatusObject<'a>>,
}

/// A page of the caller's notifications, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationsReply, examples(examples::notifications))]
pub struct Notifications<'a> {
    /// Newest first.
    pub notifications: Vec<NotificationObject<'a>>,
    /// How many the caller has not read, whatever the page shows.
    pub unread: u64,
}

/// The notification that is read now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotificationReadReply, examples(examples::notification_ref))]
pub struct NotificationRead {
    /// The notification.
    pub notification_id: NotificationId,
}

/// All notifications are read now.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationsReadAllReply, examples(examples::nothing))]
pub struct NotificationsReadAll {}

/// The shared canned responses and the caller's own, by shortcut.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedResponsesReply, examples(examples::canned_responses))]
pub struct CannedResponses<'a> {
    /// By shortcut.
    pub canned_responses: Vec<CannedResponseObject<'a>>,
}

/// The canned response, as it was saved.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedResponseSavedReply, examples(examples::canned_response_saved))]
pub struct CannedResponseSaved<'a> {
    /// As it is now.
    pub canned_response: CannedResponseObject<'a>,
}

/// The canned response that is gone.
#[derive(Serialize, ToSchema)]
#[schema(as = CannedResponseDeletedReply, examples(examples::canned_response_ref))]
pub struct CannedResponseDeleted {
    /// Its id.
    pub id: CannedResponseId,
}

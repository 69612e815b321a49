//! Statuses: the commands that ask for them and set them, and how users are seen.
//!
//! Owns names and fields. Does not know who may ask.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    decode::bounded,
    examples::user_status,
    objects::StatusObject,
    schema::names,
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Availability, Class, UserId};

names! {
    UsersStatus<'_> = "users_status";
    // A reply and an event.
    StatusObject<'_> = "user_status";
}

/// Tells how a user is seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(user_ref))]
pub struct GetUserStatus {
    /// The user.
    pub user_id: UserId,
}

impl CommandSpec for GetUserStatus {
    const NAME: &'static str = "get_user_status";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::SharePresence, Action::SeeAnyone];
    const ROUTE: Option<Route> = Some(Route::get("/users/{id}/status", &["userId"]).tag("people"));
    type Reply = StatusObject<'static>;
}

/// Tells how several users are seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(user_refs))]
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
    type Reply = UsersStatus<'static>;
}

/// Says how the caller wants to be seen.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(set_status))]
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
    type Reply = StatusObject<'static>;
}

/// How some users are seen.
#[derive(Serialize, ToSchema)]
#[schema(as = UsersStatusReply, examples(users))]
pub struct UsersStatus<'a> {
    /// In the order asked; those whom the caller may not see are left out.
    pub users: Vec<StatusObject<'a>>,
}

fn user_ref() -> Value {
    json!({"userId": "casey"})
}

fn user_refs() -> Value {
    json!({"userIds": ["casey", "never"]})
}

fn set_status() -> Value {
    json!({"status": "away"})
}

fn users() -> Value {
    json!({"users": [user_status(), {"userId": "never", "status": "offline", "lastSeen": null}]})
}

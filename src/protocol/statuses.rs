//! Statuses: how users are seen, for those who ask and those who are told.
//!
//! Owns names and fields. Does not know who may ask.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{examples::user_status, objects::StatusObject, schema::names};

names! {
    UsersStatus<'_> = "users_status";
    // A reply and an event.
    StatusObject<'_> = "user_status";
}

/// How some users are seen.
#[derive(Serialize, ToSchema)]
#[schema(as = UsersStatusReply, examples(users))]
pub struct UsersStatus<'a> {
    /// In the order asked; those whom the caller may not see are left out.
    pub users: Vec<StatusObject<'a>>,
}

fn users() -> Value {
    json!({"users": [user_status(), {"userId": "never", "status": "offline", "lastSeen": null}]})
}

//! How users are seen.

use serde::Serialize;
use utoipa::ToSchema;

use super::Rfc3339;
use crate::{
    domain::{Availability, UserId, UserStatus},
    protocol::examples,
};

/// How a user is seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserStatus, examples(examples::user_status))]
pub struct StatusObject<'a> {
    /// Who.
    pub user_id: &'a UserId,
    /// As what: `offline` without a connection.
    pub status: Availability,
    /// Now, unless they are `offline`; `null` if they never were there.
    #[schema(required)]
    pub last_seen: Option<Rfc3339>,
}

impl<'a> StatusObject<'a> {
    /// How `user_id` is seen.
    pub fn new(user_id: &'a UserId, status: UserStatus) -> Self {
        Self { user_id, status: status.status, last_seen: status.last_seen.map(Rfc3339) }
    }
}

//! How users are seen.

use serde::Serialize;

use super::Rfc3339;
use crate::domain::{Availability, UserId, UserStatus};

/// `{userId, status, lastSeen}`; `lastSeen` is `null` for someone who never was there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct StatusObject<'a> {
    pub user_id: &'a UserId,
    pub status: Availability,
    pub last_seen: Option<Rfc3339>,
}

impl<'a> StatusObject<'a> {
    /// How `user_id` is seen.
    pub fn new(user_id: &'a UserId, status: UserStatus) -> Self {
        Self { user_id, status: status.status, last_seen: status.last_seen.map(Rfc3339) }
    }
}

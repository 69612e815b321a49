//! Canned responses.

use serde::Serialize;

use super::{Rfc3339, UserObject};
use crate::domain::{CannedResponse, CannedResponseId};

/// `{id, shortcut, title, message, shared, createdBy, updatedAt}`; `message` with its fields to fill in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct CannedResponseObject<'a> {
    pub id: CannedResponseId,
    pub shortcut: &'a str,
    pub title: &'a str,
    pub message: &'a str,
    pub shared: bool,
    pub created_by: UserObject<'a>,
    pub updated_at: Rfc3339,
}

impl<'a> From<&'a CannedResponse> for CannedResponseObject<'a> {
    fn from(response: &'a CannedResponse) -> Self {
        Self {
            id: response.id,
            shortcut: &response.shortcut,
            title: &response.title,
            message: &response.body,
            shared: response.owner.is_none(),
            created_by: UserObject::from(&response.author),
            updated_at: Rfc3339(response.updated_at),
        }
    }
}

//! Canned responses.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Rfc3339, UserObject};
use crate::{
    domain::{CannedResponse, CannedResponseId},
    protocol::examples,
};

/// A text to send again and again.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedResponse, examples(examples::canned_response))]
pub struct CannedResponseObject<'a> {
    /// Given by the server.
    pub id: CannedResponseId,
    /// What it is called up by.
    pub shortcut: &'a str,
    /// Plain text.
    pub title: &'a str,
    /// Plain text, with fields such as `{{customer.name}}` for the client to fill in.
    pub message: &'a str,
    /// Whether all agents have it, or its author alone.
    pub shared: bool,
    /// Who wrote it.
    pub created_by: UserObject<'a>,
    /// When it was changed last.
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

//! Canned responses: the replies to listing, saving and deleting them.
//!
//! Owns names and fields. Does not know who may use which.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{canned_response, canned_response_ref},
    objects::CannedResponseObject,
    schema::names,
};
use crate::domain::CannedResponseId;

names! {
    CannedResponses<'_> = "canned_responses";
    CannedResponseSaved<'_> = "canned_response_saved";
    CannedResponseDeleted = "canned_response_deleted";
}

/// The shared canned responses and the caller's own, by shortcut.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedResponsesReply, examples(listed))]
pub struct CannedResponses<'a> {
    /// By shortcut.
    pub canned_responses: Vec<CannedResponseObject<'a>>,
}

/// The canned response, as it was saved.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CannedResponseSavedReply, examples(saved))]
pub struct CannedResponseSaved<'a> {
    /// As it is now.
    pub canned_response: CannedResponseObject<'a>,
}

/// The canned response that is gone.
#[derive(Serialize, ToSchema)]
#[schema(as = CannedResponseDeletedReply, examples(canned_response_ref))]
pub struct CannedResponseDeleted {
    /// Its id.
    pub id: CannedResponseId,
}

fn listed() -> Value {
    json!({"cannedResponses": [canned_response()]})
}

fn saved() -> Value {
    json!({"cannedResponse": canned_response()})
}

//! Canned responses: the commands that list, save and delete them, and the replies.
//!
//! Owns names and fields. Does not know who may use which.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    examples::{canned_response, canned_response_ref, nothing},
    objects::CannedResponseObject,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, CannedResponseId, Class};

names! {
    CannedResponses<'_> = "canned_responses";
    CannedResponseSaved<'_> = "canned_response_saved";
    CannedResponseDeleted = "canned_response_deleted";
}

/// Lists the shared canned responses and the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(nothing))]
pub struct ListCannedResponses {}

impl CommandSpec for ListCannedResponses {
    const NAME: &'static str = "list_canned_responses";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::UseCanned];
    const ROUTE: Option<Route> = Some(Route::get("/canned-responses", &[]).own());
    type Reply = CannedResponses<'static>;
}

/// Saves a canned response; with an `id` it replaces that one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(save_canned_response))]
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
    type Reply = CannedResponseSaved<'static>;
}

/// Deletes a canned response.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(canned_response_ref))]
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
    type Reply = CannedResponseDeleted;
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

fn save_canned_response() -> Value {
    json!({
        "shortcut": "hello", "title": "Greeting", "message": "Hello {{customer.name}},\nwelcome!",
        "shared": true,
    })
}

fn listed() -> Value {
    json!({"cannedResponses": [canned_response()]})
}

fn saved() -> Value {
    json!({"cannedResponse": canned_response()})
}

//! `list_canned_responses`, `save_canned_response` and `delete_canned_response`.

use std::sync::Arc;

use super::pipeline;
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::{Action, Bounds},
    guard::{
        PlainText, TextError,
        limits::Admitted,
        text::template::{Shortcut, Template},
    },
    protocol::{
        WireError,
        canned_responses::{
            CannedResponseDeleted, CannedResponseSaved, CannedResponses, DeleteCannedResponse,
            SaveCannedResponse,
        },
        objects::CannedResponseObject,
    },
    store::changes,
};

/// Reads those that the caller may use.
pub(in crate::chat) async fn list(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::UseCanned)?;
    let responses =
        chat.store.canned_responses(&allowed.viewer.id).await.map_err(|error| errors::unread(&error))?;
    let canned_responses = responses.iter().map(CannedResponseObject::from).collect();
    Started::reply(&CannedResponses { canned_responses })
}

/// Saves one, new or in place of another.
pub(in crate::chat) async fn save(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: SaveCannedResponse,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::UseCanned)?;
    let change = checked(&chat.bounds, &request)?;
    let reply = |response| {
        let canned_response = CannedResponseObject::from(&response);
        errors::reply(&CannedResponseSaved { canned_response })
    };
    Ok(pipeline::change_apart(chat, caller, allowed, change, reply).await)
}

/// Deletes one.
pub(in crate::chat) async fn delete(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: DeleteCannedResponse,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::UseCanned)?;
    let id = request.id;
    let reply = move |()| errors::reply(&CannedResponseDeleted { id });
    Ok(pipeline::change_apart(chat, caller, allowed, changes::DeleteCannedResponse { id }, reply).await)
}

fn checked(bounds: &Bounds, request: &SaveCannedResponse) -> Result<changes::SaveCannedResponse, WireError> {
    let shortcut = Shortcut::new(&request.shortcut).ok_or_else(|| {
        let sentence = format!("Expected 1 to {} letters, digits, `-` and `_`.", Shortcut::MAX_CHARS);
        WireError::invalid("shortcut", sentence)
    })?;
    let title = PlainText::new(&request.title, bounds.subject_chars).map_err(|error| {
        let sentence = match error {
            TextError::Empty => "A canned response needs a title.".to_owned(),
            TextError::TooLong { max } => format!("A title has at most {max} characters."),
        };
        WireError::invalid("title", sentence)
    })?;
    let template = Template::new(&request.message, bounds.message_chars)
        .map_err(|error| WireError::invalid("message", error.to_string()))?;
    Ok(changes::SaveCannedResponse {
        id: request.id,
        shortcut,
        title,
        template,
        shared: request.shared.unwrap_or(false),
    })
}

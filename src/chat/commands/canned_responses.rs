//! `list_canned_responses`, `save_canned_response` and `delete_canned_response`.

use super::{Execute, pipeline::Call};
use crate::{
    chat::{Started, errors},
    domain::{Action, Bounds},
    guard::{
        PlainText, TextError,
        text::template::{Shortcut, Template},
    },
    protocol::{
        WireError,
        canned_responses::{
            CannedResponseDeleted, CannedResponseSaved, CannedResponses, DeleteCannedResponse,
            ListCannedResponses, SaveCannedResponse,
        },
        objects::CannedResponseObject,
    },
    store::changes,
};

impl Execute for ListCannedResponses {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::UseCanned)?;
        let responses = allowed.chat.store.canned_responses(&allowed.viewer().id).await?;
        let canned_responses = responses.iter().map(CannedResponseObject::from).collect();
        Started::reply(&CannedResponses { canned_responses })
    }
}

impl Execute for SaveCannedResponse {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::UseCanned)?;
        let change = checked(&allowed.chat.bounds, &self)?;
        Ok(allowed
            .commit(change, |response, _| {
                let canned_response = CannedResponseObject::from(&response);
                errors::reply(&CannedResponseSaved { canned_response })
            })
            .await)
    }
}

impl Execute for DeleteCannedResponse {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::UseCanned)?;
        let id = self.id;
        let reply = move |(), _| errors::reply(&CannedResponseDeleted { id });
        Ok(allowed.commit(changes::DeleteCannedResponse { id }, reply).await)
    }
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

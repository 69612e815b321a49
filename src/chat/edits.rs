//! `edit_message` and `delete_message`.

use std::sync::Arc;

use super::{Chat, Started, compose::compose_edit, pipeline, seat::Caller};
use crate::{
    guard::limits::Admitted,
    protocol::{
        WireError,
        command::{DeleteMessage, EditMessage},
        reply::Conversation,
    },
    store::{Outcome, What},
};

/// Gives a message another text.
pub(super) async fn edit(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    edit: EditMessage,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_to_message(chat, caller, admitted, edit.message_id).await?;
    let body = compose_edit(chat, &allowed, edit.message, edit.format.unwrap_or_default()).await?;
    let what = What::EditMessage { message_id: edit.message_id, body };
    Ok(pipeline::change(chat, caller, allowed, what, "messageId", |outcome| match outcome {
        Outcome::MessageEdited(message) => Some((Conversation::message_edited(&message), message.ticket_id)),
        _ => None,
    })
    .await)
}

/// Deletes a message; its place stays.
pub(super) async fn delete(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    message: DeleteMessage,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_to_message(chat, caller, admitted, message.message_id).await?;
    let what = What::DeleteMessage { message_id: message.message_id };
    Ok(pipeline::change(chat, caller, allowed, what, "messageId", |outcome| match outcome {
        Outcome::MessageDeleted { ticket_id, message_id } => {
            Some((Conversation::message_deleted(ticket_id, message_id), ticket_id))
        }
        _ => None,
    })
    .await)
}

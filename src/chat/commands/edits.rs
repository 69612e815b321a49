//! `edit_message` and `delete_message`.

use std::sync::Arc;

use super::{content::compose_edit, pipeline};
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    guard::limits::Admitted,
    protocol::{
        WireError,
        messages::{DeleteMessage, EditMessage, MessageDeleted, MessageEdited},
        objects::MessageObject,
    },
    store::changes,
};

/// Gives a message another text.
pub(in crate::chat) async fn edit(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    edit: EditMessage,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_to_message(chat, caller, admitted, edit.message_id).await?;
    let body = compose_edit(chat, &allowed, edit.message, edit.format.unwrap_or_default()).await?;
    let change = changes::EditMessage { message_id: edit.message_id, body };
    Ok(pipeline::change(chat, caller, allowed, change, |message| {
        let reply = errors::reply(&MessageEdited { message: MessageObject::from(&*message) });
        (reply, Some(message.ticket_id))
    })
    .await)
}

/// Deletes a message; its place stays.
pub(in crate::chat) async fn delete(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    message: DeleteMessage,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_to_message(chat, caller, admitted, message.message_id).await?;
    let message_id = message.message_id;
    let change = changes::DeleteMessage { message_id };
    Ok(pipeline::change(chat, caller, allowed, change, move |ticket_id| {
        (errors::reply(&MessageDeleted { ticket_id, message_id }), Some(ticket_id))
    })
    .await)
}

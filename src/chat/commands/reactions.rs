//! `add_reaction` and `remove_reaction`.

use std::sync::Arc;

use super::pipeline::{self, Allowed};
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::{MessageId, log},
    guard::{Emoji, limits::Admitted},
    protocol::{
        WireError,
        reactions::{AddReaction, ReactionAdded, ReactionRemoved, RemoveReaction},
    },
    store::changes,
};

/// Puts an emoji under a message.
pub(in crate::chat) async fn add(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    AddReaction { message_id, emoji }: AddReaction,
) -> Result<Started, WireError> {
    let (allowed, emoji) = checked(chat, caller, admitted, message_id, &emoji).await?;
    let change = changes::AddReaction { message_id, emoji };
    Ok(pipeline::change(chat, caller, allowed, change, |(ticket_id, reaction)| {
        let log::Emoji { message_id, emoji, user_id } = &reaction;
        let message_id = *message_id;
        let reply = errors::reply(&ReactionAdded { ticket_id, message_id, emoji, user_id });
        (reply, Some(ticket_id))
    })
    .await)
}

/// Takes the caller's own emoji away again.
pub(in crate::chat) async fn remove(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    RemoveReaction { message_id, emoji }: RemoveReaction,
) -> Result<Started, WireError> {
    let (allowed, emoji) = checked(chat, caller, admitted, message_id, &emoji).await?;
    let change = changes::RemoveReaction { message_id, emoji };
    Ok(pipeline::change(chat, caller, allowed, change, |(ticket_id, reaction)| {
        let log::Emoji { message_id, emoji, user_id } = &reaction;
        let message_id = *message_id;
        let reply = errors::reply(&ReactionRemoved { ticket_id, message_id, emoji, user_id });
        (reply, Some(ticket_id))
    })
    .await)
}

/// The message must be there for the caller before anything is said of the emoji.
async fn checked(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    message_id: MessageId,
    emoji: &str,
) -> Result<(Allowed, Emoji), WireError> {
    let allowed = pipeline::access_to_message(chat, caller, admitted, message_id).await?;
    let max = chat.bounds.emoji_bytes;
    let emoji = Emoji::new(emoji, max).map_err(|_| {
        WireError::invalid("emoji", format!("Expected a single emoji of at most {max} bytes."))
    })?;
    Ok((allowed, emoji))
}

//! `add_reaction` and `remove_reaction`.

use std::sync::Arc;

use super::{
    Chat, Started,
    pipeline::{self, Allowed},
    seat::Caller,
};
use crate::{
    domain::MessageId,
    guard::{Emoji, limits::Admitted},
    protocol::{
        WireError,
        command::{AddReaction, RemoveReaction},
        reply::Conversation,
    },
    store::{Outcome, What},
};

/// Puts an emoji under a message.
pub(super) async fn add(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    AddReaction { message_id, emoji }: AddReaction,
) -> Result<Started, WireError> {
    let what = |message_id, emoji| What::AddReaction { message_id, emoji };
    change(chat, caller, admitted, (message_id, emoji), what).await
}

/// Takes the caller's own emoji away again.
pub(super) async fn remove(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    RemoveReaction { message_id, emoji }: RemoveReaction,
) -> Result<Started, WireError> {
    let what = |message_id, emoji| What::RemoveReaction { message_id, emoji };
    change(chat, caller, admitted, (message_id, emoji), what).await
}

async fn change(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    (message_id, emoji): (MessageId, String),
    what: impl FnOnce(MessageId, Emoji) -> What,
) -> Result<Started, WireError> {
    let (allowed, emoji) = checked(chat, caller, admitted, message_id, &emoji).await?;
    let what = what(message_id, emoji);
    Ok(pipeline::change(chat, caller, allowed, what, "messageId", |outcome| match outcome {
        Outcome::ReactionAdded { ticket_id, reaction } => {
            Some((Conversation::reaction_added(ticket_id, &reaction), ticket_id))
        }
        Outcome::ReactionRemoved { ticket_id, reaction } => {
            Some((Conversation::reaction_removed(ticket_id, &reaction), ticket_id))
        }
        _ => None,
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

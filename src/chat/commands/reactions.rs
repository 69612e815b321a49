//! `add_reaction` and `remove_reaction`.

use super::{
    Execute,
    pipeline::{Allowed, Call},
};
use crate::{
    chat::Started,
    domain::{MessageId, log},
    guard::Emoji,
    protocol::{
        WireError,
        reactions::{AddReaction, ReactionAdded, ReactionRemoved, RemoveReaction},
    },
    store::changes,
};

impl Execute for AddReaction {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let message_id = self.message_id;
        let (allowed, emoji) = checked(call, message_id, &self.emoji).await?;
        let change = changes::AddReaction { message_id, emoji };
        Ok(allowed
            .commit(change, |(ticket_id, reaction), echo| {
                let log::LoggedReaction { message_id, emoji, user_id } = &reaction;
                let message_id = *message_id;
                echo.reply_in(ticket_id, &ReactionAdded { ticket_id, message_id, emoji, user_id })
            })
            .await)
    }
}

impl Execute for RemoveReaction {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let message_id = self.message_id;
        let (allowed, emoji) = checked(call, message_id, &self.emoji).await?;
        let change = changes::RemoveReaction { message_id, emoji };
        Ok(allowed
            .commit(change, |(ticket_id, reaction), echo| {
                let log::LoggedReaction { message_id, emoji, user_id } = &reaction;
                let message_id = *message_id;
                echo.reply_in(ticket_id, &ReactionRemoved { ticket_id, message_id, emoji, user_id })
            })
            .await)
    }
}

/// The message must be there for the caller before anything is said of the emoji.
async fn checked<'a>(
    call: Call<'a>,
    message_id: MessageId,
    emoji: &str,
) -> Result<(Allowed<'a>, Emoji), WireError> {
    let allowed = call.at_message(message_id).await?;
    let max = allowed.chat.bounds.emoji_bytes;
    let emoji = Emoji::new(emoji, max).map_err(|_| {
        WireError::invalid("emoji", format!("Expected a single emoji of at most {max} bytes."))
    })?;
    Ok((allowed, emoji))
}

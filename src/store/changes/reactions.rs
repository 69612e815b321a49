//! Emojis under messages: each user gives each emoji once.
//!
//! Owns the rows, and their count in the message's row.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    Change, ChangeError, Held, Subject, Tx,
    found_message::{self, Found},
};
use crate::{
    domain::{Action, LogEvent, MessageId, Rule, TicketId, log},
    guard::Emoji,
    store::{
        db::schema::{messages as message_table, reactions},
        error::{Conflict, WriteError},
    },
};

/// Puts an emoji under a message. Where the actor gave it before, nothing changes.
#[derive(Debug)]
pub struct AddReaction {
    /// The message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: Emoji,
}

impl Change for AddReaction {
    /// The message's ticket, and whose emoji is under it.
    type Done = (TicketId, log::LoggedReaction);

    fn subject(&self) -> Subject {
        Subject::Message(self.message_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(TicketId, log::LoggedReaction), ChangeError> {
        let Self { message_id: id, emoji } = *self;
        let (mut held, found, reaction) = find(tx, id, emoji)?;
        found.check_not_deleted()?;
        if is_there(tx, &reaction)? {
            return Ok((held.id, reaction));
        }
        check_room(tx, &found, emoji)?;
        diesel::insert_into(reactions::table)
            .values((
                reactions::message_id.eq(id.0),
                reactions::emoji.eq(emoji.as_str()),
                reactions::user_id.eq(reaction.user_id.as_str()),
                reactions::created_at.eq(tx.now.0),
            ))
            .execute(tx.connection)?;
        count(tx, id, 1)?;
        held.append(tx, found.stream, LogEvent::ReactionAdded(reaction.clone()))?;
        Ok((held.id, reaction))
    }
}

/// Takes the actor's own emoji away. Where there is none, nothing changes.
#[derive(Debug)]
pub struct RemoveReaction {
    /// The message.
    pub message_id: MessageId,
    /// The emoji.
    pub emoji: Emoji,
}

impl Change for RemoveReaction {
    /// The message's ticket, and whose emoji is not under it any more.
    type Done = (TicketId, log::LoggedReaction);

    fn subject(&self) -> Subject {
        Subject::Message(self.message_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(TicketId, log::LoggedReaction), ChangeError> {
        let Self { message_id: id, emoji } = *self;
        let (mut held, found, reaction) = find(tx, id, emoji)?;
        let row = reactions::table.find((id.0, emoji.as_str(), reaction.user_id.as_str()));
        if diesel::delete(row).execute(tx.connection)? == 0 {
            return Ok((held.id, reaction));
        }
        count(tx, id, -1)?;
        held.append(tx, found.stream, LogEvent::ReactionRemoved(reaction.clone()))?;
        Ok((held.id, reaction))
    }
}

/// Takes all of a message away; its count is the caller's to set.
pub(super) fn remove_all(tx: &mut Tx<'_>, id: MessageId) -> QueryResult<()> {
    diesel::delete(reactions::table.filter(reactions::message_id.eq(id.0))).execute(tx.connection)?;
    Ok(())
}

/// A message that the actor may react to, and their reaction.
fn find(
    tx: &mut Tx<'_>,
    id: MessageId,
    emoji: Emoji,
) -> Result<(Held, Found, log::LoggedReaction), ChangeError> {
    let (held, found) = found_message::find(tx, id)?;
    let (Some(user), Rule::Allowed) = (tx.actor, held.rule(tx, Action::React)) else {
        return Err(WriteError::Forbidden("Your role does not allow this.").into());
    };
    let reaction =
        log::LoggedReaction { message_id: id, emoji: emoji.as_str().to_owned(), user_id: user.id.clone() };
    Ok((held, found, reaction))
}

fn is_there(tx: &mut Tx<'_>, reaction: &log::LoggedReaction) -> QueryResult<bool> {
    let key = (reaction.message_id.0, reaction.emoji.as_str(), reaction.user_id.as_str());
    let there: Option<i64> =
        reactions::table.find(key).select(reactions::message_id).get_result(tx.connection).optional()?;
    Ok(there.is_some())
}

/// An emoji that is not there yet must be within the bound; one that is may be given by anyone.
fn check_room(tx: &mut Tx<'_>, found: &Found, emoji: Emoji) -> Result<(), ChangeError> {
    if found.reactions == i16::MAX {
        return Err(WriteError::from(Conflict::State("This message has too many reactions.")).into());
    }
    // Fewer rows than emojis that may be: no need to look at them.
    if usize::try_from(found.reactions).is_ok_and(|rows| rows < tx.bounds.reactions) {
        return Ok(());
    }
    let distinct: Vec<String> = reactions::table
        .filter(reactions::message_id.eq(found.id.0))
        .select(reactions::emoji)
        .distinct()
        .load(tx.connection)?;
    if distinct.len() < tx.bounds.reactions || distinct.iter().any(|it| it == emoji.as_str()) {
        return Ok(());
    }
    Err(WriteError::from(Conflict::State("This message has as many different emojis as it may.")).into())
}

fn count(tx: &mut Tx<'_>, id: MessageId, by: i16) -> QueryResult<()> {
    diesel::update(message_table::table.find(id.0))
        .set(message_table::reactions.eq(message_table::reactions + by))
        .execute(tx.connection)?;
    Ok(())
}

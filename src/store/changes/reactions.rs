//! Emojis under messages: each user gives each emoji once.
//!
//! Owns the rows, and their count in the message's row.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    Changed, Context, Held, Trouble,
    messages::{self, Found},
};
use crate::{
    domain::{Action, Happening, MessageId, Rule, User, log},
    guard::Emoji,
    store::{
        db::schema::{messages as message_table, reactions},
        error::{Conflict, WriteError},
        write::{Done, Effects, Outcome},
    },
};

/// Puts an emoji under a message. Where the actor gave it before, nothing changes.
pub(super) fn add(context: &mut Context<'_>, actor: Option<&User>, id: MessageId, emoji: Emoji) -> Changed {
    let (mut held, found, user) = find(context, actor, id)?;
    found.check_not_deleted()?;
    let reaction = log::Emoji { message_id: id, emoji: emoji.as_str().to_owned(), user_id: user.id.clone() };
    let outcome = Outcome::ReactionAdded { ticket_id: held.id, reaction: reaction.clone() };
    if is_there(context, &reaction)? {
        return Ok(outcome.into());
    }
    check_room(context, &found, emoji)?;
    diesel::insert_into(reactions::table)
        .values((
            reactions::message_id.eq(id.0),
            reactions::emoji.eq(emoji.as_str()),
            reactions::user_id.eq(user.id.as_str()),
            reactions::created_at.eq(context.now.0),
        ))
        .execute(context.connection)?;
    count(context, id, 1)?;
    let entry = held.append(context, actor, found.stream, Happening::Reacted(reaction))?;
    Ok(Done { outcome, effects: Effects { entries: vec![entry], ..Effects::default() } })
}

/// Takes the actor's own emoji away. Where there is none, nothing changes.
pub(super) fn remove(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: MessageId,
    emoji: Emoji,
) -> Changed {
    let (mut held, found, user) = find(context, actor, id)?;
    let reaction = log::Emoji { message_id: id, emoji: emoji.as_str().to_owned(), user_id: user.id.clone() };
    let outcome = Outcome::ReactionRemoved { ticket_id: held.id, reaction: reaction.clone() };
    let row = reactions::table.find((id.0, emoji.as_str(), user.id.as_str()));
    if diesel::delete(row).execute(context.connection)? == 0 {
        return Ok(outcome.into());
    }
    count(context, id, -1)?;
    let entry = held.append(context, actor, found.stream, Happening::Unreacted(reaction))?;
    Ok(Done { outcome, effects: Effects { entries: vec![entry], ..Effects::default() } })
}

/// Takes all of a message away; its count is the caller's to set.
pub(super) fn remove_all(context: &mut Context<'_>, id: MessageId) -> QueryResult<()> {
    diesel::delete(reactions::table.filter(reactions::message_id.eq(id.0))).execute(context.connection)?;
    Ok(())
}

/// A message that the actor may react to.
fn find<'a>(
    context: &mut Context<'_>,
    actor: Option<&'a User>,
    id: MessageId,
) -> Result<(Held, Found, &'a User), Trouble> {
    let (held, found) = messages::find(context, actor, id)?;
    let (Some(user), Rule::Allowed) = (actor, held.rule(actor, Action::React)) else {
        return Err(WriteError::Forbidden("Your role does not allow this.").into());
    };
    Ok((held, found, user))
}

fn is_there(context: &mut Context<'_>, reaction: &log::Emoji) -> QueryResult<bool> {
    let key = (reaction.message_id.0, reaction.emoji.as_str(), reaction.user_id.as_str());
    let there: Option<i64> =
        reactions::table.find(key).select(reactions::message_id).get_result(context.connection).optional()?;
    Ok(there.is_some())
}

/// An emoji that is not there yet must be within the bound; one that is may be given by anyone.
fn check_room(context: &mut Context<'_>, found: &Found, emoji: Emoji) -> Result<(), Trouble> {
    if found.reactions == i16::MAX {
        return Err(WriteError::from(Conflict::State("This message has too many reactions.")).into());
    }
    // Fewer rows than emojis that may be: no need to look at them.
    if usize::try_from(found.reactions).is_ok_and(|rows| rows < context.bounds.reactions) {
        return Ok(());
    }
    let distinct: Vec<String> = reactions::table
        .filter(reactions::message_id.eq(found.id.0))
        .select(reactions::emoji)
        .distinct()
        .load(context.connection)?;
    if distinct.len() < context.bounds.reactions || distinct.iter().any(|it| it == emoji.as_str()) {
        return Ok(());
    }
    Err(WriteError::from(Conflict::State("This message has as many different emojis as it may.")).into())
}

fn count(context: &mut Context<'_>, id: MessageId, by: i16) -> QueryResult<()> {
    diesel::update(message_table::table.find(id.0))
        .set(message_table::reactions.eq(message_table::reactions + by))
        .execute(context.connection)?;
    Ok(())
}

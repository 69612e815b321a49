//! Editing and deleting messages.
//!
//! Owns who may change whose message and for how long, and that what is replaced is kept.

use std::sync::Arc;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Changed, Context, Held, Trouble, reactions};
use crate::{
    domain::{Action, Happening, Message, MessageId, Role, Rule, Stream, TicketId, Timestamp, User},
    guard::Sanitised,
    store::{
        db::{
            rows::{damaged, stream_of},
            schema::{message_revisions, messages, users},
        },
        error::{Conflict, WriteError},
        read,
        search::index,
        write::{Done, Effects, Outcome},
    },
};

/// A message that is there, in a ticket and a stream that the actor sees.
pub(super) struct Found {
    pub(super) id: MessageId,
    pub(super) stream: Stream,
    sender: String,
    sender_role: Role,
    body: String,
    attachments: i16,
    pub(super) reactions: i16,
    created_at: Timestamp,
    is_deleted: bool,
}

impl Found {
    /// A deleted message keeps its place and nothing else.
    pub(super) fn check_not_deleted(&self) -> Result<(), Trouble> {
        if self.is_deleted {
            return Err(WriteError::from(Conflict::State("This message was deleted.")).into());
        }
        Ok(())
    }
}

/// The message and its ticket.
pub(super) fn find(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: MessageId,
) -> Result<(Held, Found), Trouble> {
    type Row = (i64, i16, String, String, String, i16, i16, i64, Option<i64>);
    let row: Option<Row> = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq(id.0))
        .select((
            messages::ticket_id,
            messages::stream,
            messages::sender_id,
            users::role,
            messages::body,
            messages::attachments,
            messages::reactions,
            messages::created_at,
            messages::deleted_at,
        ))
        .get_result(context.connection)
        .optional()?;
    let Some((ticket, stream, sender, role, body, attachments, reactions, created_at, deleted_at)) = row
    else {
        return Err(WriteError::MessageNotFound.into());
    };
    let held = Held::take(context, actor, TicketId(ticket)).map_err(|trouble| match trouble {
        Trouble::Refused(WriteError::NotFound) => Trouble::Refused(WriteError::MessageNotFound),
        other => other,
    })?;
    let found = Found {
        id,
        stream: stream_of(stream)?,
        sender,
        sender_role: role.parse::<Role>().map_err(|_| damaged("role"))?,
        body,
        attachments,
        reactions,
        created_at: Timestamp(created_at),
        is_deleted: deleted_at.is_some(),
    };
    match actor {
        Some(actor) if !actor.viewer().visible().includes(found.stream) => {
            Err(WriteError::MessageNotFound.into())
        }
        _ => Ok((held, found)),
    }
}

/// Gives a message another text. The same text again changes nothing.
pub(super) fn edit(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: MessageId,
    body: &Sanitised,
) -> Changed {
    let (mut held, found) = find(context, actor, id)?;
    let is_done = !found.is_deleted && found.body == body.as_str();
    check_author(context, actor, &held, &found, Action::Edit, is_done)?;
    found.check_not_deleted()?;
    if body.is_empty() && found.attachments == 0 {
        let sentence = "A message needs a text or an attachment.".to_owned();
        return Err(WriteError::Invalid { field: "message", sentence }.into());
    }
    if is_done {
        return Ok(Outcome::MessageEdited(Arc::new(message(context, id)?)).into());
    }
    keep(context, actor, &found, "edit")?;
    diesel::update(messages::table.find(id.0))
        .set((messages::body.eq(body.as_str()), messages::edited_at.eq(context.now.0)))
        .execute(context.connection)?;
    index::replace(context.connection, id, (held.id, found.stream), body.as_str())?;
    let message = Arc::new(message(context, id)?);
    let entry = held.append(context, actor, found.stream, Happening::Edited(Arc::clone(&message)))?;
    let effects = Effects { entries: vec![entry], ..Effects::default() };
    Ok(Done { outcome: Outcome::MessageEdited(message), effects })
}

/// Empties a message and takes away what is under it; its place stays. A second time changes nothing.
pub(super) fn delete(context: &mut Context<'_>, actor: Option<&User>, id: MessageId) -> Changed {
    let (mut held, found) = find(context, actor, id)?;
    check_author(context, actor, &held, &found, Action::Delete, found.is_deleted)?;
    let outcome = Outcome::MessageDeleted { ticket_id: held.id, message_id: id };
    if found.is_deleted {
        return Ok(outcome.into());
    }
    keep(context, actor, &found, "delete")?;
    reactions::remove_all(context, id)?;
    diesel::update(messages::table.find(id.0))
        .set((messages::body.eq(""), messages::deleted_at.eq(context.now.0), messages::reactions.eq(0)))
        .execute(context.connection)?;
    index::forget(context.connection, id)?;
    let entry = held.append(context, actor, found.stream, Happening::Deleted(id))?;
    Ok(Done { outcome, effects: Effects { entries: vec![entry], ..Effects::default() } })
}

/// Whether the actor may do this to the message, as its author or otherwise. What is done already may
/// be asked for again when the time is over: the first answer may have been lost.
fn check_author(
    context: &Context<'_>,
    actor: Option<&User>,
    held: &Held,
    found: &Found,
    action: Action,
    is_done: bool,
) -> Result<(), Trouble> {
    let window = match action {
        Action::Edit => context.policy.edit_window(),
        _ => context.policy.delete_window(),
    };
    let is_author = actor.is_none_or(|actor| actor.id.as_str() == found.sender);
    let in_time = is_done || context.now <= found.created_at.after(window);
    let moderated = context.policy.agents_may_delete && found.sender_role == Role::Customer;
    let refused = match held.rule(actor, action) {
        Rule::Allowed => return Ok(()),
        Rule::OwnInTimeOrModerated if moderated => return Ok(()),
        Rule::OwnInTime | Rule::OwnInTimeOrModerated if is_author && in_time => return Ok(()),
        Rule::OwnInTime | Rule::OwnInTimeOrModerated if is_author => {
            "The time to change this message is over."
        }
        _ => "Only its author can do this.",
    };
    Err(WriteError::Forbidden(refused).into())
}

/// Keeps what is about to be replaced.
fn keep(
    context: &mut Context<'_>,
    actor: Option<&User>,
    found: &Found,
    kind: &'static str,
) -> QueryResult<()> {
    diesel::insert_into(message_revisions::table)
        .values((
            message_revisions::message_id.eq(found.id.0),
            message_revisions::actor_id.eq(actor.map_or(found.sender.as_str(), |actor| actor.id.as_str())),
            message_revisions::kind.eq(kind),
            message_revisions::body.eq(&found.body),
            message_revisions::created_at.eq(context.now.0),
        ))
        .execute(context.connection)?;
    Ok(())
}

fn message(context: &mut Context<'_>, id: MessageId) -> QueryResult<Message> {
    read::messages::by_ids(context.connection, &[id])?.pop().ok_or_else(|| damaged("message without a row"))
}

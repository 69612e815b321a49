//! Editing and deleting messages.
//!
//! Owns who may change whose message and for how long, and that what is replaced is kept.

use std::sync::Arc;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    Change, ChangeError, Held, Subject, Tx,
    found_message::{Found, find},
    reactions,
};
use crate::{
    domain::{Action, LogEvent, Message, MessageId, Role, Rule, TicketId},
    guard::Sanitised,
    store::{
        db::{
            rows::damaged,
            schema::{message_revisions, messages},
        },
        error::WriteError,
        read,
        search::index,
    },
};

/// Gives a message another text. The same text again changes nothing.
#[derive(Debug)]
pub struct EditMessage {
    /// The message.
    pub message_id: MessageId,
    /// Its new text.
    pub body: Sanitised,
}

impl Change for EditMessage {
    /// As it is now.
    type Done = Arc<Message>;

    fn subject(&self) -> Subject {
        Subject::Message(self.message_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Arc<Message>, ChangeError> {
        let Self { message_id: id, body } = self;
        let (mut held, found) = find(tx, *id)?;
        let is_done = !found.is_deleted && found.body == body.as_str();
        check_author(tx, &held, &found, Action::Edit, is_done)?;
        found.check_not_deleted()?;
        if body.is_empty() && found.attachments == 0 {
            let sentence = "A message needs a text or an attachment.".to_owned();
            return Err(WriteError::Invalid { field: "message", sentence }.into());
        }
        if is_done {
            return Ok(Arc::new(message(tx, *id)?));
        }
        keep(tx, &found, "edit")?;
        diesel::update(messages::table.find(id.0))
            .set((messages::body.eq(body.as_str()), messages::edited_at.eq(tx.now.0)))
            .execute(tx.connection)?;
        index::replace(tx.connection, *id, (held.id, found.stream), body.as_str())?;
        let message = Arc::new(message(tx, *id)?);
        held.append(tx, found.stream, LogEvent::MessageEdited(Arc::clone(&message)))?;
        Ok(message)
    }
}

/// Empties a message and takes away what is under it; its place stays. A second time changes nothing.
#[derive(Debug)]
pub struct DeleteMessage {
    /// The message.
    pub message_id: MessageId,
}

impl Change for DeleteMessage {
    /// The message's ticket.
    type Done = TicketId;

    fn subject(&self) -> Subject {
        Subject::Message(self.message_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<TicketId, ChangeError> {
        let id = self.message_id;
        let (mut held, found) = find(tx, id)?;
        check_author(tx, &held, &found, Action::Delete, found.is_deleted)?;
        if found.is_deleted {
            return Ok(held.id);
        }
        keep(tx, &found, "delete")?;
        reactions::remove_all(tx, id)?;
        diesel::update(messages::table.find(id.0))
            .set((messages::body.eq(""), messages::deleted_at.eq(tx.now.0), messages::reactions.eq(0)))
            .execute(tx.connection)?;
        index::forget(tx.connection, id)?;
        held.append(tx, found.stream, LogEvent::MessageDeleted(id))?;
        Ok(held.id)
    }
}

/// Whether the actor may do this to the message, as its author or otherwise. What is done already may
/// be asked for again when the time is over: the first answer may have been lost.
fn check_author(
    tx: &Tx<'_>,
    held: &Held,
    found: &Found,
    action: Action,
    is_done: bool,
) -> Result<(), ChangeError> {
    let window = match action {
        Action::Edit => tx.policy.edit_window(),
        _ => tx.policy.delete_window(),
    };
    let is_author = tx.actor.is_none_or(|actor| actor.id.as_str() == found.sender);
    let in_time = is_done || tx.now <= found.created_at.after(window);
    let moderated = tx.policy.agents_may_delete && found.sender_role == Role::Customer;
    let refused = match held.rule(tx, action) {
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
fn keep(tx: &mut Tx<'_>, found: &Found, kind: &'static str) -> QueryResult<()> {
    diesel::insert_into(message_revisions::table)
        .values((
            message_revisions::message_id.eq(found.id.0),
            message_revisions::actor_id.eq(tx.actor.map_or(found.sender.as_str(), |actor| actor.id.as_str())),
            message_revisions::kind.eq(kind),
            message_revisions::body.eq(&found.body),
            message_revisions::created_at.eq(tx.now.0),
        ))
        .execute(tx.connection)?;
    Ok(())
}

fn message(tx: &mut Tx<'_>, id: MessageId) -> QueryResult<Message> {
    read::messages::by_ids(tx.connection, &[id])?.pop().ok_or_else(|| damaged("message without a row"))
}

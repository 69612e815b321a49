//! A message that a change is about, with its ticket.
//!
//! Owns that a hidden message cannot be told from a missing one.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{ChangeError, Held, Tx};
use crate::{
    domain::{MessageId, Role, Stream, TicketId, Timestamp},
    store::{
        db::{
            rows::{damaged, stream_of},
            schema::{messages, users},
        },
        error::{Conflict, WriteError},
    },
};

/// A message that is there, in a ticket and a stream that the actor sees.
pub(super) struct Found {
    pub(super) id: MessageId,
    pub(super) stream: Stream,
    pub(super) sender: String,
    pub(super) sender_role: Role,
    pub(super) body: String,
    pub(super) attachments: i16,
    pub(super) reactions: i16,
    pub(super) created_at: Timestamp,
    pub(super) is_deleted: bool,
}

impl Found {
    /// A deleted message keeps its place and nothing else.
    pub(super) fn check_not_deleted(&self) -> Result<(), ChangeError> {
        if self.is_deleted {
            return Err(WriteError::from(Conflict::State("This message was deleted.")).into());
        }
        Ok(())
    }
}

/// The message and its ticket.
pub(super) fn find(tx: &mut Tx<'_>, id: MessageId) -> Result<(Held, Found), ChangeError> {
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
        .get_result(tx.connection)
        .optional()?;
    let Some((ticket, stream, sender, role, body, attachments, reactions, created_at, deleted_at)) = row
    else {
        return Err(WriteError::MessageNotFound.into());
    };
    let held = Held::take(tx, TicketId(ticket)).map_err(|error| match error {
        ChangeError::Refused(WriteError::NotFound) => ChangeError::Refused(WriteError::MessageNotFound),
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
    match tx.actor {
        Some(actor) if !actor.viewer().visible().includes(found.stream) => {
            Err(WriteError::MessageNotFound.into())
        }
        _ => Ok((held, found)),
    }
}

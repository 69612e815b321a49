//! Uploaded files that the messages of a batch carry: each becomes an attachment of one message.
//!
//! Owns which can be sent, and the removal of their rows. That they become attachments is the messages'
//! insertion.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    facts::{Facts, messages},
    plan::Plan,
};
use crate::{
    domain::{AttachmentId, TicketId, Timestamp, attachment::UNSENT_FOR},
    store::{
        db::{connection::AnyConnection, rows::damaged, schema::uploads},
        error::WriteError,
        write::{NewAttachment, NewMessage, Write},
    },
};

/// A file that nobody has sent yet.
#[derive(Clone, Debug)]
pub(super) struct Unsent {
    ticket: i64,
    uploader: String,
    created_at: i64,
}

/// The files of a batch that can be taken.
pub(super) type Uploads = HashMap<AttachmentId, Unsent>;

/// The uploads that a message carries, with their places among its attachments.
fn carried(new: &NewMessage) -> impl Iterator<Item = (usize, &AttachmentId)> {
    new.attachments.iter().enumerate().filter_map(|(place, it)| match it {
        NewAttachment::Uploaded(upload) => Some((place, upload.id())),
        NewAttachment::File(_) | NewAttachment::Link { .. } => None,
    })
}

/// Looks up the uploads that the messages of a batch carry; on PostgreSQL holds them, so that nobody else
/// removes them meanwhile.
pub(super) fn load(connection: &mut AnyConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let mut ids: Vec<&str> =
        messages(writes).flat_map(|(_, new)| carried(new)).map(|(_, id)| id.as_str()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let find = uploads::table.filter(uploads::id.eq_any(ids)).order(uploads::id).select((
        uploads::id,
        uploads::ticket_id,
        uploads::uploader_id,
        uploads::created_at,
    ));
    let rows: Vec<(String, i64, String, i64)> = match connection {
        AnyConnection::Sqlite(connection) => find.load(connection)?,
        AnyConnection::Postgres(connection) => find.for_update().load(connection)?,
    };
    for (id, ticket, uploader, created_at) in rows {
        let id = AttachmentId::parse(&id).ok_or_else(|| damaged("attachment id"))?;
        facts.uploads.insert(id, Unsent { ticket, uploader, created_at });
    }
    Ok(())
}

/// Takes what a message carries: the sender's own, to this ticket, not too old, each once. All of it or,
/// refused, nothing.
pub(super) fn take(
    uploads: &mut Uploads,
    new: &NewMessage,
    ticket: TicketId,
    now: i64,
) -> Result<(), WriteError> {
    for (place, id) in carried(new) {
        let can_be_sent = uploads.get(id).is_some_and(|unsent| {
            unsent.ticket == ticket.0
                && unsent.uploader == new.sender.id.as_str()
                && now < Timestamp(unsent.created_at).after(UNSENT_FOR).0
        });
        let is_double = carried(new).any(|(other, known)| other < place && known == id);
        if !can_be_sent || is_double {
            return Err(WriteError::UploadNotFound(place));
        }
    }
    for (_, id) in carried(new) {
        uploads.remove(id);
    }
    Ok(())
}

/// Removes the rows of what the planned messages carry.
pub(super) fn remove(connection: &mut AnyConnection, plan: &Plan<'_>) -> QueryResult<()> {
    let ids: Vec<&str> =
        plan.messages.iter().flat_map(|planned| carried(planned.new)).map(|(_, id)| id.as_str()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    diesel::delete(uploads::table.filter(uploads::id.eq_any(ids))).execute(connection).map(drop)
}

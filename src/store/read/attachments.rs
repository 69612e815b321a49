//! Attachments by their message, by their id, and whether a row names them, be they sent or not.

use std::collections::{HashMap, HashSet};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::access;
use crate::{
    domain::{Attachment, AttachmentId, TicketId, Viewer},
    store::db::{
        connection::AnyConnection,
        rows::{AttachmentRow, stream_of},
        schema::{attachments, messages, uploads},
    },
};

/// Values in one statement; SQLite takes at most 32,766.
const CHUNK: usize = 1_000;

/// The attachments of messages, each message's in the order sent.
pub(in crate::store) fn of_messages(
    connection: &mut AnyConnection,
    ids: &[i64],
) -> QueryResult<HashMap<i64, Vec<Attachment>>> {
    let mut found: HashMap<i64, Vec<Attachment>> = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows: Vec<AttachmentRow> = attachments::table
            .filter(attachments::message_id.eq_any(ids.iter().copied()))
            .order((attachments::message_id, attachments::ordinal))
            .select(AttachmentRow::as_select())
            .load(connection)?;
        for row in rows {
            found.entry(row.message_id).or_default().push(row.into_attachment()?);
        }
    }
    Ok(found)
}

/// An attachment of a message that the viewer sees and that was not deleted, and the SHA-256 of a file's
/// bytes; `None` for any other.
pub(in crate::store) fn visible_attachment(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: &AttachmentId,
) -> QueryResult<Option<(Attachment, Option<Vec<u8>>)>> {
    type Row = (AttachmentRow, Option<Vec<u8>>, i64, i16);
    let row: Option<Row> = attachments::table
        .inner_join(messages::table)
        .filter(attachments::id.eq(id.as_str()))
        .filter(messages::deleted_at.is_null())
        .select((AttachmentRow::as_select(), attachments::sha256, messages::ticket_id, messages::stream))
        .get_result(connection)
        .optional()?;
    let Some((row, sha256, ticket, stream)) = row else { return Ok(None) };
    if !viewer.visible().includes(stream_of(stream)?)
        || access::position(connection, viewer, TicketId(ticket))?.is_none()
    {
        return Ok(None);
    }
    Ok(Some((row.into_attachment()?, sha256)))
}

/// Those of the ids that a row names.
pub(in crate::store) fn named(
    connection: &mut AnyConnection,
    ids: &[AttachmentId],
) -> QueryResult<HashSet<AttachmentId>> {
    let mut named = HashSet::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        // In this order: a row that moves from one table to the other meanwhile is seen twice, and not never.
        let unsent: Vec<String> = uploads::table
            .filter(uploads::id.eq_any(ids.iter().map(AttachmentId::as_str)))
            .select(uploads::id)
            .load(connection)?;
        let sent: Vec<String> = attachments::table
            .filter(attachments::id.eq_any(ids.iter().map(AttachmentId::as_str)))
            .select(attachments::id)
            .load(connection)?;
        named.extend(unsent.iter().chain(&sent).filter_map(|id| AttachmentId::parse(id)));
    }
    Ok(named)
}

/// The ids of all files that messages carry.
pub(in crate::store) fn all_ids(connection: &mut AnyConnection) -> QueryResult<Vec<AttachmentId>> {
    let rows: Vec<String> =
        attachments::table.filter(attachments::link.is_null()).select(attachments::id).load(connection)?;
    Ok(rows.iter().filter_map(|id| AttachmentId::parse(id)).collect())
}

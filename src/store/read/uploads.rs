//! Files that were uploaded apart from a message, by their ids.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::super::write::Upload;
use crate::{
    domain::{Attachment, AttachmentId, TicketId, UserId},
    store::db::{
        connection::AnyConnection,
        rows::damaged,
        schema::{attachments, uploads},
    },
};

type Row = (String, String, String, i64, Option<Vec<u8>>);

/// Those of the ids that the user uploaded to the ticket, sent or not: a retry names files that its first
/// attempt has sent.
pub(in crate::store) fn of_user(
    connection: &mut AnyConnection,
    user: &UserId,
    ticket: TicketId,
    ids: &[AttachmentId],
) -> QueryResult<Vec<Upload>> {
    let unsent: Vec<(String, String, String, i64, Vec<u8>)> = uploads::table
        .filter(uploads::id.eq_any(ids.iter().map(AttachmentId::as_str)))
        .filter(uploads::uploader_id.eq(user.as_str()))
        .filter(uploads::ticket_id.eq(ticket.0))
        .select((uploads::id, uploads::name, uploads::media_type, uploads::size, uploads::sha256))
        .load(connection)?;
    let unsent =
        unsent.into_iter().map(|(id, name, kind, size, sha256)| (id, name, kind, size, Some(sha256)));
    let sent: Vec<Row> = attachments::table
        .filter(attachments::id.eq_any(ids.iter().map(AttachmentId::as_str)))
        .filter(attachments::uploader_id.eq(user.as_str()))
        .filter(attachments::ticket_id.eq(ticket.0))
        .filter(attachments::link.is_null())
        .select((
            attachments::id,
            attachments::name,
            attachments::media_type,
            attachments::size,
            attachments::sha256,
        ))
        .load(connection)?;
    unsent.chain(sent).filter_map(|row| upload(row).transpose()).collect()
}

/// `None` for what was erased.
fn upload((id, name, media_type, size, sha256): Row) -> QueryResult<Option<Upload>> {
    let Some(sha256) = sha256 else { return Ok(None) };
    let id = AttachmentId::parse(&id).ok_or_else(|| damaged("attachment id"))?;
    Ok(Some(Upload::new(Attachment { id, name, media_type, size, link: None }, sha256)))
}

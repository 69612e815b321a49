//! Files that were uploaded apart from a message, by their ids.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use crate::{
    domain::{Attachment, AttachmentId, TicketId, UserId},
    store::db::{
        connection::AnyConnection,
        rows::damaged,
        schema::{attachments, uploads},
    },
};

/// A file of a user, to a ticket, that was uploaded before the message that carries it. Made from a row only,
/// so that a message can carry no file that was never stored. Whether it can still be sent is decided when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    file: Attachment,
    sha256: Vec<u8>,
}

impl Upload {
    /// The id it is stored under.
    pub fn id(&self) -> &AttachmentId {
        &self.file.id
    }

    /// As it is shown.
    pub fn shown(&self) -> &Attachment {
        &self.file
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8] {
        &self.sha256
    }
}

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
    Ok(Some(Upload { file: Attachment { id, name, media_type, size, link: None }, sha256 }))
}

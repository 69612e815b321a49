//! Uploaded files that no message carries yet: noting them, and forgetting those that nobody sends.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Change, ChangeError, Held, Subject, Tx};
use crate::{
    blobs::Stored,
    domain::{AttachmentId, TicketId, Timestamp, saturating_i64},
    store::{
        db::{rows::damaged, schema::uploads},
        error::{Conflict, WriteError},
    },
};

/// Uploads that are forgotten in one transaction.
const PAGE: i64 = 200;

/// Notes a file that a message of the actor's may carry later. Where it is noted already, nothing changes.
#[derive(Debug)]
pub struct AddUpload {
    /// To which ticket.
    pub ticket_id: TicketId,
    /// The file.
    pub stored: Stored,
}

impl Change for AddUpload {
    type Done = ();

    fn subject(&self) -> Subject {
        Subject::Ticket(self.ticket_id)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let held = Held::take(tx, self.ticket_id)?;
        let Some(actor) = tx.actor else { return Err(WriteError::NotFound.into()) };
        let known: Option<String> = uploads::table
            .find(self.stored.id().as_str())
            .select(uploads::id)
            .get_result(tx.connection)
            .optional()?;
        if known.is_some() {
            return Ok(());
        }
        let waiting: i64 = uploads::table
            .filter(uploads::uploader_id.eq(actor.id.as_str()))
            .count()
            .get_result(tx.connection)?;
        if usize::try_from(waiting).unwrap_or(usize::MAX) >= tx.bounds.uploads {
            let sentence = "Too many of your files wait to be sent.";
            return Err(WriteError::from(Conflict::State(sentence)).into());
        }
        diesel::insert_into(uploads::table)
            .values((
                uploads::id.eq(self.stored.id().as_str()),
                uploads::ticket_id.eq(held.id.0),
                uploads::uploader_id.eq(actor.id.as_str()),
                uploads::name.eq(self.stored.name().as_str()),
                uploads::media_type.eq(self.stored.media_type()),
                uploads::size.eq(saturating_i64(self.stored.size())),
                uploads::sha256.eq(self.stored.sha256().as_slice()),
                uploads::created_at.eq(tx.now.0),
            ))
            .execute(tx.connection)?;
        Ok(())
    }
}

/// Deletes a page of the uploads that no message carried in time.
#[derive(Debug)]
pub struct DeleteUnsentUploads {
    /// Those noted until then.
    pub before: Timestamp,
}

impl Change for DeleteUnsentUploads {
    /// Those deleted: their files are nobody's any more.
    type Done = Vec<AttachmentId>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<AttachmentId>, ChangeError> {
        let old: Vec<String> = uploads::table
            .filter(uploads::created_at.le(self.before.0))
            .order(uploads::created_at)
            .limit(PAGE)
            .select(uploads::id)
            .load(tx.connection)?;
        let mut gone = Vec::with_capacity(old.len());
        for id in old {
            // Another server may have forgotten it meanwhile, or made it a message's.
            if diesel::delete(uploads::table.find(&id)).execute(tx.connection)? == 1 {
                gone.push(parsed(&id)?);
            }
        }
        Ok(gone)
    }
}

fn parsed(id: &str) -> QueryResult<AttachmentId> {
    AttachmentId::parse(id).ok_or_else(|| damaged("attachment id"))
}

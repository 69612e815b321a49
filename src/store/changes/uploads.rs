//! Uploaded files that no message carries yet: noting them, and forgetting those that nobody sends.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{Changed, Context, Held};
use crate::{
    blobs::Stored,
    domain::{AttachmentId, TicketId, Timestamp, User, saturating_i64},
    store::{
        db::{rows::damaged, schema::uploads},
        error::{Conflict, WriteError},
        write::Outcome,
    },
};

/// Uploads that are forgotten in one transaction.
const PAGE: i64 = 200;

/// Notes a file. Where it is noted already, nothing changes.
pub(super) fn add(
    context: &mut Context<'_>,
    actor: Option<&User>,
    ticket: TicketId,
    stored: &Stored,
) -> Changed {
    let held = Held::take(context, actor, ticket)?;
    let Some(actor) = actor else { return Err(WriteError::NotFound.into()) };
    let known: Option<String> = uploads::table
        .find(stored.id().as_str())
        .select(uploads::id)
        .get_result(context.connection)
        .optional()?;
    if known.is_some() {
        return Ok(Outcome::UploadAdded.into());
    }
    let waiting: i64 = uploads::table
        .filter(uploads::uploader_id.eq(actor.id.as_str()))
        .count()
        .get_result(context.connection)?;
    if usize::try_from(waiting).unwrap_or(usize::MAX) >= context.bounds.uploads {
        let sentence = "Too many of your files wait to be sent.";
        return Err(WriteError::from(Conflict::State(sentence)).into());
    }
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(stored.id().as_str()),
            uploads::ticket_id.eq(held.id.0),
            uploads::uploader_id.eq(actor.id.as_str()),
            uploads::name.eq(stored.name().as_str()),
            uploads::media_type.eq(stored.media_type()),
            uploads::size.eq(saturating_i64(stored.size())),
            uploads::sha256.eq(stored.sha256().as_slice()),
            uploads::created_at.eq(context.now.0),
        ))
        .execute(context.connection)?;
    Ok(Outcome::UploadAdded.into())
}

/// Forgets a page of those that came before a time, and gives their ids: their files are nobody's then.
pub(super) fn forget(context: &mut Context<'_>, before: Timestamp) -> Changed {
    let old: Vec<String> = uploads::table
        .filter(uploads::created_at.le(before.0))
        .order(uploads::created_at)
        .limit(PAGE)
        .select(uploads::id)
        .load(context.connection)?;
    let mut gone = Vec::with_capacity(old.len());
    for id in old {
        // Another server may have forgotten it meanwhile, or made it a message's.
        if diesel::delete(uploads::table.find(&id)).execute(context.connection)? == 1 {
            gone.push(parsed(&id)?);
        }
    }
    Ok(Outcome::UploadsForgotten(gone).into())
}

fn parsed(id: &str) -> QueryResult<AttachmentId> {
    AttachmentId::parse(id).ok_or_else(|| damaged("attachment id"))
}

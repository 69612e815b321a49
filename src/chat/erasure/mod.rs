//! Erasing a user: the order of its pieces.
//!
//! First who they are, so that nothing of theirs comes behind; then what they wrote, a page at a time,
//! oldest first; then their files, and last the rows that named them. Wherever it was interrupted, doing
//! it again finishes it. Does not know who carries out a write, for a command of its own does it as well
//! as a server.

pub(in crate::chat) mod queue;

use crate::{
    blobs::{BlobError, Blobs},
    domain::{AttachmentId, MessageId, TicketId, UserId},
    store::{Store, StoreError, WriteError, Writer, changes::Erasure, erasure::Stretch},
};

/// Messages that are erased together.
const PAGE: usize = 500;

/// How often a page is tried while the database takes no writes.
const TRIES: usize = 5;

/// Why the erasure stopped; what was done stays done.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// There is no such user.
    #[error("there is no user {0:?}")]
    UnknownUser(UserId),
    /// Something could not be read.
    #[error("what is left could not be read")]
    Read(#[from] StoreError),
    /// Something could not be written.
    #[error("the database takes no writes")]
    Write(#[source] WriteError),
    /// A file could not be removed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Their name and address were still there.
    pub person: bool,
    /// Messages emptied.
    pub messages: usize,
    /// Subjects and comments taken out of tickets and their logs.
    pub texts: usize,
    /// Files removed.
    pub files: usize,
}

/// Erases a user, by way of `writer` and after whatever waits there, until it `is_stopping`.
///
/// # Errors
/// Where it stopped; doing it again goes on from there.
pub async fn erase<P: Send + 'static>(
    store: &Store,
    blobs: &Blobs,
    writer: &Writer<P>,
    user: &UserId,
    is_stopping: impl Fn() -> bool,
) -> Result<Erased, EraseError> {
    let carry_out = async |pieces: Vec<Erasure>| -> Result<usize, EraseError> {
        let mut tries = 1;
        loop {
            match write_all(writer, &pieces, &is_stopping).await {
                Ok(count) => return Ok(count),
                // Doing a piece again does no harm; a busy server may have kept us out for a while.
                Err(WriteError::Unavailable) if tries < TRIES => tries += 1,
                Err(error) => return Err(EraseError::of(error)),
            }
        }
    };
    let mut erased =
        Erased { person: carry_out(vec![Erasure::Person(user.clone())]).await? > 0, ..Erased::default() };
    erased.messages = messages(store, user, &carry_out).await?;
    erased.texts = tickets(store, user, &carry_out).await?;
    erased.files = files(store, blobs, user, &carry_out).await?;
    Ok(erased)
}

/// Hands all pieces over before the first is waited for; gives how much was erased.
async fn write_all<P: Send + 'static>(
    writer: &Writer<P>,
    pieces: &[Erasure],
    is_stopping: &impl Fn() -> bool,
) -> Result<usize, WriteError> {
    let mut pending = Vec::with_capacity(pieces.len());
    for piece in pieces {
        if is_stopping() {
            return Err(WriteError::Unavailable);
        }
        pending.push(writer.submit(None, piece.clone()).await?);
    }
    let mut count = 0;
    for write in pending {
        count += write.await?.done;
    }
    Ok(count)
}

impl EraseError {
    fn of(error: WriteError) -> Self {
        match error {
            WriteError::UnknownUser { user, .. } => Self::UnknownUser(user),
            other => Self::Write(other),
        }
    }
}

async fn messages(
    store: &Store,
    user: &UserId,
    carry_out: &impl AsyncFn(Vec<Erasure>) -> Result<usize, EraseError>,
) -> Result<usize, EraseError> {
    let read = async |after| store.unerased_messages(user, after).await;
    all(read, |page| by_ticket(user, page), carry_out).await
}

/// Whatever is found, a page at a time; gives how much was erased.
async fn all<T>(
    read: impl AsyncFn(i64) -> Result<Stretch<T>, StoreError>,
    pieces: impl Fn(&[T]) -> Vec<Erasure>,
    carry_out: &impl AsyncFn(Vec<Erasure>) -> Result<usize, EraseError>,
) -> Result<usize, EraseError> {
    let (mut count, mut next) = (0, Some(0));
    while let Some(after) = next {
        let stretch = read(after).await?;
        for page in stretch.found.chunks(PAGE) {
            count += carry_out(pieces(page)).await?;
        }
        next = stretch.next;
    }
    Ok(count)
}

/// A piece for each ticket; of each, and among the tickets, the oldest first.
fn by_ticket(user: &UserId, page: &[(TicketId, MessageId)]) -> Vec<Erasure> {
    let mut page = page.to_vec();
    // In one order of tickets, so that nobody who locks several waits for somebody who waits for them.
    page.sort_unstable();
    let of_ticket = |run: &[(TicketId, MessageId)]| {
        let messages = run.iter().map(|(_, message)| *message).collect();
        let (ticket_id, _) = *run.first()?;
        Some(Erasure::Messages { ticket_id, user: user.clone(), messages })
    };
    page.chunk_by(|one, next| one.0 == next.0).filter_map(of_ticket).collect()
}

async fn tickets(
    store: &Store,
    user: &UserId,
    carry_out: &impl AsyncFn(Vec<Erasure>) -> Result<usize, EraseError>,
) -> Result<usize, EraseError> {
    let read = async |after| store.tickets_with_text_of(user, after).await;
    let piece = |ticket_id: &TicketId| Erasure::Ticket { ticket_id: *ticket_id, user: user.clone() };
    all(read, |page| page.iter().map(piece).collect(), carry_out).await
}

async fn files(
    store: &Store,
    blobs: &Blobs,
    user: &UserId,
    carry_out: &impl AsyncFn(Vec<Erasure>) -> Result<usize, EraseError>,
) -> Result<usize, EraseError> {
    let mut count = 0;
    loop {
        let page: Vec<(AttachmentId, bool)> = store.attachments_of(user, PAGE).await?;
        if page.is_empty() {
            return Ok(count);
        }
        for (id, is_file) in &page {
            if *is_file {
                blobs.delete(id).await?;
                count += 1;
            }
        }
        carry_out(vec![Erasure::Attachments(page.into_iter().map(|(id, _)| id).collect())]).await?;
    }
}

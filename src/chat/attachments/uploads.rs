//! Files that are uploaded by themselves, for a message that comes later.
//!
//! Owns who may upload where, how many at once, and how long a file waits for its message. Does not know
//! where the bytes come from, or how long they may take.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use crate::{
    blobs::{BlobError, Incoming, IncomingError},
    chat::{
        Chat, Started,
        commands::{
            content::{Raw, refused_attachment},
            pipeline::{self, Access, discard},
        },
        count, errors,
        sign_in::Session,
    },
    domain::{Attachment, AttachmentId, TicketId, User, UserId, attachment::UNSENT_FOR},
    guard::{Admitted, AttachmentError},
    protocol::{EncodedReply, WireError},
    store::{
        NewAttachment, Upload,
        changes::{AddUpload, DeleteUnsentUploads},
    },
};

/// Files that one user may upload at once.
const AT_ONCE: usize = 4;

/// When to try again whoever uploads more.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Under this name uploads are counted among the commands.
const NAME: &str = "upload";

/// Who is uploading, and how many files.
#[derive(Debug, Default)]
pub struct Uploading(Mutex<HashMap<UserId, usize>>);

/// One of the files that a user may upload at once; given back when dropped.
struct Slot {
    uploading: Arc<Uploading>,
    user: UserId,
}

impl Uploading {
    fn take(self: &Arc<Self>, user: &UserId) -> Option<Slot> {
        let mut them = self.0.lock();
        let held = them.entry(user.clone()).or_default();
        if *held >= AT_ONCE {
            return None;
        }
        *held += 1;
        Some(Slot { uploading: Arc::clone(self), user: user.clone() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut them = self.uploading.0.lock();
        if let Some(held) = them.get_mut(&self.user) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                them.remove(&self.user);
            }
        }
    }
}

/// A file that arrives for a ticket that its uploader sees. Dropped, it leaves nothing.
pub struct Arriving {
    chat: Arc<Chat>,
    user: Arc<User>,
    access: Access,
    ticket_id: TicketId,
    id: AttachmentId,
    incoming: Incoming,
    _slot: Slot,
}

impl Chat {
    /// Lets a file of at least `announced` bytes come.
    ///
    /// # Errors
    /// `not_found`, `too_large`; `rate_limited` when too many of theirs arrive already.
    pub async fn begin_upload(
        self: &Arc<Self>,
        session: &Session,
        admitted: Admitted,
        ticket_id: TicketId,
        announced: usize,
    ) -> Result<Arriving, WireError> {
        let begun = self.let_come(session, admitted, ticket_id, announced).await;
        begun.inspect_err(|error| count::<()>(NAME, &Err(error.clone())))
    }

    async fn let_come(
        self: &Arc<Self>,
        session: &Session,
        admitted: Admitted,
        ticket_id: TicketId,
        announced: usize,
    ) -> Result<Arriving, WireError> {
        let user = Arc::clone(&session.user);
        let access = pipeline::access_to_ticket(self, user.viewer(), admitted, ticket_id).await?;
        let max = self.bounds.attachment_bytes;
        if announced > max {
            return Err(refused(&AttachmentError::TooLarge { max }));
        }
        let slot = self.uploading.take(&user.id).ok_or_else(|| WireError::rate_limited(TRY_AGAIN))?;
        let id = AttachmentId::from_random(rand::random());
        let incoming = self.blobs.begin(id.clone(), max).await.map_err(|error| not_stored(&error))?;
        Ok(Arriving { chat: Arc::clone(self), user, access, ticket_id, id, incoming, _slot: slot })
    }

    /// Forgets files that no message carried in time.
    pub async fn forget_uploads(&self) {
        let before = self.clock.now().before(UNSENT_FOR);
        // A bounded number at once, so that nobody's message waits for long.
        while let Ok(gone) = self.writer.write(None, DeleteUnsentUploads { before }).await {
            if gone.is_empty() {
                return;
            }
            // Their rows are gone already, so no message can carry them any more.
            discard(self, gone).await;
        }
    }
}

impl Arriving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// `too_large`, or `overloaded` when they cannot be stored.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let written = self.incoming.write(bytes).await.map_err(|error| not_taken(&error));
        written.inspect_err(|error| self.fail(error))
    }

    /// Notes that it was given up.
    pub fn fail(&self, error: &WireError) {
        count::<()>(NAME, &Err(error.clone()));
    }

    /// Keeps the file, under a name, for a message that comes later. Goes on to its end also when nobody
    /// waits for it any more, so that nothing is left half-way.
    ///
    /// # Errors
    /// What is wrong with the file, or why it could not be noted; nothing of it is left.
    pub async fn finish(self, name: String) -> Result<Attachment, WireError> {
        let kept = actix_web::rt::spawn(async move {
            let kept = self.keep(&name).await;
            count(NAME, &kept);
            kept
        });
        kept.await.unwrap_or_else(|error| Err(errors::internal(&error)))
    }

    async fn keep(self, name: &str) -> Result<Attachment, WireError> {
        let Self { chat, user, access, ticket_id, id, incoming, _slot } = self;
        let stored = incoming.finish(name, &chat.allowed_types, chat.bounds.name_chars).await;
        let stored = stored.map_err(|error| not_taken(&error))?;
        let attachment = NewAttachment::File(stored.clone()).shown();
        let submission = chat.writer.submit(Some(User::clone(&user)), AddUpload { ticket_id, stored });
        let nothing = |_| Ok(EncodedReply::EMPTY);
        match pipeline::commit(&chat, access, submission, vec![id], |()| false, nothing).await {
            Started::Committing(committed) => committed.await?,
            Started::Done(answer) => answer?,
            Started::Joined(reply, _) => reply,
        };
        Ok(attachment)
    }
}

fn refused(error: &AttachmentError) -> WireError {
    refused_attachment(error, "body".to_owned())
}

fn not_taken(error: &IncomingError) -> WireError {
    match error {
        IncomingError::Refused(error) => refused(error),
        IncomingError::Blobs(error) => not_stored(error),
    }
}

fn not_stored(error: &BlobError) -> WireError {
    tracing::error!(%error, "an upload could not be stored");
    WireError::overloaded()
}

/// The files that a message names by their ids, as far as they are the sender's, to this ticket. Whether
/// they can still be sent is decided when it commits: a retry names those that it has sent before.
pub(in crate::chat) async fn named(
    chat: &Chat,
    access: &Access,
    raw: &Raw,
) -> Result<HashMap<AttachmentId, Upload>, WireError> {
    let ids: Vec<AttachmentId> =
        raw.attachments.iter().filter_map(|it| AttachmentId::parse(it.id.as_deref()?)).collect();
    let Some(ticket_id) = raw.ticket_id.filter(|_| !ids.is_empty()) else { return Ok(HashMap::new()) };
    let found = chat.store.uploads(&access.viewer.id, ticket_id, ids).await;
    let found = found?;
    Ok(found.into_iter().map(|upload| (upload.id().clone(), upload)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_uploads_four_files_at_once_and_another_user_too() {
        let uploading = Arc::new(Uploading::default());
        let (one, two) = (UserId::new("one").unwrap(), UserId::new("two").unwrap());
        let mut held: Vec<Slot> = (0..AT_ONCE).map(|_| uploading.take(&one).unwrap()).collect();
        assert!(uploading.take(&one).is_none());
        assert!(uploading.take(&two).is_some());
        held.pop();
        held.push(uploading.take(&one).unwrap());
        assert!(uploading.take(&one).is_none());
        drop(held);
        assert!(uploading.0.lock().is_empty(), "nobody is remembered");
    }
}

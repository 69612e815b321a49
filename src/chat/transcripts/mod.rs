//! Transcripts for those who may see the ticket, sent on while the log is read.
//!
//! Owns how many are made at once and how long one waits for its reader. How the log is read is in `walk`, how
//! a transcript looks in `json`, `html` and `text`.

mod html;
mod json;
mod sentences;
mod text;
mod walk;

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};

use self::walk::Walk;
pub use self::walk::{ExportError, Format, Sink};
use super::{Chat, commands::messages::may_use, sign_in::Session};
use crate::{
    domain::{Role, Stream, Ticket, TicketId, UserId, Viewer, Visible},
    guard::Admitted,
    protocol::WireError,
    store::Store,
};

/// Writes the transcript of what is in a ticket now, of what customers see, or with `internal` of all.
///
/// # Errors
/// As [`ExportError`] says; what was written until then stays written.
pub async fn export(
    store: &Store,
    ticket: TicketId,
    format: Format,
    internal: bool,
    out: &mut impl Sink,
) -> Result<(), ExportError> {
    let found = store.ticket(&anyone()?, ticket).await?.ok_or(ExportError::UnknownTicket(ticket))?;
    let visible = if internal { Visible::Both } else { Visible::PublicOnly };
    write(store, found, format, visible, out).await
}

/// Staff see every ticket.
fn anyone() -> Result<Viewer, ExportError> {
    let id = UserId::new("export").map_err(io::Error::other)?;
    Ok(Viewer { id, role: Role::Agent })
}

/// Writes the transcript of a ticket that was read, up to where it was then.
async fn write(
    store: &Store,
    ticket: Ticket,
    format: Format,
    visible: Visible,
    out: &mut impl Sink,
) -> Result<(), ExportError> {
    let walk = Walk { store, ticket, visible };
    match format {
        Format::Json => json::write(&walk, out).await?,
        Format::Html => html::write(&walk, out).await?,
        Format::Text => text::write(&walk, out).await?,
    }
    out.flush()?;
    out.page().await?;
    Ok(())
}

/// Transcripts that are made at once; each holds a page of the log.
const AT_ONCE: usize = 16;

/// A reader that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose turn it is to read a transcript.
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// What is sent on, and why it broke off.
type Piece = Result<Bytes, ExportError>;

/// Collects what is written, and hands it on a page at a time.
struct Pages {
    written: Vec<u8>,
    reader: mpsc::Sender<Piece>,
}

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Pages {
    async fn page(&mut self) -> io::Result<()> {
        if self.written.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.written));
        match timeout(PATIENCE, self.reader.send(Ok(piece))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Chat {
    /// The transcript of a ticket, in pieces; with `internal` also the notes between agents.
    ///
    /// # Errors
    /// `not_found` for a ticket that the session may not see, `forbidden` for a customer who wants notes,
    /// `overloaded` while too many are made.
    pub async fn transcript(
        self: &Arc<Self>,
        session: &Session,
        _admitted: Admitted,
        ticket_id: TicketId,
        format: Format,
        internal: bool,
    ) -> Result<impl stream::Stream<Item = Piece> + use<>, WireError> {
        let viewer = session.user.viewer();
        let ticket = self.store.ticket(&viewer, ticket_id).await?;
        let ticket = ticket.ok_or_else(WireError::ticket_not_found)?;
        if internal {
            may_use(Stream::Internal, viewer.visible()).map_err(|error| error.with_field("internal"))?;
        }
        let turn = self.transcripts.0.clone().try_acquire_owned().map_err(|_| WireError::overloaded())?;
        let visible = if internal { Visible::Both } else { Visible::PublicOnly };
        let (reader, pieces) = mpsc::channel(1);
        let chat = Arc::clone(self);
        actix_web::rt::spawn(async move {
            let _turn: OwnedSemaphorePermit = turn;
            let mut pages = Pages { written: Vec::new(), reader };
            if let Err(error) = write(&chat.store, ticket, format, visible, &mut pages).await {
                tracing::debug!(%ticket_id, %error, "a transcript broke off");
                // Whoever still reads must not take a part for the whole.
                let _ = timeout(PATIENCE, pages.reader.send(Err(error))).await;
            }
        });
        Ok(stream::unfold(pieces, |mut pieces| async move { Some((pieces.recv().await?, pieces)) }))
    }
}

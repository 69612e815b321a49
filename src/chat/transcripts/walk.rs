//! The log of a ticket as a transcript shows it.
//!
//! Owns how it is read, a page at a time, and where a transcript goes. Does not know how one looks.

use std::io::{self, Write};

use crate::{
    domain::{LogEntry, Position, Stream, Ticket, TicketId, Visible},
    store::{Store, StoreError},
};

/// Entries of the log that are read at once.
const PAGE: usize = 200;

/// How a transcript looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One object, with the objects of the wire.
    #[default]
    Json,
    /// A page that needs nothing else.
    Html,
    /// Plain text.
    Text,
}

/// Why there is no transcript, or only a part.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    UnknownTicket(TicketId),
    /// The log could not be read.
    #[error("the ticket could not be read")]
    Read(#[from] StoreError),
    /// It could not be written to where it should go.
    #[error("the transcript could not be written")]
    Write(#[from] io::Error),
}

/// Where a transcript goes.
pub trait Sink: Write {
    /// A page of the log was written: whoever sends on what was written may wait here until it is taken.
    fn page(&mut self) -> impl Future<Output = io::Result<()>>;
}

impl<W: Write> Sink for io::BufWriter<W> {
    async fn page(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ticket as far as a transcript shows it.
pub(super) struct Walk<'a> {
    pub(super) store: &'a Store,
    pub(super) ticket: Ticket,
    pub(super) visible: Visible,
}

impl Walk<'_> {
    /// Shows the log in its order, as far as it went when the ticket was read.
    pub(super) async fn each<S: Sink>(
        &self,
        out: &mut S,
        mut show: impl FnMut(&mut S, &LogEntry) -> Result<(), io::Error>,
    ) -> Result<(), ExportError> {
        let end = self.ticket.position;
        let mut after = Position::default();
        loop {
            let page = self.store.events_after(self.ticket.id, self.visible, after, PAGE).await?;
            for entry in page.iter().filter(|entry| entry.seq <= end.of(entry.stream)) {
                show(out, entry)?;
            }
            out.page().await?;
            for entry in &page {
                *after.of_mut(entry.stream) = entry.seq;
            }
            let ended = |stream: &&Stream| after.of(**stream) >= end.of(**stream);
            if page.len() < PAGE
                || self.visible.streams().iter().filter(ended).count() == self.visible.streams().len()
            {
                return Ok(());
            }
        }
    }
}

//! Transcripts of tickets.
//!
//! Owns how a ticket is walked, a page of its log at a time, and what is shown of it; how it looks is in
//! `json`, `html` and `text`. Access is the caller's business.

mod html;
mod json;
mod text;

use std::io::{self, Write};

use crate::{
    domain::{
        Changes, Happening, LogEntry, Position, Role, Stream, Ticket, TicketId, Timestamp, User, UserId,
        Viewer, Visible,
    },
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
struct Walk<'a> {
    store: &'a Store,
    ticket: Ticket,
    visible: Visible,
}

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
pub(super) async fn write(
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

impl Walk<'_> {
    /// Shows the log in its order, as far as it went when the ticket was read.
    async fn each<S: Sink>(
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

/// A line about what happened besides messages; `None` for what shows at its message.
fn line(entry: &LogEntry) -> Option<String> {
    match &entry.what {
        Happening::Sent(_)
        | Happening::Edited(_)
        | Happening::Deleted(_)
        | Happening::Reacted(_)
        | Happening::Unreacted(_) => None,
        Happening::Updated { actor, changes } => {
            let who = actor.as_ref().map_or("The server", |actor| actor.name.as_str());
            Some(format!("{who} changed {}", changed(changes)))
        }
        Happening::ParticipantAdded(user) => Some(format!("{} was added", user.name)),
        Happening::ParticipantRemoved(user) => Some(format!("{} was removed", user.name)),
        Happening::Rated { score } => Some(format!("rated {score} of 5")),
    }
}

fn changed(changes: &Changes) -> String {
    let Changes { subject, status, assignee_id, priority, labels, snoozed_until, muted: _ } = changes;
    let mut parts = Vec::new();
    if let Some(it) = subject {
        parts.push(format!("the subject to “{}”", it.to));
    }
    if let Some(it) = status {
        parts.push(format!("the status to {}", it.to.as_str()));
    }
    if let Some(it) = assignee_id {
        parts.push(format!("the assignee to {}", it.to.as_ref().map_or("nobody", UserId::as_str)));
    }
    if let Some(it) = priority {
        parts.push(format!("the priority to {}", it.to.as_str()));
    }
    if let Some(it) = labels {
        let labels = it.to.join(", ");
        parts.push(format!("the labels to {}", if labels.is_empty() { "none" } else { &labels }));
    }
    if let Some(it) = snoozed_until {
        parts.push(match it.to {
            Some(until) => format!("the snooze to {}", time(until)),
            None => "the snooze to none".to_owned(),
        });
    }
    parts.join(", ")
}

/// To the second, UTC.
fn time(at: Timestamp) -> String {
    humantime::format_rfc3339_seconds(at.to_system_time()).to_string()
}

/// `Ada (agent)`.
fn named(user: &User) -> String {
    format!("{} ({})", user.name, user.role)
}

/// As people read sizes.
fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1_024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 1_024.0 {
            break;
        }
        value /= 1_024.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

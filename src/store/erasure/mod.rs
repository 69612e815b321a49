//! Erasing a user: what there is to erase, in pieces that hold nobody up.
//!
//! Owns the kinds of pieces and how they are found. A piece is a [`crate::store::Write`], carried out by
//! the writer (`changes/erasure.rs`); getting rid of the last traces in the files is in `scrub`.
//! Does not know the files of attachments.

mod find;
mod scrub;

pub use find::Stretch;
pub use scrub::{ScrubError, Scrubbed};

use super::write::Concerns;
use crate::domain::{AttachmentId, MessageId, TicketId, UserId};

/// What an erased user is called.
pub const ERASED_USER: &str = "Erased user";

/// What stands in place of a subject that was erased.
pub const ERASED_SUBJECT: &str = "(erased)";

/// A piece of the erasure of a user. Each may be done again: what is gone already stays gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Who they are, and what only they see. It comes first: from then on they write nothing more.
    Person(UserId),
    /// Messages of theirs, in one ticket.
    Messages {
        /// The ticket.
        ticket_id: TicketId,
        /// Whose.
        user: UserId,
        /// Which, in the order of the log.
        messages: Vec<MessageId>,
    },
    /// What they wrote into a ticket besides messages: its subject, the comment of a rating.
    Ticket {
        /// The ticket.
        ticket_id: TicketId,
        /// Whose text.
        user: UserId,
    },
    /// Rows of attachments and uploads whose files are gone.
    Attachments(Vec<AttachmentId>),
}

impl Erasure {
    /// What it takes hold of.
    pub(super) fn concerns(&self) -> Concerns {
        match self {
            Self::Messages { ticket_id, .. } | Self::Ticket { ticket_id, .. } => Concerns::Ticket(*ticket_id),
            Self::Person(_) | Self::Attachments(_) => Concerns::NoTicket,
        }
    }
}

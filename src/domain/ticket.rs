//! Tickets as the store gives them out.
//!
//! Owns the states and priorities; the wire form (and what of it a customer sees) is made in `protocol`.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{Message, Position, TicketId, Timestamp, User};

/// Where a ticket is in its life.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum TicketStatus {
    /// Waits for an answer.
    #[default]
    Open,
    /// Waits for the customer.
    Pending,
    /// Hidden until a set time.
    Snoozed,
    /// Done.
    Closed,
}

impl TicketStatus {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How urgent a ticket is; agents only.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Soon.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A ticket with everything that is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Given by the database.
    pub id: TicketId,
    /// Plain text.
    pub subject: String,
    /// Where it is in its life.
    pub status: TicketStatus,
    /// Agents only.
    pub priority: Priority,
    /// For whom it was opened.
    pub requester: User,
    /// Who takes care of it.
    pub assignee: Option<User>,
    /// Who was added, without the requester.
    pub participants: Vec<User>,
    /// The heads of both streams when it was read.
    pub position: Position,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
    /// When the last public message was sent.
    pub last_message_at: Option<Timestamp>,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// What its requester thought of it.
    pub rating: Option<Rating>,
    /// Agents only; by name.
    pub labels: Vec<String>,
    /// Agents only: when it wakes up.
    pub snoozed_until: Option<Timestamp>,
}

/// What a requester thought of how they were helped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// 1 to 5.
    pub score: i16,
    /// Plain text.
    pub comment: Option<String>,
    /// When it was given first.
    pub rated_at: Timestamp,
}

/// A ticket as it stands in someone's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketOverview {
    /// The ticket.
    pub ticket: Ticket,
    /// The newest message that they see.
    pub last_message: Option<Message>,
    /// Messages of others that they see and have not read; deleted ones do not count.
    pub unread: i64,
    /// They do not want to hear of what happens in it.
    pub muted: bool,
}

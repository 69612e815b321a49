//! What the database says about the writes of a batch, read under the locks that make it stay true.
//!
//! Plain data: loaded by `sqlite` or `postgres`, decided upon in `plan`.

use std::collections::HashMap;

use diesel::QueryResult;

use super::{
    attachments::Uploads,
    audience::{Person, Staff},
};
use crate::{
    domain::{Position, Stream, TicketId, TicketStatus, User, UserId},
    store::{
        db::rows::damaged,
        write::{NewMessage, NewTicket, Write},
    },
};

/// Everything that is needed to decide on a batch.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The tickets that messages are for, of those that exist.
    pub(super) tickets: HashMap<i64, TicketState>,
    /// What is known for each write, at the write's place.
    pub(super) of_writes: Vec<WriteFacts>,
    /// Those who are named by new tickets, of those that exist.
    pub(super) users: HashMap<UserId, User>,
    /// Whom the tickets of messages concern, where it takes a look at them.
    pub(super) people: HashMap<i64, Vec<Person>>,
    /// Agents whom messages may mention.
    pub(super) staff: Staff,
    /// Files that the messages carry and nobody has sent yet.
    pub(super) uploads: Uploads,
    /// As many ids as there are tickets to open.
    pub(super) ticket_ids: Vec<TicketId>,
}

/// A ticket's counters, which move on while a batch is planned.
#[derive(Clone, Debug)]
pub(super) struct TicketState {
    pub(super) requester: String,
    pub(super) heads: Position,
    pub(super) last_message_at: Option<i64>,
    pub(super) status: TicketStatus,
    pub(super) assignee: Option<String>,
    pub(super) snoozed_until: Option<i64>,
    pub(super) reopened_at: Option<i64>,
    pub(super) has_participants: bool,
    pub(super) touched: bool,
}

/// The columns of a [`TicketState`], as both databases read them.
pub(super) type TicketColumns =
    (i64, String, i64, i64, Option<i64>, String, Option<String>, Option<i64>, Option<i64>, bool);

impl TicketState {
    /// From the columns.
    pub(super) fn new(row: TicketColumns) -> QueryResult<Self> {
        let (_, requester, public, internal, last_message_at, status, assignee, snoozed_until, ..) = row;
        let (.., reopened_at, has_participants) = row;
        Ok(Self {
            requester,
            heads: Position { public, internal },
            last_message_at,
            status: status.parse::<TicketStatus>().map_err(|_| damaged("status"))?,
            assignee,
            snoozed_until,
            reopened_at,
            has_participants,
            touched: false,
        })
    }
}

/// What is known for one write.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteFacts {
    /// The sender participates in the ticket; looked up only when it decides.
    pub(super) participates: bool,
    /// The message or ticket that was written under the same key before.
    pub(super) earlier: Option<Earlier>,
    /// The message that it answers.
    pub(super) quoted: Option<(TicketId, Stream)>,
}

/// What was written under a key before.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// The id of the message or of the ticket.
    pub(super) id: i64,
    pub(super) digest: Vec<u8>,
}

/// The messages to send among the writes, with their places.
pub(super) fn messages(writes: &[Write]) -> impl Iterator<Item = (usize, &NewMessage)> {
    writes.iter().enumerate().filter_map(|(place, write)| match write {
        Write::SendMessage(new) => Some((place, new)),
        _ => None,
    })
}

/// The tickets to open among the writes, with their places.
pub(super) fn tickets(writes: &[Write]) -> impl Iterator<Item = (usize, &NewTicket)> {
    writes.iter().enumerate().filter_map(|(place, write)| match write {
        Write::CreateTicket(new) => Some((place, new)),
        _ => None,
    })
}

/// Whether it takes a look at the participants to know if the sender may see the ticket.
pub(super) fn participation_decides(new: &NewMessage, requester: &str) -> bool {
    !new.sender.role.is_staff() && new.sender.id.as_str() != requester
}

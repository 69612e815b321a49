//! Decides on every write of a batch, in the order submitted.
//!
//! Pure: from facts to verdicts and rows, without a database. Owns who may write what, what is a
//! retry, and which numbers a message gets.

use std::collections::HashMap;

use strum::VariantArray;

use super::{
    attachments,
    audience::{self, Notice},
    facts::{Earlier, Facts, TicketState, WriteFacts},
};
use crate::{
    domain::{
        Changes, ClientKey, FromTo, MessageId, Position, Relation, Role, Stream, TicketId, TicketStatus,
        Timestamp, UserId, Visible,
    },
    guard::ContentDigest,
    store::{
        error::{Conflict, WriteError, log_fault},
        write::{NewMessage, NewTicket, Write},
    },
};

/// What to do about each write, and the rows to insert.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// At the place of each write.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) tickets: Vec<PlannedTicket<'a>>,
    pub(super) messages: Vec<PlannedMessage<'a>>,
    /// Notifications to give.
    pub(super) notices: Vec<Notice>,
    /// Tickets that a message reopens, in order.
    pub(super) reopened: Vec<Reopened>,
    /// Tickets whose assignee answered after they were reopened.
    pub(super) answered: Vec<TicketId>,
    /// The tickets that messages were planned for, with their new counters.
    pub(super) touched: Vec<(TicketId, TicketState)>,
}

/// What becomes of a write.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// The user was saved, before anything else.
    Saved,
    /// It is carried out on its own, not with the others.
    Apart,
    /// Nothing is written.
    Refused(WriteError),
    /// It is that one of the planned messages.
    Sent(usize),
    /// It is a retry of that one of the planned messages.
    SentInBatch(usize),
    /// It is a retry of a message in the database.
    SentEarlier(MessageId),
    /// It is that one of the planned tickets, with that one of the planned messages.
    Opened(usize, Option<usize>),
    /// It is a retry of that one of the planned tickets.
    OpenedInBatch(usize, Option<usize>),
    /// It is a retry of a ticket in the database.
    OpenedEarlier(TicketId),
}

/// A ticket to insert.
#[derive(Debug)]
pub(super) struct PlannedTicket<'a> {
    pub(super) new: &'a NewTicket,
    pub(super) id: TicketId,
    pub(super) heads: Position,
    /// Without the requester, and each once.
    pub(super) participants: Vec<&'a UserId>,
}

/// A message to insert.
#[derive(Debug)]
pub(super) struct PlannedMessage<'a> {
    pub(super) new: &'a NewMessage,
    pub(super) ticket: TicketId,
    /// Given after planning, when it is known how many are needed.
    pub(super) id: MessageId,
    pub(super) seq: i64,
    pub(super) pos: i64,
}

/// A ticket that a customer's message reopens, right behind that message.
#[derive(Debug)]
pub(super) struct Reopened {
    /// The place of the message among the planned ones.
    pub(super) by: usize,
    pub(super) ticket: TicketId,
    /// The stream, its number and the place of each event that tells of it, with what it tells.
    pub(super) events: Vec<(Stream, i64, i64, Changes)>,
}

/// Decides on the writes.
pub(super) fn plan(writes: &[Write], facts: Facts, now: i64) -> Plan<'_> {
    let mut planner =
        Planner { plan: Plan::default(), facts, sent: HashMap::new(), opened: HashMap::new(), now };
    let of_writes = std::mem::take(&mut planner.facts.of_writes);
    for (write, known) in writes.iter().zip(of_writes) {
        let verdict = match write {
            Write::SaveUser(_) => Ok(Verdict::Saved),
            Write::SendMessage(new) => planner.send(new, &known),
            Write::CreateTicket(new) => planner.open(new, &known),
            Write::Change(_) => Ok(Verdict::Apart),
        };
        planner.plan.verdicts.push(verdict.unwrap_or_else(Verdict::Refused));
    }
    let Planner { mut plan, facts, .. } = planner;
    let touched = facts.tickets.into_iter().filter(|(_, state)| state.touched);
    plan.touched = touched.map(|(id, state)| (TicketId(id), state)).collect();
    plan
}

struct Planner<'a> {
    plan: Plan<'a>,
    facts: Facts,
    sent: HashMap<(TicketId, &'a UserId, &'a ClientKey), usize>,
    opened: HashMap<(&'a UserId, &'a ClientKey), (usize, Option<usize>)>,
    now: i64,
}

impl<'a> Planner<'a> {
    fn send(&mut self, new: &'a NewMessage, known: &WriteFacts) -> Result<Verdict, WriteError> {
        let state = self.facts.tickets.get_mut(&new.ticket_id.0).ok_or(WriteError::NotFound)?;
        let relation = if new.sender.id.as_str() == state.requester {
            Relation::Requester
        } else if known.participates {
            Relation::Participant
        } else {
            Relation::Stranger
        };
        let visible = check_sender(new, relation)?;
        // A retry is answered like the first time, whatever has happened in the ticket since.
        if let Some(earlier) = &known.earlier {
            check_digest(earlier, &new.digest)?;
            return Ok(Verdict::SentEarlier(MessageId(earlier.id)));
        }
        let key = new.client_message_id.as_ref().map(|key| (new.ticket_id, &new.sender.id, key));
        if let Some(&index) = key.as_ref().and_then(|key| self.sent.get(key)) {
            same_digest(self.plan.messages[index].new.digest.as_bytes(), &new.digest)?;
            return Ok(Verdict::SentInBatch(index));
        }
        check_position(new, state.heads.seen_by(visible))?;
        check_reply(new, new.ticket_id, visible, known)?;
        attachments::take(&mut self.facts.uploads, new, new.ticket_id, self.now)?;

        let planned = number(new, new.ticket_id, &mut state.heads);
        state.touched = true;
        if new.stream == Stream::Public {
            state.last_message_at = Some(self.now);
        }
        let index = self.plan.messages.len();
        if new.sender.role == Role::Customer && new.stream == Stream::Public {
            self.plan.reopened.extend(reopen(new.ticket_id, index, state, self.now));
        } else if state.reopened_at.is_some() && state.assignee.as_deref() == Some(new.sender.id.as_str()) {
            state.reopened_at = None;
            self.plan.answered.push(new.ticket_id);
        }
        self.plan.messages.push(planned);
        if let Some(people) = self.facts.people.get(&new.ticket_id.0) {
            self.plan.notices.extend(audience::notices(index, new, people, &self.facts.staff));
        }
        if let Some(key) = key {
            self.sent.insert(key, index);
        }
        Ok(Verdict::Sent(index))
    }

    fn open(&mut self, new: &'a NewTicket, known: &WriteFacts) -> Result<Verdict, WriteError> {
        if let Some(earlier) = &known.earlier {
            check_digest(earlier, &new.digest)?;
            return Ok(Verdict::OpenedEarlier(TicketId(earlier.id)));
        }
        let key = new.client_ticket_id.as_ref().map(|key| (&new.creator.id, key));
        if let Some(&(ticket, message)) = key.as_ref().and_then(|key| self.opened.get(key)) {
            same_digest(self.plan.tickets[ticket].new.digest.as_bytes(), &new.digest)?;
            return Ok(Verdict::OpenedInBatch(ticket, message));
        }
        let participants = self.check_people(new)?;
        if let Some(message) = &new.message {
            check_first_message(message, new, &participants)?;
            // What was uploaded, was to a ticket that existed.
            attachments::take(&mut self.facts.uploads, message, TicketId(0), self.now)?;
        }
        let id = self.facts.ticket_ids.pop().ok_or_else(|| {
            WriteError::Internal(log_fault("a write failed", &"too few ticket ids were set aside"))
        })?;
        let mut heads = Position::default();
        let message = new.message.as_ref().map(|message| {
            self.plan.messages.push(number(message, id, &mut heads));
            let index = self.plan.messages.len() - 1;
            let people = audience::people_of(new, &self.facts.users);
            self.plan.notices.extend(audience::notices(index, message, &people, &self.facts.staff));
            index
        });
        let ticket = self.plan.tickets.len();
        self.plan.tickets.push(PlannedTicket { new, id, heads, participants });
        if let Some(key) = key {
            self.opened.insert(key, (ticket, message));
        }
        Ok(Verdict::Opened(ticket, message))
    }

    /// Everyone whom a new ticket names must be known; gives its participants, each once.
    fn check_people(&self, new: &'a NewTicket) -> Result<Vec<&'a UserId>, WriteError> {
        let mut participants: Vec<&UserId> = Vec::with_capacity(new.participants.len());
        for id in [&new.creator.id, &new.requester].into_iter().chain(&new.participants) {
            if !self.facts.users.contains_key(id) {
                return Err(WriteError::UnknownUser(id.clone()));
            }
        }
        for id in &new.participants {
            if *id != new.requester && !participants.contains(&id) {
                participants.push(id);
            }
        }
        Ok(participants)
    }
}

/// A customer who writes wants an answer: the ticket is open again, whatever it was.
fn reopen(ticket: TicketId, by: usize, state: &mut TicketState, now: i64) -> Option<Reopened> {
    if state.status == TicketStatus::Open {
        return None;
    }
    let changes = Changes {
        status: Some(FromTo { from: state.status, to: TicketStatus::Open }),
        snoozed_until: state.snoozed_until.map(|until| FromTo { from: Some(Timestamp(until)), to: None }),
        ..Changes::default()
    };
    // One that waited for the customer was never done: nobody has to come back to it.
    if state.status != TicketStatus::Pending {
        state.reopened_at = Some(now);
    }
    state.status = TicketStatus::Open;
    state.snoozed_until = None;
    let mut events = Vec::new();
    for &stream in Stream::VARIANTS {
        let changes = changes.of(stream);
        if !changes.is_empty() {
            *state.heads.of_mut(stream) += 1;
            events.push((stream, state.heads.of(stream), state.heads.total(), changes));
        }
    }
    Some(Reopened { by, ticket, events })
}

/// Gives a message the next numbers of its stream.
fn number<'a>(new: &'a NewMessage, ticket: TicketId, heads: &mut Position) -> PlannedMessage<'a> {
    *heads.of_mut(new.stream) += 1;
    PlannedMessage { new, ticket, id: MessageId(0), seq: heads.of(new.stream), pos: heads.total() }
}

/// The ticket and the stream must exist for the sender; gives what they see.
fn check_sender(new: &NewMessage, relation: Relation) -> Result<Visible, WriteError> {
    let viewer = new.sender.viewer();
    let visible = viewer.visible();
    let allowed = viewer.may_see(relation) && visible.includes(new.stream);
    if allowed { Ok(visible) } else { Err(WriteError::NotFound) }
}

fn check_digest(earlier: &Earlier, digest: &ContentDigest) -> Result<(), WriteError> {
    same_digest(&earlier.digest, digest)
}

fn same_digest(earlier: &[u8], digest: &ContentDigest) -> Result<(), WriteError> {
    if digest.matches(earlier) { Ok(()) } else { Err(Conflict::SameKeyOtherContent.into()) }
}

/// `heads` as the sender sees them, so that a refusal tells nothing of a hidden stream.
fn check_position(new: &NewMessage, heads: Position) -> Result<(), WriteError> {
    match new.if_position {
        Some(expected) if expected.is_passed_by(heads) => Err(Conflict::Moved(heads).into()),
        _ => Ok(()),
    }
}

/// An answer shows what it answers: that must be in the same ticket, visible to the sender, and never
/// an internal message under a public one.
fn check_reply(
    new: &NewMessage,
    ticket: TicketId,
    visible: Visible,
    known: &WriteFacts,
) -> Result<(), WriteError> {
    if new.reply_to.is_none() {
        return Ok(());
    }
    let (quoted_in, stream) = known.quoted.ok_or(WriteError::ReplyNotFound)?;
    let leaks = stream == Stream::Internal && new.stream == Stream::Public;
    let allowed = quoted_in == ticket && visible.includes(stream) && !leaks;
    if allowed { Ok(()) } else { Err(WriteError::ReplyNotFound) }
}

/// A first message is refused like any other; there is nothing yet that it could answer.
fn check_first_message(
    message: &NewMessage,
    ticket: &NewTicket,
    participants: &[&UserId],
) -> Result<(), WriteError> {
    let sender = &message.sender.id;
    let relation = if *sender == ticket.requester {
        Relation::Requester
    } else if participants.contains(&sender) {
        Relation::Participant
    } else {
        Relation::Stranger
    };
    check_sender(message, relation)?;
    if message.reply_to.is_some() { Err(WriteError::ReplyNotFound) } else { Ok(()) }
}

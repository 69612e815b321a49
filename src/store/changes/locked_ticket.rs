//! A ticket whose row this transaction holds: who may do what to it, and its counters.
//!
//! Owns the second check of access and the numbering of events that are no messages.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{ChangeError, Tx};
use crate::{
    domain::{
        Action, LogEntry, LogEvent, Position, Relation, Rule, Stream, TicketId, TicketStatus, Timestamp,
        User, access,
    },
    store::{
        db::{
            log_rows,
            rows::{damaged, stream_code},
            schema::{ticket_events, tickets},
        },
        error::{Conflict, WriteError},
        read,
    },
};

/// A ticket as it is now.
pub(super) struct Held {
    pub(super) id: TicketId,
    pub(super) requester: String,
    pub(super) assignee: Option<String>,
    pub(super) status: TicketStatus,
    pub(super) snoozed_until: Option<Timestamp>,
    /// What the caller is to it.
    pub(super) relation: Relation,
    pub(super) heads: Position,
}

impl Held {
    /// The ticket, if it exists for the actor; the server itself sees all.
    pub(super) fn take(tx: &mut Tx<'_>, id: TicketId) -> Result<Self, ChangeError> {
        type Row = (String, Option<String>, String, Option<i64>, i64, i64);
        let row: Option<Row> = tickets::table
            .find(id.0)
            .select((
                tickets::requester_id,
                tickets::assignee_id,
                tickets::status,
                tickets::snoozed_until,
                tickets::public_seq,
                tickets::internal_seq,
            ))
            .get_result(tx.connection)
            .optional()?;
        let Some((requester, assignee, status, snoozed_until, public, internal)) = row else {
            return Err(WriteError::NotFound.into());
        };
        let relation = match tx.actor {
            Some(actor) => read::access::relation(tx.connection, &actor.id, id, &requester)?,
            None => Relation::Stranger,
        };
        let held = Self {
            id,
            requester,
            assignee,
            status: status.parse::<TicketStatus>().map_err(|_| damaged("status"))?,
            snoozed_until: snoozed_until.map(Timestamp),
            relation,
            heads: Position { public, internal },
        };
        match tx.actor {
            Some(actor) if !actor.viewer().may_see(relation) => Err(WriteError::NotFound.into()),
            _ => Ok(held),
        }
    }

    /// What the table says of the actor doing this here.
    pub(super) fn rule(&self, tx: &Tx<'_>, action: Action) -> Rule {
        tx.actor.map_or(Rule::Allowed, |actor| access::rule(action, actor.role, self.relation))
    }

    /// Refuses if the ticket moved past what the caller knew of it.
    pub(super) fn check_position(
        &self,
        tx: &Tx<'_>,
        expected: Option<IfPosition>,
    ) -> Result<(), ChangeError> {
        let (Some(expected), Some(actor)) = (expected, tx.actor) else { return Ok(()) };
        let heads = self.heads.seen_by(actor.role.visible());
        if expected.is_passed_by(heads) {
            return Err(WriteError::from(Conflict::Moved(heads)).into());
        }
        Ok(())
    }

    /// Appends an event to a stream, moves the ticket on and notes the event among the effects. What is
    /// public moves `updated_at`; what is internal must not, for customers see that.
    pub(super) fn append(&mut self, tx: &mut Tx<'_>, stream: Stream, event: LogEvent) -> QueryResult<()> {
        *self.heads.of_mut(stream) += 1;
        let entry = LogEntry {
            ticket_id: self.id,
            stream,
            seq: self.heads.of(stream),
            pos: self.heads.total(),
            event,
        };
        insert(tx.connection, &entry, tx.actor, tx.now)?;
        let row = tickets::table.find(self.id.0);
        match stream {
            Stream::Public => diesel::update(row)
                .set((
                    tickets::public_seq.eq(entry.seq),
                    tickets::public_events.eq(tickets::public_events + 1),
                    tickets::updated_at.eq(tx.now.0),
                ))
                .execute(tx.connection)?,
            Stream::Internal => diesel::update(row)
                .set((
                    tickets::internal_seq.eq(entry.seq),
                    tickets::internal_events.eq(tickets::internal_events + 1),
                ))
                .execute(tx.connection)?,
        };
        tx.effects.entries.push(entry);
        Ok(())
    }
}

/// The position that a write was made for; a stream that is not named may have moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IfPosition {
    /// Of the public stream.
    pub public: Option<i64>,
    /// Of the internal stream.
    pub internal: Option<i64>,
}

impl IfPosition {
    /// Whether a ticket at `heads` has moved past it.
    pub(in crate::store) fn is_passed_by(self, heads: Position) -> bool {
        let moved = |expected: Option<i64>, head: i64| expected.is_some_and(|expected| head > expected);
        moved(self.public, heads.public) || moved(self.internal, heads.internal)
    }
}

/// Writes the row of an event that is no message.
pub(in crate::store) fn insert(
    connection: &mut crate::store::db::connection::AnyConnection,
    entry: &LogEntry,
    actor: Option<&User>,
    now: Timestamp,
) -> QueryResult<()> {
    let Some(columns) = log_rows::columns(&entry.event)? else { return Ok(()) };
    diesel::insert_into(ticket_events::table)
        .values((
            ticket_events::ticket_id.eq(entry.ticket_id.0),
            ticket_events::stream.eq(stream_code(entry.stream)),
            ticket_events::seq.eq(entry.seq),
            ticket_events::pos.eq(entry.pos),
            ticket_events::kind.eq(columns.kind.event()),
            ticket_events::actor_id.eq(actor.map(|actor| actor.id.as_str())),
            ticket_events::user_id.eq(columns.user_id),
            ticket_events::message_id.eq(columns.message_id.map(|id| id.0)),
            ticket_events::payload.eq(columns.payload),
            ticket_events::created_at.eq(now.0),
        ))
        .execute(connection)?;
    Ok(())
}

//! Tickets that a message reopens: the rows that tell of it.
//!
//! The same statements in both databases; that it happens is decided in `plan`.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::plan::Plan;
use crate::{
    domain::{LogEntry, LogEvent, Stream, TicketStatus, Timestamp},
    store::{
        changes::insert_event,
        db::{connection::AnyConnection, schema::tickets},
    },
};

/// What a message's reopening appended, by the place of the message among the planned ones.
pub(super) type Reopenings = HashMap<usize, Vec<LogEntry>>;

/// Writes the events, and the tickets' own rows.
pub(super) fn store(
    connection: &mut AnyConnection,
    plan: &Plan<'_>,
    now: Timestamp,
) -> QueryResult<Reopenings> {
    let mut reopenings = Reopenings::new();
    for reopened in &plan.reopened {
        let actor = &plan.messages[reopened.by].new.sender;
        let mut counts = [0_i64; 2];
        let mut entries = Vec::new();
        for (stream, seq, pos, changes) in &reopened.events {
            counts[usize::from(*stream == Stream::Internal)] += 1;
            let event = LogEvent::TicketUpdated { actor: Some(actor.clone()), changes: changes.clone() };
            let entry = LogEntry { ticket_id: reopened.ticket, stream: *stream, seq: *seq, pos: *pos, event };
            insert_event(connection, &entry, Some(actor), now)?;
            entries.push(entry);
        }
        let reopened_at = plan.touched.iter().find(|(id, _)| *id == reopened.ticket);
        diesel::update(tickets::table.find(reopened.ticket.0))
            .set((
                tickets::status.eq(TicketStatus::Open.as_str()),
                tickets::closed_at.eq(None::<i64>),
                tickets::snoozed_until.eq(None::<i64>),
                tickets::reopened_at.eq(reopened_at.and_then(|(_, state)| state.reopened_at)),
                tickets::public_events.eq(tickets::public_events + counts[0]),
                tickets::internal_events.eq(tickets::internal_events + counts[1]),
            ))
            .execute(connection)?;
        reopenings.insert(reopened.by, entries);
    }
    for ticket in &plan.answered {
        diesel::update(tickets::table.find(ticket.0))
            .set(tickets::reopened_at.eq(None::<i64>))
            .execute(connection)?;
    }
    Ok(reopenings)
}

//! Whether a commit happened whose answer was lost with the connection. PostgreSQL only: SQLite's
//! commits answer or fail.
//!
//! Owns the receipt that a transaction leaves with us before it commits.

use std::time::{Duration, Instant};

use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, PgExpressionMethods, QueryDsl, QueryResult,
    RunQueryDsl,
    sql_types::{Nullable, Text},
};

use super::plan::Plan;
use crate::{
    domain::{LogEntry, Timestamp, User},
    store::db::{
        connection::AnyConnection,
        log_rows,
        rows::stream_code,
        schema::{messages, ticket_events, tickets},
    },
};

const PAUSE: Duration = Duration::from_millis(20);

/// By what a transaction is found again.
#[derive(Clone, Debug, Default)]
pub(super) struct Receipt {
    /// The server's number of the transaction.
    transaction: Option<String>,
    /// A row that it inserted.
    row: Option<Evidence>,
}

/// A row that only this transaction can have inserted like that.
#[derive(Clone, Debug)]
pub(super) enum Evidence {
    /// By its digest.
    Message { id: i64, ticket: i64, digest: Vec<u8> },
    /// By its digest.
    Ticket { id: i64, digest: Vec<u8> },
    /// By its time, and by who did what: when ours did not commit, another server gives the number out.
    Event(Box<EventRow>),
}

/// The columns by which an event is found.
#[derive(Clone, Debug)]
pub(super) struct EventRow {
    ticket: i64,
    stream: i16,
    seq: i64,
    kind: &'static str,
    actor: Option<String>,
    message: Option<i64>,
    created_at: i64,
}

impl Evidence {
    /// Of what was planned together.
    pub(super) fn of_plan(plan: &Plan<'_>) -> Option<Self> {
        match (plan.messages.first(), plan.tickets.first()) {
            (Some(planned), _) => Some(Self::Message {
                id: planned.id.0,
                ticket: planned.ticket.0,
                digest: planned.new.digest.as_bytes().to_vec(),
            }),
            (None, Some(planned)) => {
                Some(Self::Ticket { id: planned.id.0, digest: planned.new.digest.as_bytes().to_vec() })
            }
            (None, None) => None,
        }
    }

    /// Of an event that a change appended now; `None` if the event has no row of its own.
    pub(super) fn of_entry(
        entry: &LogEntry,
        actor: Option<&User>,
        now: Timestamp,
    ) -> QueryResult<Option<Self>> {
        let columns = log_rows::columns(&entry.event)?;
        Ok(columns.map(|columns| {
            Self::Event(Box::new(EventRow {
                ticket: entry.ticket_id.0,
                stream: stream_code(entry.stream),
                seq: entry.seq,
                kind: columns.kind.event(),
                actor: actor.map(|actor| actor.id.as_str().to_owned()),
                message: columns.message_id.map(|id| id.0),
                created_at: now.0,
            }))
        }))
    }
}

/// Notes down how to find the running transaction again. One without evidence needs no finding: it can
/// be done again.
pub(super) fn receipt(connection: &mut PgConnection, evidence: Option<Evidence>) -> QueryResult<Receipt> {
    if evidence.is_none() {
        return Ok(Receipt::default());
    }
    let transaction: String =
        diesel::select(diesel::dsl::sql::<Text>("pg_current_xact_id()::text")).get_result(connection)?;
    Ok(Receipt { transaction: Some(transaction), row: evidence })
}

/// Whether the transaction committed; `None` if it is not decided within `patience`.
pub(super) fn happened(
    connection: &mut AnyConnection,
    receipt: &Receipt,
    patience: Duration,
) -> QueryResult<Option<bool>> {
    let (Receipt { transaction: Some(transaction), row: Some(row) }, AnyConnection::Postgres(connection)) =
        (receipt, connection)
    else {
        return Ok(Some(false));
    };
    // The old session may live on for a moment and still commit: not being there yet says nothing.
    let deadline = Instant::now() + patience;
    while is_running(connection, transaction)? {
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
    // A server that crashed may give the number, and the ids, to another transaction: the row decides.
    is_there(connection, row).map(Some)
}

fn is_running(connection: &mut PgConnection, transaction: &str) -> QueryResult<bool> {
    let status: Option<String> = diesel::select(
        diesel::dsl::sql::<Nullable<Text>>("pg_xact_status(").bind::<Text, _>(transaction).sql("::xid8)"),
    )
    .get_result(connection)
    // A number that was never given out, since a crash took it back, is an error to the server.
    .or_else(|error| if crate::store::db::fault::is_statement(&error) { Ok(None) } else { Err(error) })?;
    Ok(status.as_deref() == Some("in progress"))
}

fn is_there(connection: &mut PgConnection, row: &Evidence) -> QueryResult<bool> {
    let found: Option<i64> = match row {
        Evidence::Message { id, ticket, digest } => messages::table
            .find(id)
            .filter(messages::ticket_id.eq(ticket))
            .filter(messages::body_digest.eq(digest))
            .select(messages::id)
            .get_result(connection)
            .optional()?,
        Evidence::Ticket { id, digest } => tickets::table
            .find(id)
            .filter(tickets::client_ticket_digest.eq(digest))
            .select(tickets::id)
            .get_result(connection)
            .optional()?,
        Evidence::Event(row) => ticket_events::table
            .find((row.ticket, row.stream, row.seq))
            .filter(ticket_events::created_at.eq(row.created_at))
            .filter(ticket_events::kind.eq(row.kind))
            .filter(ticket_events::actor_id.is_not_distinct_from(row.actor.as_deref()))
            .filter(ticket_events::message_id.is_not_distinct_from(row.message))
            .select(ticket_events::ticket_id)
            .get_result(connection)
            .optional()?,
    };
    Ok(found.is_some())
}

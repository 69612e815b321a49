//! Whether a commit happened whose answer was lost with the connection. PostgreSQL only: SQLite's
//! commits answer or fail.
//!
//! Owns the receipt that a transaction leaves with us before it commits.

use std::time::{Duration, Instant};

use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{Nullable, Text},
};

use super::plan::Plan;
use crate::store::{
    connection::AnyConnection,
    schema::{messages, tickets},
};

const PAUSE: Duration = Duration::from_millis(20);

/// By what a transaction is found again.
#[derive(Clone, Debug, Default)]
pub(super) struct Receipt {
    /// The server's number of the transaction.
    transaction: Option<String>,
    /// A row that it inserted, with the digest in it.
    row: Option<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Message { id: i64, ticket: i64, digest: Vec<u8> },
    Ticket { id: i64, digest: Vec<u8> },
}

/// Notes down how to find the running transaction again. One that inserted nothing needs no finding:
/// it can be done again.
pub(super) fn receipt(connection: &mut PgConnection, plan: &Plan<'_>) -> QueryResult<Receipt> {
    let row = match (plan.messages.first(), plan.tickets.first()) {
        (Some(planned), _) => Row::Message {
            id: planned.id.0,
            ticket: planned.ticket.0,
            digest: planned.new.digest.as_bytes().to_vec(),
        },
        (None, Some(planned)) => {
            Row::Ticket { id: planned.id.0, digest: planned.new.digest.as_bytes().to_vec() }
        }
        (None, None) => return Ok(Receipt::default()),
    };
    let transaction: String =
        diesel::select(diesel::dsl::sql::<Text>("pg_current_xact_id()::text")).get_result(connection)?;
    Ok(Receipt { transaction: Some(transaction), row: Some(row) })
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
    .or_else(|error| if crate::store::fault::is_statement(&error) { Ok(None) } else { Err(error) })?;
    Ok(status.as_deref() == Some("in progress"))
}

fn is_there(connection: &mut PgConnection, row: &Row) -> QueryResult<bool> {
    let found: Option<i64> = match row {
        Row::Message { id, ticket, digest } => messages::table
            .find(id)
            .filter(messages::ticket_id.eq(ticket))
            .filter(messages::body_digest.eq(digest))
            .select(messages::id)
            .get_result(connection)
            .optional()?,
        Row::Ticket { id, digest } => tickets::table
            .find(id)
            .filter(tickets::client_ticket_digest.eq(digest))
            .select(tickets::id)
            .get_result(connection)
            .optional()?,
    };
    Ok(found.is_some())
}

//! Fills the search index where it is missing, or was made with other words.
//!
//! Owns the walk over everything; runs when the store is opened, before anything else does.

use diesel::{
    Connection, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, connection::SimpleConnection,
};

use super::{entries::VERSION, index};
use crate::{
    domain::{MessageId, TicketId},
    store::db::{
        connection::AnyConnection,
        meta,
        rows::stream_of,
        schema::{messages, tickets},
    },
};

/// The row of `meta` that says with which words the index was made.
const INDEXED: &str = "search_index";

/// Rows that are read at a time.
const PAGE: i64 = 2_000;

/// Makes the index anew unless it is as this program would make it.
pub(in crate::store) fn ensure(connection: &mut AnyConnection) -> QueryResult<()> {
    if meta::get(connection, INDEXED)?.as_deref() == Some(VERSION) {
        return Ok(());
    }
    connection.transaction(|connection| {
        clear(connection)?;
        let (tickets, messages) = (index_tickets(connection)?, index_messages(connection)?);
        if tickets > 0 {
            tracing::info!(tickets, messages, "made the search index");
        }
        meta::put(connection, INDEXED, VERSION)
    })
}

fn clear(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => connection.batch_execute(
            "INSERT INTO message_search (message_search) VALUES ('delete-all'); \
             INSERT INTO ticket_search (ticket_search) VALUES ('delete-all');",
        ),
        AnyConnection::Postgres(connection) => {
            connection.batch_execute("DELETE FROM message_search; DELETE FROM ticket_search;")
        }
    }
}

fn index_tickets(connection: &mut AnyConnection) -> QueryResult<usize> {
    let (mut count, mut last) = (0, 0);
    loop {
        let rows: Vec<(i64, String)> = tickets::table
            .filter(tickets::id.gt(last))
            .order(tickets::id)
            .limit(PAGE)
            .select((tickets::id, tickets::subject))
            .load(connection)?;
        let Some((id, _)) = rows.last() else { return Ok(count) };
        last = *id;
        count += rows.len();
        for (id, subject) in rows {
            index::index_subject(connection, TicketId(id), &subject)?;
        }
    }
}

fn index_messages(connection: &mut AnyConnection) -> QueryResult<usize> {
    let (mut count, mut last) = (0, 0);
    loop {
        let rows: Vec<(i64, i64, i16, String)> = messages::table
            .filter(messages::id.gt(last))
            .filter(messages::deleted_at.is_null())
            .order(messages::id)
            .limit(PAGE)
            .select((messages::id, messages::ticket_id, messages::stream, messages::body))
            .load(connection)?;
        let Some((id, ..)) = rows.last() else { return Ok(count) };
        last = *id;
        count += rows.len();
        for (id, ticket, stream, body) in rows {
            index::add(connection, MessageId(id), (TicketId(ticket), stream_of(stream)?), &body)?;
        }
    }
}

//! Messages, complete with sender and attachments.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::{
    super::{
        connection::{AnyConnection, snapshot},
        rows::{MessageRow, UserRow, stream_code},
        schema::{messages, users},
    },
    attachments,
};
use crate::domain::{Message, MessageId, Position, Stream, TicketId, Visible};

/// What follows `after` in the visible streams, in the one order of the ticket, at most `limit`.
///
/// Of each stream it gives a run without a gap that begins right behind `after`.
pub(in crate::store) fn events_after(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    after: Position,
    limit: usize,
) -> QueryResult<Vec<Message>> {
    let read = |connection: &mut AnyConnection| {
        let mut rows = Vec::new();
        for &stream in visible.streams() {
            rows.extend(behind(connection, ticket, stream, after.of(stream), limit)?);
        }
        merge(&mut rows);
        // Cut off by place, what is left of each stream is still a run.
        rows.truncate(limit);
        complete(connection, rows)
    };
    // A single stream needs no unchanging view: one statement reads it.
    if visible.streams().len() == 1 { read(connection) } else { snapshot(connection, read) }
}

type Row = (MessageRow, UserRow);

fn behind(
    connection: &mut AnyConnection,
    ticket: TicketId,
    stream: Stream,
    seq: i64,
    limit: usize,
) -> QueryResult<Vec<Row>> {
    messages::table
        .inner_join(users::table)
        .filter(messages::ticket_id.eq(ticket.0))
        .filter(messages::stream.eq(stream_code(stream)))
        .filter(messages::seq.gt(seq))
        .order(messages::seq)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((MessageRow::as_select(), UserRow::as_select()))
        .load(connection)
}

/// The messages of a stream from one sequence number to another, both included.
pub(super) fn range(
    connection: &mut AnyConnection,
    ticket: TicketId,
    stream: Stream,
    from: i64,
    to: i64,
) -> QueryResult<Vec<Row>> {
    messages::table
        .inner_join(users::table)
        .filter(messages::ticket_id.eq(ticket.0))
        .filter(messages::stream.eq(stream_code(stream)))
        .filter(messages::seq.ge(from))
        .filter(messages::seq.le(to))
        .order(messages::seq)
        .select((MessageRow::as_select(), UserRow::as_select()))
        .load(connection)
}

/// Messages by their ids, in any order.
pub(in crate::store) fn by_ids(
    connection: &mut AnyConnection,
    ids: &[MessageId],
) -> QueryResult<Vec<Message>> {
    let rows = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq_any(ids.iter().map(|id| id.0)))
        .select((MessageRow::as_select(), UserRow::as_select()))
        .load(connection)?;
    complete(connection, rows)
}

/// The first message of a ticket, in whichever stream it is.
pub(in crate::store) fn first(
    connection: &mut AnyConnection,
    ticket: TicketId,
) -> QueryResult<Option<Message>> {
    let mut rows = Vec::new();
    for stream in Stream::ALL {
        rows.extend(range(connection, ticket, stream, 1, 1)?);
    }
    rows.retain(|(message, _)| message.pos == 1);
    Ok(complete(connection, rows)?.pop())
}

/// Puts the rows of several streams into the one order of their ticket.
pub(super) fn merge(rows: &mut [Row]) {
    rows.sort_unstable_by_key(|(message, _)| message.pos);
}

/// Adds the attachments, which are asked for only if there are any.
pub(super) fn complete(connection: &mut AnyConnection, rows: Vec<Row>) -> QueryResult<Vec<Message>> {
    let with_attachments: Vec<i64> =
        rows.iter().filter(|(row, _)| row.has_attachments()).map(|(row, _)| row.id).collect();
    let mut found = attachments::of_messages(connection, &with_attachments)?;
    rows.into_iter()
        .map(|(row, sender)| {
            let attachments = found.remove(&row.id).unwrap_or_default();
            row.into_message(sender, attachments)
        })
        .collect()
}

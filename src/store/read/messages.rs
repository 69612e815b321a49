//! Messages, complete with sender and attachments.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};
use strum::VariantArray;

use super::{attachments, reactions, receipts};
use crate::{
    domain::{Message, MessageId, Stream, TicketId, saturating_i64},
    store::db::{
        connection::AnyConnection,
        rows::{MessageRow, UserRow, stream_code},
        schema::{messages, users},
    },
};

pub(super) type Row = (MessageRow, UserRow);

pub(super) fn behind(
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
        .limit(saturating_i64(limit))
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
    for &stream in Stream::VARIANTS {
        rows.extend(range(connection, ticket, stream, 1, 1)?);
    }
    rows.retain(|(message, _)| message.pos == 1);
    Ok(complete(connection, rows)?.pop())
}

/// Puts the rows of several streams into the one order of their ticket.
pub(super) fn merge(rows: &mut [Row]) {
    rows.sort_unstable_by_key(|(message, _)| message.pos);
}

/// Adds what other tables hold, which is asked for only if there is any.
pub(super) fn complete(connection: &mut AnyConnection, rows: Vec<Row>) -> QueryResult<Vec<Message>> {
    let ids = |wanted: fn(&MessageRow) -> bool| -> Vec<i64> {
        rows.iter().filter(|(row, _)| wanted(row)).map(|(row, _)| row.id).collect()
    };
    let mut attachments = attachments::of_messages(connection, &ids(MessageRow::has_attachments))?;
    let mut reactions = reactions::of_messages(connection, &ids(MessageRow::has_reactions))?;
    let mut messages: Vec<Message> = rows
        .into_iter()
        .map(|(row, sender)| {
            let attachments = attachments.remove(&row.id).unwrap_or_default();
            let reactions = reactions.remove(&row.id).unwrap_or_default();
            row.into_message(sender, attachments, reactions)
        })
        .collect::<QueryResult<_>>()?;
    receipts::set_statuses(connection, &mut messages)?;
    Ok(messages)
}

//! Pages of a ticket's messages.
//!
//! A page is found in the index first, as a run of sequence numbers in each visible stream, and read
//! then. Inside a ticket the order of ids is the order of places, so ids alone merge the streams.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};
use strum::VariantArray;

use super::{
    access,
    messages::{complete, merge, range},
};
use crate::{
    domain::{Message, MessageId, Position, Stream, TicketId, Viewer, Visible, saturating_i64},
    store::db::{
        connection::AnyConnection,
        rows::{stream_code, stream_of},
        schema::{messages, tickets},
    },
};

/// Which messages to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub limit: usize,
    /// From where.
    pub cursor: Cursor,
}

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Ends so many messages before the newest.
    Offset(u64),
    /// Ends right before this message.
    Before(MessageId),
    /// Begins right after this message.
    After(MessageId),
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// How many messages the viewer sees in the whole ticket.
    pub total: u64,
    /// There are more beyond the page, in the direction of the cursor.
    pub has_more: bool,
    /// The heads of the ticket that this page was read at, of both streams whoever asks.
    pub position: Position,
}

/// A page of a ticket that the viewer may see; `None` for any other. Call it in a snapshot.
pub(in crate::store) fn history(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ticket: TicketId,
    page: Page,
) -> QueryResult<Option<History>> {
    let Some(position) = access::position(connection, viewer, ticket)? else { return Ok(None) };
    let visible = viewer.visible();
    // Every number of a stream is a message or another event, and those are counted.
    let events: (i64, i64) = tickets::table
        .find(ticket.0)
        .select((tickets::public_events, tickets::internal_events))
        .get_result(connection)?;
    let events = Position { public: events.0, internal: events.1 };
    let messages = position.seen_by(visible).total() - events.seen_by(visible).total();
    let total = u64::try_from(messages).unwrap_or(0);
    let (keys, has_more) = match page.cursor {
        Cursor::Offset(offset) if offset >= total => (Vec::new(), false),
        Cursor::Offset(offset) => {
            let skip = usize::try_from(offset).unwrap_or(usize::MAX);
            older(connection, ticket, visible, position, skip, page.limit)?
        }
        Cursor::Before(id) => {
            let end = cut(connection, ticket, visible, position, id, false)?;
            older(connection, ticket, visible, end, 0, page.limit)?
        }
        Cursor::After(id) => {
            let start = cut(connection, ticket, visible, position, id, true)?;
            newer(connection, ticket, visible, start, page.limit)?
        }
    };
    let messages = read(connection, ticket, visible, &keys)?;
    Ok(Some(History { messages, total, has_more, position }))
}

/// Where a message stands, as the index has it.
struct Key {
    stream: Stream,
    seq: i64,
    id: i64,
}

/// The heads of both streams when message `id` came, without it or with it.
fn cut(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    heads: Position,
    id: MessageId,
    with: bool,
) -> QueryResult<Position> {
    let row: Option<(i64, i16, i64, i64)> = messages::table
        .find(id.0)
        .select((messages::ticket_id, messages::stream, messages::seq, messages::pos))
        .get_result(connection)
        .optional()?;
    let mut cut = heads;
    if let Some((_, stream, seq, pos)) = row.filter(|row| row.0 == ticket.0) {
        let own = stream_of(stream)?;
        for &stream in Stream::VARIANTS {
            *cut.of_mut(stream) = if stream == own { seq - i64::from(!with) } else { pos - seq };
        }
        return Ok(cut);
    }
    // Not a message of this ticket: its id still has a place among the ids.
    for &stream in visible.streams() {
        let last: Option<i64> = messages::table
            .filter(messages::ticket_id.eq(ticket.0))
            .filter(messages::stream.eq(stream_code(stream)))
            .filter(messages::id.lt(id.0))
            .select(diesel::dsl::max(messages::seq))
            .get_result(connection)?;
        *cut.of_mut(stream) = last.unwrap_or(0);
    }
    Ok(cut)
}

/// The last `limit` up to `end`, after skipping the last `skip`; and whether there are older ones.
fn older(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    end: Position,
    skip: usize,
    limit: usize,
) -> QueryResult<(Vec<Key>, bool)> {
    let wanted = skip.saturating_add(limit).saturating_add(1);
    let mut keys = Vec::new();
    for &stream in visible.streams() {
        let rows: Vec<(i64, i64)> = messages::table
            .filter(messages::ticket_id.eq(ticket.0))
            .filter(messages::stream.eq(stream_code(stream)))
            .filter(messages::seq.le(end.of(stream)))
            .order(messages::seq.desc())
            .limit(saturating_i64(wanted))
            .select((messages::seq, messages::id))
            .load(connection)?;
        keys.extend(rows.into_iter().map(|(seq, id)| Key { stream, seq, id }));
    }
    keys.sort_unstable_by_key(|key| std::cmp::Reverse(key.id));
    let has_more = keys.len() >= wanted;
    Ok((keys.into_iter().skip(skip).take(limit).collect(), has_more))
}

/// The first `limit` behind `start`; and whether there are newer ones.
fn newer(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    start: Position,
    limit: usize,
) -> QueryResult<(Vec<Key>, bool)> {
    let wanted = limit.saturating_add(1);
    let mut keys = Vec::new();
    for &stream in visible.streams() {
        let rows: Vec<(i64, i64)> = messages::table
            .filter(messages::ticket_id.eq(ticket.0))
            .filter(messages::stream.eq(stream_code(stream)))
            .filter(messages::seq.gt(start.of(stream)))
            .order(messages::seq)
            .limit(saturating_i64(wanted))
            .select((messages::seq, messages::id))
            .load(connection)?;
        keys.extend(rows.into_iter().map(|(seq, id)| Key { stream, seq, id }));
    }
    keys.sort_unstable_by_key(|key| key.id);
    let has_more = keys.len() >= wanted;
    keys.truncate(limit);
    Ok((keys, has_more))
}

/// Reads the messages of the keys, which are a run of numbers in each stream.
fn read(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    keys: &[Key],
) -> QueryResult<Vec<Message>> {
    let mut rows = Vec::with_capacity(keys.len());
    for &stream in visible.streams() {
        let numbers = || keys.iter().filter(|key| key.stream == stream).map(|key| key.seq);
        if let (Some(from), Some(to)) = (numbers().min(), numbers().max()) {
            rows.extend(range(connection, ticket, stream, from, to)?);
        }
    }
    merge(&mut rows);
    complete(connection, rows)
}

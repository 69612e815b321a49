//! A ticket's log: its messages and its other events, as one.
//!
//! Owns the merge. A message is an event of its own; the others are rows of `ticket_events`.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};

use super::{
    messages::{self, behind},
    users,
};
use crate::{
    domain::{
        EventPlace, LogEntry, LogKind, Message, MessageId, Position, Stream, TicketId, User, UserId, Visible,
        saturating_i64,
    },
    store::db::{
        connection::{AnyConnection, snapshot},
        log_rows::Payload,
        rows::{damaged, stream_code, stream_of, user_id},
        schema::ticket_events,
    },
};

/// What follows `after` in the visible streams, in the one order of the ticket, at most `limit`.
///
/// Of each stream it gives a run without a gap that begins right behind `after`.
pub(in crate::store) fn events_after(
    connection: &mut AnyConnection,
    ticket: TicketId,
    visible: Visible,
    after: Position,
    limit: usize,
) -> QueryResult<Vec<LogEntry>> {
    // One view, for an entry is made of several tables.
    snapshot(connection, |connection| {
        let mut rows = Vec::new();
        for &stream in visible.streams() {
            let seq = after.of(stream);
            rows.extend(behind(connection, ticket, stream, seq, limit)?.into_iter().map(Row::Message));
            rows.extend(events_behind(connection, ticket, stream, seq, limit)?.into_iter().map(Row::Event));
        }
        rows.sort_unstable_by_key(Row::pos);
        // Cut off by place, what is left of each stream is still a run.
        rows.truncate(limit);
        complete(connection, rows)
    })
}

/// The entry at a place.
pub(in crate::store) fn entry(
    connection: &mut AnyConnection,
    place: EventPlace,
) -> QueryResult<Option<LogEntry>> {
    let EventPlace { ticket_id, stream, seq } = place;
    snapshot(connection, |connection| {
        let before = seq.saturating_sub(1);
        let mut rows: Vec<Row> =
            behind(connection, ticket_id, stream, before, 1)?.into_iter().map(Row::Message).collect();
        rows.extend(events_behind(connection, ticket_id, stream, before, 1)?.into_iter().map(Row::Event));
        Ok(complete(connection, rows)?.into_iter().find(|entry| entry.seq == seq))
    })
}

enum Row {
    Message(messages::Row),
    Event(EventRow),
}

impl Row {
    fn pos(&self) -> i64 {
        match self {
            Self::Message((message, _)) => message.pos,
            Self::Event(event) => event.pos,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = ticket_events)]
struct EventRow {
    ticket_id: i64,
    stream: i16,
    seq: i64,
    pos: i64,
    kind: String,
    actor_id: Option<String>,
    user_id: Option<String>,
    message_id: Option<i64>,
    payload: String,
}

fn events_behind(
    connection: &mut AnyConnection,
    ticket: TicketId,
    stream: Stream,
    seq: i64,
    limit: usize,
) -> QueryResult<Vec<EventRow>> {
    ticket_events::table
        .filter(ticket_events::ticket_id.eq(ticket.0))
        .filter(ticket_events::stream.eq(stream_code(stream)))
        .filter(ticket_events::seq.gt(seq))
        .order(ticket_events::seq)
        .limit(saturating_i64(limit))
        .select(EventRow::as_select())
        .load(connection)
}

/// Adds the messages and the people that the rows name.
fn complete(connection: &mut AnyConnection, rows: Vec<Row>) -> QueryResult<Vec<LogEntry>> {
    let mut sent = Vec::new();
    let mut events = Vec::new();
    for row in rows {
        match row {
            Row::Message(row) => sent.push(row),
            Row::Event(row) => events.push(row),
        }
    }
    let mut entries: Vec<LogEntry> = messages::complete(connection, sent)?
        .into_iter()
        .map(|message| LogEntry::sent(Arc::new(message)))
        .collect();
    if events.is_empty() {
        return Ok(entries);
    }
    let named = Named::load(connection, &events)?;
    for row in events {
        entries.push(named.entry(row)?);
    }
    entries.sort_unstable_by_key(|entry| entry.pos);
    Ok(entries)
}

/// What events name.
struct Named {
    users: HashMap<UserId, User>,
    messages: HashMap<MessageId, Arc<Message>>,
}

impl Named {
    fn load(connection: &mut AnyConnection, events: &[EventRow]) -> QueryResult<Self> {
        let ids: BTreeSet<&str> = events
            .iter()
            .flat_map(|row| [&row.actor_id, &row.user_id])
            .flatten()
            .map(String::as_str)
            .collect();
        let users = users::by_ids(connection, ids)?;
        // Only an edit shows its message.
        let ids: BTreeSet<i64> = events
            .iter()
            .filter(|row| LogKind::parse(&row.kind) == Some(LogKind::MessageEdited))
            .filter_map(|row| row.message_id)
            .collect();
        let ids: Vec<MessageId> = ids.into_iter().map(MessageId).collect();
        let messages = messages::by_ids(connection, &ids)?;
        let messages = messages.into_iter().map(|message| (message.id, Arc::new(message))).collect();
        Ok(Self { users, messages })
    }

    fn entry(&self, row: EventRow) -> QueryResult<LogEntry> {
        let kind = LogKind::parse(&row.kind).ok_or_else(|| damaged("kind of event"))?;
        let user = |id: Option<&str>| -> QueryResult<Option<User>> {
            let Some(id) = id else { return Ok(None) };
            let found = self.users.get(&user_id(id)?).cloned();
            found.map(Some).ok_or_else(|| damaged("event of an unknown user"))
        };
        let payload = Payload {
            actor: user(row.actor_id.as_deref())?,
            user: user(row.user_id.as_deref())?,
            message: row.message_id.and_then(|id| self.messages.get(&MessageId(id)).cloned()),
            message_id: row.message_id.map(MessageId),
            json: &row.payload,
        };
        Ok(LogEntry {
            ticket_id: TicketId(row.ticket_id),
            stream: stream_of(row.stream)?,
            seq: row.seq,
            pos: row.pos,
            event: payload.event(kind)?,
        })
    }
}

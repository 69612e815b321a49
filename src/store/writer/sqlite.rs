//! A batch's statements on SQLite: one row each, prepared once, so that nothing is parsed twice.
//!
//! Runs inside an IMMEDIATE transaction: nobody else writes meanwhile, so there is nothing to lock.

use std::{collections::hash_map::Entry, marker::PhantomData};

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SqliteConnection,
    dsl::exists,
    sql_types::{BigInt, Binary, Nullable, SmallInt, Text},
};

use super::{
    facts::{Earlier, Facts, TicketColumns, TicketState, messages, participation_decides},
    plan::{Plan, PlannedMessage},
};
use crate::{
    domain::TicketId,
    store::{
        db::{
            rows::{stream_code, stream_of},
            schema::{attachments, messages as message_table, participants, tickets},
            statement::statement,
        },
        search::index,
        write::{NewMessage, Write},
    },
};

diesel::table! {
    /// SQLite's own: the highest id that each table ever had.
    sqlite_sequence (name) {
        name -> Text,
        seq -> BigInt,
    }
}

/// Looks up what is known about the messages of a batch.
pub(super) fn load(
    connection: &mut SqliteConnection,
    writes: &[Write],
    facts: &mut Facts,
) -> QueryResult<()> {
    for (place, new) in messages(writes) {
        let state = match facts.tickets.entry(new.ticket_id.0) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => match ticket(connection, new.ticket_id.0)? {
                Some(state) => unknown.insert(state),
                None => continue,
            },
        };
        let known = &mut facts.of_writes[place];
        if participation_decides(new, &state.requester) {
            known.participates = participates(connection, new)?;
        }
        known.earlier = earlier(connection, new)?;
        if let Some(id) = new.reply_to {
            let row: Option<(i64, i16)> = message_table::table
                .find(id.0)
                .select((message_table::ticket_id, message_table::stream))
                .get_result(connection)
                .optional()?;
            known.quoted = row
                .map(|(id, code)| Ok::<_, diesel::result::Error>((TicketId(id), stream_of(code)?)))
                .transpose()?;
        }
    }
    Ok(())
}

fn ticket(connection: &mut SqliteConnection, id: i64) -> QueryResult<Option<TicketState>> {
    let row: Option<TicketColumns> = tickets::table
        .find(id)
        .select((
            tickets::id,
            tickets::requester_id,
            tickets::public_seq,
            tickets::internal_seq,
            tickets::last_message_at,
            tickets::status,
            tickets::assignee_id,
            tickets::snoozed_until,
            tickets::reopened_at,
            exists(participants::table.filter(participants::ticket_id.eq(tickets::id))),
        ))
        .get_result(connection)
        .optional()?;
    row.map(TicketState::new).transpose()
}

fn participates(connection: &mut SqliteConnection, new: &NewMessage) -> QueryResult<bool> {
    let row: Option<i64> = participants::table
        .find((new.ticket_id.0, new.sender.id.as_str()))
        .select(participants::ticket_id)
        .get_result(connection)
        .optional()?;
    Ok(row.is_some())
}

fn earlier(connection: &mut SqliteConnection, new: &NewMessage) -> QueryResult<Option<Earlier>> {
    let Some(key) = &new.client_message_id else { return Ok(None) };
    let row: Option<(i64, Vec<u8>)> = message_table::table
        .filter(message_table::ticket_id.eq(new.ticket_id.0))
        .filter(message_table::sender_id.eq(new.sender.id.as_str()))
        .filter(message_table::client_message_id.eq(key.as_str()))
        .select((message_table::id, message_table::body_digest))
        .get_result(connection)
        .optional()?;
    Ok(row.map(|(id, digest)| Earlier { id, digest }))
}

/// The next `count` ids of a table. AUTOINCREMENT moves the sequence on when they are inserted.
pub(super) fn next_ids(
    connection: &mut SqliteConnection,
    table: &str,
    count: usize,
) -> QueryResult<Vec<i64>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let last: Option<i64> = sqlite_sequence::table
        .filter(sqlite_sequence::name.eq(table))
        .select(sqlite_sequence::seq)
        .get_result(connection)
        .optional()?;
    Ok((last.unwrap_or(0) + 1..).take(count).collect())
}

statement! {
    /// Inserts a message.
    InsertMessage => () {
        "INSERT INTO messages (id, ticket_id, stream, seq, pos, sender_id, client_message_id, body_digest, \
         body, reply_to, attachments, created_at) VALUES ("
        id: i64 => BigInt,
        ", " ticket: i64 => BigInt,
        ", " stream: i16 => SmallInt,
        ", " seq: i64 => BigInt,
        ", " pos: i64 => BigInt,
        ", " sender: &'a str => Text,
        ", " key: Option<&'a str> => Nullable<Text>,
        ", " digest: &'a [u8] => Binary,
        ", " body: &'a str => Text,
        ", " reply_to: Option<i64> => Nullable<BigInt>,
        ", " attachments: i16 => SmallInt,
        ", " now: i64 => BigInt,
        ; ")"
    }
}

statement! {
    /// Moves a ticket on. When it was updated tells customers nothing of internal messages.
    MoveTicket => () {
        "UPDATE tickets SET public_seq = " public: i64 => BigInt,
        ", internal_seq = " internal: i64 => BigInt,
        ", last_message_at = " last_message_at: Option<i64> => Nullable<BigInt>,
        ", updated_at = MAX(updated_at, " public_activity: i64 => BigInt,
        ") WHERE id = " id: i64 => BigInt,
        ; ""
    }
}

/// Inserts the messages and moves their tickets on.
pub(super) fn store(connection: &mut SqliteConnection, plan: &Plan<'_>, now: i64) -> QueryResult<()> {
    for planned in &plan.messages {
        insert_message(connection, planned, now)?;
        let PlannedMessage { new, ticket, id, .. } = planned;
        index::add_sqlite(connection, *id, (*ticket, new.stream), new.body.as_str())?;
    }
    for (id, state) in &plan.touched {
        let move_on = MoveTicket {
            public: state.heads.public,
            internal: state.heads.internal,
            last_message_at: state.last_message_at,
            public_activity: state.last_message_at.unwrap_or(0),
            id: id.0,
            lifetime: PhantomData,
        };
        move_on.execute(connection)?;
    }
    Ok(())
}

fn insert_message(
    connection: &mut SqliteConnection,
    planned: &PlannedMessage<'_>,
    now: i64,
) -> QueryResult<()> {
    let PlannedMessage { new, ticket, id, seq, pos } = planned;
    let insert = InsertMessage {
        id: id.0,
        ticket: ticket.0,
        stream: stream_code(new.stream),
        seq: *seq,
        pos: *pos,
        sender: new.sender.id.as_str(),
        key: new.client_message_id.as_ref().map(|key| key.as_str()),
        digest: new.digest.as_bytes(),
        body: new.body.as_str(),
        reply_to: new.reply_to.map(|id| id.0),
        attachments: i16::try_from(new.attachments.len()).unwrap_or(i16::MAX),
        now,
        lifetime: PhantomData,
    };
    insert.execute(connection)?;
    insert_attachments(connection, planned, now)
}

fn insert_attachments(
    connection: &mut SqliteConnection,
    planned: &PlannedMessage<'_>,
    now: i64,
) -> QueryResult<()> {
    for (attachment, ordinal) in planned.new.attachments.iter().zip(0_i16..) {
        let shown = attachment.shown();
        diesel::insert_into(attachments::table)
            .values((
                attachments::id.eq(shown.id.as_str()),
                attachments::ticket_id.eq(planned.ticket.0),
                attachments::message_id.eq(planned.id.0),
                attachments::uploader_id.eq(planned.new.sender.id.as_str()),
                attachments::name.eq(&shown.name),
                attachments::media_type.eq(&shown.media_type),
                attachments::size.eq(shown.size),
                attachments::sha256.eq(attachment.sha256()),
                attachments::link.eq(shown.link.as_deref()),
                attachments::ordinal.eq(ordinal),
                attachments::created_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(())
}

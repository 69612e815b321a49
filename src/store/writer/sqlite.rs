//! A batch's statements on SQLite: one row each, prepared once, so that nothing is parsed twice.
//!
//! Runs inside an IMMEDIATE transaction: nobody else writes meanwhile, so there is nothing to lock.

use std::collections::hash_map::Entry;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SqliteConnection};

use super::{
    facts::{Earlier, Facts, TicketState, messages, participation_decides},
    plan::{Plan, PlannedMessage},
};
use crate::{
    domain::{Position, TicketId},
    store::{
        rows::{stream_code, stream_of},
        schema::{attachments, messages as message_table, participants, tickets},
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
                .first(connection)
                .optional()?;
            known.quoted = row
                .map(|(id, code)| Ok::<_, diesel::result::Error>((TicketId(id), stream_of(code)?)))
                .transpose()?;
        }
    }
    Ok(())
}

fn ticket(connection: &mut SqliteConnection, id: i64) -> QueryResult<Option<TicketState>> {
    let row: Option<(String, i64, i64, Option<i64>)> = tickets::table
        .find(id)
        .select((tickets::requester_id, tickets::public_seq, tickets::internal_seq, tickets::last_message_at))
        .first(connection)
        .optional()?;
    Ok(row.map(|(requester, public, internal, last_message_at)| TicketState {
        requester,
        heads: Position { public, internal },
        last_message_at,
        touched: false,
    }))
}

fn participates(connection: &mut SqliteConnection, new: &NewMessage) -> QueryResult<bool> {
    let row: Option<i64> = participants::table
        .find((new.ticket_id.0, new.sender.id.as_str()))
        .select(participants::ticket_id)
        .first(connection)
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
        .first(connection)
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
        .first(connection)
        .optional()?;
    Ok((last.unwrap_or(0) + 1..).take(count).collect())
}

/// Inserts the messages and moves their tickets on.
pub(super) fn store(connection: &mut SqliteConnection, plan: &Plan<'_>, now: i64) -> QueryResult<()> {
    for planned in &plan.messages {
        insert_message(connection, planned, now)?;
    }
    for (id, state) in &plan.touched {
        diesel::update(tickets::table.find(id.0))
            .set((
                tickets::public_seq.eq(state.heads.public),
                tickets::internal_seq.eq(state.heads.internal),
                tickets::updated_at.eq(now),
                tickets::last_message_at.eq(state.last_message_at),
            ))
            .execute(connection)?;
    }
    Ok(())
}

fn insert_message(
    connection: &mut SqliteConnection,
    planned: &PlannedMessage<'_>,
    now: i64,
) -> QueryResult<()> {
    let PlannedMessage { new, ticket, id, seq, pos } = planned;
    diesel::insert_into(message_table::table)
        .values((
            message_table::id.eq(id.0),
            message_table::ticket_id.eq(ticket.0),
            message_table::stream.eq(stream_code(new.stream)),
            message_table::seq.eq(seq),
            message_table::pos.eq(pos),
            message_table::sender_id.eq(new.sender.id.as_str()),
            message_table::client_message_id.eq(new.client_message_id.as_ref().map(|key| key.as_str())),
            message_table::body_digest.eq(&new.digest.as_bytes()[..]),
            message_table::body.eq(new.body.as_str()),
            message_table::reply_to.eq(new.reply_to.map(|id| id.0)),
            message_table::attachments.eq(i16::try_from(new.attachments.len()).unwrap_or(i16::MAX)),
            message_table::created_at.eq(now),
        ))
        .execute(connection)?;
    for (attachment, ordinal) in new.attachments.iter().zip(0_i16..) {
        let shown = attachment.shown();
        diesel::insert_into(attachments::table)
            .values((
                attachments::id.eq(shown.id.as_str()),
                attachments::ticket_id.eq(ticket.0),
                attachments::message_id.eq(id.0),
                attachments::uploader_id.eq(new.sender.id.as_str()),
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

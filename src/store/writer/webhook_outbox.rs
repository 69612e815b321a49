//! Records for each webhook what is about to be committed: the rows by which it will be told.
//!
//! In the same transaction, so that a row is there if and only if the event is. Owns which webhook gets
//! which event, and that of one ticket only the first that waits may be tried. Without webhooks nothing is
//! looked at. The rows of tickets are locked by then (see `postgres`).

use std::{collections::HashSet, marker::PhantomData};

use diesel::{
    PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    sql_types::{BigInt, SmallInt, Text},
};

use super::{postgres_statements::InsertDeliveries, queued::Results};
use crate::{
    domain::{EventPlace, Stream, Timestamp, WebhookEvent, WebhookFilter, WebhookId},
    store::{
        changes::event_id,
        db::{connection::AnyConnection, rows::stream_code, statement::statement},
        effects::Effects,
    },
};

statement! {
    /// Inserts a delivery, which is due unless it has to wait for another of its ticket.
    InsertDelivery => () {
        "INSERT INTO webhook_deliveries (webhook_id, ticket_id, created_at, queued_at, event_id, event, \
         stream, seq, pos, next_attempt_at) VALUES ("
        webhook: i64 => BigInt,
        ", " ticket: i64 => BigInt,
        ", " now: i64 => BigInt,
        ", ?3, " event_id: &'a str => Text,
        ", " event: &'a str => Text,
        ", " stream: i16 => SmallInt,
        ", " seq: i64 => BigInt,
        ", " pos: i64 => BigInt,
        ; ", CASE WHEN EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = ?1 \
           AND d.ticket_id = ?2 AND d.forget_at IS NULL) THEN NULL ELSE ?3 END)"
    }
}

/// An event that webhooks are told of.
#[derive(Clone, Copy)]
struct Told {
    event: WebhookEvent,
    place: EventPlace,
    pos: i64,
}

/// Records what a batch did, for those webhooks that want to know.
pub(super) fn record(
    connection: &mut AnyConnection,
    hooks: &[(WebhookId, WebhookFilter)],
    results: &mut Results,
    now: Timestamp,
) -> QueryResult<()> {
    if hooks.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for effects in results.iter_mut().flatten() {
        let before = rows.len();
        for told in told(effects) {
            let event_id = event_id();
            for (webhook, filter) in hooks {
                if filter.takes(told.event, told.place.stream) {
                    rows.push(Row { webhook: *webhook, event_id: event_id.clone(), told });
                }
            }
        }
        effects.deliveries = rows.len() - before;
    }
    match connection {
        AnyConnection::Sqlite(connection) => insert_sqlite(connection, &rows, now),
        AnyConnection::Postgres(connection) => insert_postgres(connection, &rows, now),
    }
}

struct Row {
    webhook: WebhookId,
    event_id: String,
    told: Told,
}

fn told(effects: &Effects) -> Vec<Told> {
    let mut all = Vec::new();
    for ticket_id in &effects.tickets_created {
        let place = EventPlace { ticket_id: *ticket_id, stream: Stream::Public, seq: 0 };
        all.push(Told { event: WebhookEvent::TicketCreated, place, pos: 0 });
    }
    all.extend(effects.entries.iter().map(|entry| Told {
        event: WebhookEvent::Log(entry.event.kind()),
        place: EventPlace { ticket_id: entry.ticket_id, stream: entry.stream, seq: entry.seq },
        pos: entry.pos,
    }));
    all
}

fn insert_sqlite(connection: &mut SqliteConnection, rows: &[Row], now: Timestamp) -> QueryResult<()> {
    for row in rows {
        let insert = InsertDelivery {
            webhook: row.webhook.0,
            ticket: row.told.place.ticket_id.0,
            now: now.0,
            event_id: &row.event_id,
            event: row.told.event.as_str(),
            stream: stream_code(row.told.place.stream),
            seq: row.told.place.seq,
            pos: row.told.pos,
            lifetime: PhantomData,
        };
        insert.execute(connection)?;
    }
    Ok(())
}

fn insert_postgres(connection: &mut PgConnection, rows: &[Row], now: Timestamp) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = InsertDeliveries::default();
    // The statement does not see its own rows.
    let mut seen = HashSet::new();
    for row in rows {
        let place = row.told.place;
        insert.webhooks.push(row.webhook.0);
        insert.event_ids.push(&row.event_id);
        insert.events.push(row.told.event.as_str());
        insert.tickets.push(place.ticket_id.0);
        insert.streams.push(stream_code(place.stream));
        insert.seqs.push(place.seq);
        insert.places.push(row.told.pos);
        insert.times.push(now.0);
        insert.firsts.push(seen.insert((row.webhook, place.ticket_id)));
    }
    insert.execute(connection)?;
    Ok(())
}

//! What others may have changed since the last batch, and every batch must know: who was erased, and which
//! webhooks there are.
//!
//! Asked for in the transaction that writes, in one statement: another server may have changed it, and a
//! batch should not pay for two questions whose answer is mostly nothing.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    sql_types::{BigInt, SmallInt, Text},
};

use super::erased_users::Erased;
use crate::{
    domain::{Timestamp, WebhookFilter, WebhookId},
    store::db::{connection::AnyConnection, rows::events_of, statement::statement},
};

/// What is known.
#[derive(Debug)]
pub(super) struct News {
    pub(super) erased: Erased,
    /// The enabled webhooks, as they are in the running transaction.
    pub(super) hooks: Vec<(WebhookId, WebhookFilter)>,
}

const ERASED: i16 = 0;
const INTERNAL: i16 = 2;

statement! {
    /// Users erased from a time on: mostly none, or a few that are known already. And the webhooks, with or
    /// without the internal streams.
    Unknown => (Text, BigInt, SmallInt) {
        "SELECT id, erased_at, CAST(0 AS SMALLINT) FROM users WHERE erased_at >= " from: i64 => BigInt,
        ; " UNION ALL SELECT events, id, CAST(CASE WHEN internal THEN 2 ELSE 1 END AS SMALLINT) \
           FROM webhooks WHERE enabled"
    }
}

impl News {
    /// For a writer that starts now.
    pub(super) fn since(now: Timestamp) -> Self {
        Self { erased: Erased::since(now), hooks: Vec::new() }
    }

    /// Learns it. Call it in the transaction that writes.
    pub(super) fn refresh(&mut self, connection: &mut AnyConnection) -> QueryResult<()> {
        let select = Unknown { from: self.erased.unknown_from(), lifetime: PhantomData };
        let rows: Vec<(String, i64, i16)> = match connection {
            AnyConnection::Sqlite(connection) => select.load(connection)?,
            AnyConnection::Postgres(connection) => select.load(connection)?,
        };
        self.hooks.clear();
        for (text, number, kind) in rows {
            if kind == ERASED {
                self.erased.learn(text, number);
            } else {
                let filter = WebhookFilter { events: events_of(&text)?, internal: kind == INTERNAL };
                self.hooks.push((WebhookId(number), filter));
            }
        }
        Ok(())
    }
}

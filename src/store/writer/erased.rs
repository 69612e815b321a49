//! Users who were erased while this writer runs: what they sent a moment before must not come behind it.
//!
//! Owns the list. Whoever was erased earlier is not let in any more and writes nothing.

use std::{collections::HashSet, marker::PhantomData, time::Duration};

use diesel::{
    QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::statement::statement;
use crate::{
    domain::{Timestamp, UserId},
    store::{connection::AnyConnection, write::Write},
};

/// How far the clock of whoever erases may be behind ours.
const SKEW: Duration = Duration::from_secs(60 * 60);

/// Who was erased lately.
#[derive(Debug)]
pub(super) struct Erased {
    users: HashSet<String>,
    /// When the last known one was.
    newest: i64,
}

statement! {
    /// Those erased from a time on; mostly none, or the one that is known already.
    ErasedFrom => (Text, BigInt) {
        "SELECT id, erased_at FROM users WHERE erased_at >= " from: i64 => BigInt,
        ; " ORDER BY erased_at"
    }
}

impl Erased {
    /// For a writer that starts now.
    pub(super) fn since(now: Timestamp) -> Self {
        let skew = i64::try_from(SKEW.as_millis()).unwrap_or(i64::MAX);
        Self { users: HashSet::new(), newest: now.0.saturating_sub(skew) }
    }

    /// Learns who was erased meanwhile. Call it in the transaction that writes.
    pub(super) fn refresh(&mut self, connection: &mut AnyConnection) -> QueryResult<()> {
        let select = ErasedFrom { from: self.newest, lifetime: PhantomData };
        let rows: Vec<(String, i64)> = match connection {
            AnyConnection::Sqlite(connection) => select.load(connection)?,
            AnyConnection::Postgres(connection) => select.load(connection)?,
        };
        for (user, at) in rows {
            self.newest = self.newest.max(at);
            self.users.insert(user);
        }
        Ok(())
    }

    /// The erased user who wants this.
    pub(super) fn author<'a>(&self, write: &'a Write) -> Option<&'a UserId> {
        write.author().filter(|author| self.users.contains(author.as_str()))
    }
}

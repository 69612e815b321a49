//! Getting rid of what deleted text leaves behind in the files.
//!
//! SQLite overwrites what is deleted (`secure_delete`), but not the copies that it left behind when it
//! moved rows between pages: only writing the whole file anew leaves none. Neither does its search index
//! forget a word before its parts are merged. What PostgreSQL leaves, and in which files, is up to it.

use std::{thread::sleep, time::Duration};

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Integer},
};

use crate::store::{
    Store,
    db::{
        connection::{AnyConnection, Database, Purpose},
        lock::Lock,
    },
    error::OpenError,
};

/// Why the files could not be cleared.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// The database could not be reached.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] diesel::result::Error),
    /// Others read old states of it without a pause.
    #[error("the write-ahead log of the database could not be emptied, because others go on reading it")]
    Busy,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrubbed {
    /// No byte of what was erased is in SQLite's files.
    Rewritten,
    /// As [`Scrubbed::Rewritten`], but for copies in pages that rows were moved out of.
    Merged,
    /// PostgreSQL was told to forget old versions of rows.
    Vacuumed,
}

/// Pages of a search index merged in one transaction.
const MERGE_PAGES: i64 = 500;

/// For how long the write-ahead log may be in use.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// The indexes of words.
const INDEXES: [&str; 2] = ["message_search", "ticket_search"];

/// The tables that erasing changes.
const TABLES: [&str; 12] = [
    "users",
    "tickets",
    "messages",
    "message_revisions",
    "attachments",
    "uploads",
    "ticket_events",
    "notifications",
    "mutes",
    "canned_responses",
    "message_search",
    "ticket_search",
];

impl Store {
    /// Clears the database's files of what was erased. `rewrite` writes a SQLite database anew, for which
    /// nobody else can write meanwhile. Blocks.
    pub fn scrub(&self, rewrite: bool) -> Result<Scrubbed, ScrubError> {
        // Where no server runs, none starts in between; where one does, it goes on.
        let _lock = match &self.0.source.database {
            Database::Sqlite(path) => Lock::acquire(path).ok(),
            Database::Postgres(_) => None,
        };
        let connection = self.0.source.open(Purpose::Write);
        match connection.map_err(|error| OpenError::Connect(error.into()))? {
            AnyConnection::Sqlite(mut connection) => scrub_sqlite(&mut connection, rewrite),
            AnyConnection::Postgres(mut connection) => {
                vacuum_postgres(&mut connection)?;
                Ok(Scrubbed::Vacuumed)
            }
        }
    }

    /// Whether a server has this SQLite database open; PostgreSQL would not tell.
    pub fn is_served(&self) -> bool {
        match &self.0.source.database {
            Database::Sqlite(path) => matches!(Lock::acquire(path), Err(OpenError::InUse(_))),
            Database::Postgres(_) => false,
        }
    }
}

fn scrub_sqlite(connection: &mut SqliteConnection, rewrite: bool) -> Result<Scrubbed, ScrubError> {
    // A busy server leaves gaps, and it may take a while to meet one.
    connection.batch_execute("PRAGMA busy_timeout = 60000")?;
    for index in INDEXES {
        merge(connection, index)?;
    }
    if rewrite {
        // The copy would be as large in memory as the database is.
        connection.batch_execute("PRAGMA temp_store = FILE; VACUUM")?;
    }
    empty_wal(connection)?;
    Ok(if rewrite { Scrubbed::Rewritten } else { Scrubbed::Merged })
}

/// Makes one tree of an index's many, without the words of rows that are gone; a little at a time, for
/// nobody else can write meanwhile.
fn merge(connection: &mut SqliteConnection, index: &str) -> QueryResult<()> {
    // The first, negative, takes in every part of the index.
    let mut pages = -MERGE_PAGES;
    loop {
        let before = total_changes(connection)?;
        sql_query(format!("INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)"))
            .bind::<BigInt, _>(pages)
            .execute(connection)?;
        // The statement itself counts as one.
        if total_changes(connection)? - before < 2 {
            return Ok(());
        }
        pages = MERGE_PAGES;
    }
}

fn total_changes(connection: &mut SqliteConnection) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Changes {
        #[diesel(sql_type = BigInt)]
        changes: i64,
    }
    let changes: Changes = sql_query("SELECT total_changes() AS changes").get_result(connection)?;
    Ok(changes.changes)
}

/// Takes everything over from the write-ahead log, and leaves it empty.
fn empty_wal(connection: &mut SqliteConnection) -> Result<(), ScrubError> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = Integer)]
        busy: i32,
    }
    let mut waited = Duration::ZERO;
    loop {
        // Waits for others as long as any statement does; long reads may take longer.
        let done: Checkpoint = sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(connection)?;
        if done.busy == 0 {
            return Ok(());
        }
        if waited >= PATIENCE {
            return Err(ScrubError::Busy);
        }
        sleep(PAUSE);
        waited += PAUSE;
    }
}

fn vacuum_postgres(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")?;
    // One by one: a statement of several would be one transaction, in which this cannot run.
    TABLES.iter().try_for_each(|table| connection.batch_execute(&format!("VACUUM {table}")))
}

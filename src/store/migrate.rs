//! Brings a database's tables up to date and makes what every database has of its own.
//!
//! Owns the embedded migrations and the rows of `meta`.

use std::{collections::BTreeSet, fmt::Display};

use diesel::{
    Connection, QueryResult, RunQueryDsl,
    backend::Backend,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    db::{
        connection::AnyConnection,
        meta::{get, put},
    },
    error::OpenError,
    search::rebuild,
};
use crate::domain::Secret;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

const EPOCH: &str = "epoch";
const DIGEST_KEY: &str = "digest_key";
const SESSION_KEY: &str = "session_key";

/// Characters of it: one that was emptied by hand would let anybody sign.
const MIN_SESSION_KEY: usize = 32;

/// Any number: all deskwire processes that migrate one PostgreSQL database use the same.
const MIGRATION_LOCK: i64 = 0x6465_736b_7769_7265;

/// What a database has of its own.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) epoch: String,
    pub(super) digest_key: [u8; 32],
    pub(super) session_key: Secret,
}

/// Runs what migrations are missing and reads the identity, making it in a new database.
pub(super) fn migrate(connection: &mut AnyConnection) -> Result<Identity, OpenError> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            connection.run_pending_migrations(SQLITE).map_err(OpenError::Migrate)?;
        }
        AnyConnection::Postgres(connection) => {
            // Servers that start together take turns; whoever fails closes the session, which unlocks.
            connection.batch_execute(&format!(
                "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock({MIGRATION_LOCK})"
            ))?;
            connection.run_pending_migrations(POSTGRES).map_err(OpenError::Migrate)?;
        }
    }
    rebuild::ensure(connection)?;
    let identity = connection.transaction(|connection| {
        init(connection, EPOCH, &random_epoch())?;
        init(connection, DIGEST_KEY, &hex::encode(rand::random::<[u8; 32]>()))?;
        init(connection, SESSION_KEY, &hex::encode(rand::random::<[u8; 32]>()))?;
        identity(connection)
    });
    if let AnyConnection::Postgres(connection) = connection {
        connection.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
    }
    identity
}

/// The identity of a database whose tables are up to date, without changing anything; `None` if it has no
/// tables yet.
pub(super) fn current(connection: &mut AnyConnection) -> Result<Option<Identity>, OpenError> {
    let (applied, known) = match connection {
        AnyConnection::Sqlite(connection) => {
            (versions(connection.applied_migrations())?, embedded::<diesel::sqlite::Sqlite>(&SQLITE)?)
        }
        AnyConnection::Postgres(connection) => {
            (versions(connection.applied_migrations())?, embedded::<diesel::pg::Pg>(&POSTGRES)?)
        }
    };
    if applied.is_empty() {
        return Ok(None);
    }
    if !applied.is_subset(&known) {
        return Err(OpenError::Newer);
    }
    if applied != known {
        return Err(OpenError::Outdated);
    }
    identity(connection).map(Some)
}

fn versions<T: Display>(them: diesel::migration::Result<Vec<T>>) -> Result<BTreeSet<String>, OpenError> {
    Ok(them.map_err(OpenError::Migrate)?.iter().map(T::to_string).collect())
}

fn embedded<DB: Backend>(migrations: &impl MigrationSource<DB>) -> Result<BTreeSet<String>, OpenError> {
    let migrations: Vec<Box<dyn Migration<DB>>> = migrations.migrations().map_err(OpenError::Migrate)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Whether a database is one that [`migrate`] made.
pub(super) fn recognise(connection: &mut AnyConnection) -> Result<(), OpenError> {
    identity(connection).map(drop)
}

/// Gives the database's history a new name, so that every client reloads.
pub(super) fn renew_epoch(connection: &mut AnyConnection) -> QueryResult<String> {
    let epoch = random_epoch();
    put(connection, EPOCH, &epoch)?;
    Ok(epoch)
}

fn init(connection: &mut AnyConnection, key: &str, value: &str) -> QueryResult<()> {
    match get(connection, key)? {
        Some(_) => Ok(()),
        None => put(connection, key, value),
    }
}

fn identity(connection: &mut AnyConnection) -> Result<Identity, OpenError> {
    let epoch = get(connection, EPOCH)?.ok_or(OpenError::Damaged("no epoch"))?;
    let digest_key = get(connection, DIGEST_KEY)?.ok_or(OpenError::Damaged("no digest_key"))?;
    let mut key = [0; 32];
    hex::decode_to_slice(&digest_key, &mut key)
        .map_err(|_| OpenError::Damaged("digest_key is not 32 bytes in hexadecimal"))?;
    let epoch = match timeline(connection)? {
        Some(timeline) => format!("{epoch}-{timeline}"),
        None => epoch,
    };
    let session_key =
        get(connection, SESSION_KEY)?.map(Secret::new).ok_or(OpenError::Damaged("no session_key"))?;
    if session_key.expose().len() < MIN_SESSION_KEY {
        return Err(OpenError::Damaged("session_key is too short"));
    }
    Ok(Identity { epoch, digest_key: key, session_key })
}

/// PostgreSQL's timeline: a server restored to a point in time, or promoted, writes on a new one, and
/// what was committed last on the old one may be missing there.
fn timeline(connection: &mut AnyConnection) -> QueryResult<Option<String>> {
    let AnyConnection::Postgres(connection) = connection else { return Ok(None) };
    let timeline = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)",
    ));
    timeline.get_result(connection).map(Some)
}

fn random_epoch() -> String {
    format!("{:016x}", rand::random::<u64>())
}

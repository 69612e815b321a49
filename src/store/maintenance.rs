//! Maintenance, by the command line: migrating, copying, and renaming the history.
//!
//! Owns what is done to a database as a whole.

use std::path::{Path, PathBuf};

use diesel::{RunQueryDsl, connection::SimpleConnection};

use super::{
    StoreOptions,
    db::{
        connection::{AnyConnection, Database, Durability, Purpose, Source},
        fault::{self, Fault},
        lock::Lock,
        meta,
        schema::uploads,
    },
    error::{OpenError, StoreError, log_fault},
    migrate, read,
};
use crate::domain::{AttachmentId, Timestamp};

/// The row of `meta` that the readiness check writes, to see whether writing works.
const READY: &str = "ready";

/// Why maintenance failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is PostgreSQL, which has its own tools.
    #[error(
        "a PostgreSQL database is copied with pg_dump and put back with pg_restore, \
         followed by `deskwire migrate --new-epoch`; the folder `attachments` of the data directory is \
         copied after the dump"
    )]
    UsePostgresTools,
    /// There is no database where one should be.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// There is a file where the copy should go.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The database is not sound.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] diesel::result::Error),
}

/// Brings the tables up to date; with `new_epoch`, gives the history a new name, so that every client
/// reloads. Gives the epoch.
pub fn migrate(options: &StoreOptions, new_epoch: bool) -> Result<String, AdminError> {
    let source = Source { database: options.database.clone(), durability: options.durability };
    let _lock = match &source.database {
        Database::Sqlite(path) => Some(Lock::acquire(path)?),
        Database::Postgres(_) => None,
    };
    let mut connection = open(&source)?;
    let identity = migrate::migrate(&mut connection)?;
    if !new_epoch {
        return Ok(identity.epoch);
    }
    migrate::renew_epoch(&mut connection)?;
    Ok(migrate::migrate(&mut connection)?.epoch)
}

/// Copies a SQLite database, as it is at one moment, while servers write to it; and makes the copy
/// durable. Files that wait for a message are left out: they live for an hour. Takes no lock.
pub fn snapshot(options: &StoreOptions, to: &Path) -> Result<(), AdminError> {
    let Database::Sqlite(path) = &options.database else { return Err(AdminError::UsePostgresTools) };
    if to.exists() {
        return Err(AdminError::Exists(to.to_owned()));
    }
    // For writing, because SQLite counts writing another file as such.
    let mut connection = open_existing(path, Purpose::Write)?;
    let AnyConnection::Sqlite(connection) = &mut connection else { return Err(AdminError::UsePostgresTools) };
    let target = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    diesel::sql_query("VACUUM INTO ?")
        .bind::<diesel::sql_types::Text, _>(target.to_string_lossy().into_owned())
        .execute(connection)?;
    forget_uploads(&target)?;
    sync(&target).map_err(|cause| OpenError::Io { path: target.display().to_string(), cause })?;
    Ok(())
}

/// Takes uploads that no message carries out of a copy.
fn forget_uploads(copy: &Path) -> Result<(), AdminError> {
    #[derive(diesel::QueryableByName)]
    struct Tables {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        number: i64,
    }
    let mut connection = open_existing(copy, Purpose::Write)?;
    let AnyConnection::Sqlite(connection) = &mut connection else { return Err(AdminError::UsePostgresTools) };
    // A copy stands alone, without a write-ahead log beside it.
    connection.batch_execute("PRAGMA journal_mode = DELETE")?;
    let found = diesel::sql_query("SELECT count(*) AS number FROM sqlite_master WHERE name = 'uploads'");
    let Tables { number } = found.get_result(connection)?;
    // A database that was not migrated yet has none.
    if number > 0 {
        diesel::delete(uploads::table).execute(connection)?;
    }
    Ok(())
}

/// Gives the history of a SQLite database that no server has open a new name. Gives the epoch.
pub fn new_epoch(path: &Path) -> Result<String, AdminError> {
    let _lock = Lock::acquire(path)?;
    let mut connection = open_existing(path, Purpose::Write)?;
    Ok(migrate::renew_epoch(&mut connection)?)
}

/// Keeps servers away from a SQLite database for as long as it lives.
#[derive(Debug)]
pub struct Exclusive(#[expect(dead_code, reason = "dropping it releases the lock")] Lock);

/// Takes the place of the one server that may have a SQLite database open; the database need not be
/// there. Fails with [`OpenError::InUse`] while a server runs.
pub fn exclusive(path: &Path) -> Result<Exclusive, AdminError> {
    Ok(Exclusive(Lock::acquire(path)?))
}

/// Whether a SQLite database that no server has open has any tickets.
pub fn has_tickets(path: &Path) -> Result<bool, AdminError> {
    let mut connection = open_existing(path, Purpose::Read)?;
    Ok(!read::tickets::is_empty(&mut connection)?)
}

/// Reads all of a SQLite database to see whether it is sound, and whether it is one of ours.
pub fn verify(path: &Path) -> Result<(), AdminError> {
    #[derive(diesel::QueryableByName)]
    struct Finding {
        #[diesel(sql_type = diesel::sql_types::Text)]
        integrity_check: String,
    }
    let mut connection = open_existing(path, Purpose::Read)?;
    let findings: Vec<Finding> = diesel::sql_query("PRAGMA integrity_check(10)").load(&mut connection)?;
    let findings: Vec<String> = findings.into_iter().map(|finding| finding.integrity_check).collect();
    if findings != ["ok"] {
        return Err(AdminError::Damaged(findings.join("; ")));
    }
    Ok(migrate::recognise(&mut connection)?)
}

/// The ids of all files that the rows of a SQLite database name.
pub fn attachment_ids(path: &Path) -> Result<Vec<AttachmentId>, AdminError> {
    let mut connection = open_existing(path, Purpose::Read)?;
    Ok(read::attachments::all_ids(&mut connection)?)
}

/// Writes a row that means nothing, to see whether writing works.
pub(super) fn touch(source: &Source, now: Timestamp) -> Result<(), StoreError> {
    let mut connection = source.open(Purpose::Write).map_err(|error| {
        tracing::warn!(%error, "the readiness check cannot connect to the database");
        StoreError::Unavailable
    })?;
    if let AnyConnection::Sqlite(connection) = &mut connection {
        // Less than the time limit of a read, so that it is this check that says no.
        connection.batch_execute("PRAGMA busy_timeout = 1000").map_err(|_| StoreError::Unavailable)?;
    }
    meta::put(&mut connection, READY, &now.0.to_string()).map_err(|error| {
        match fault::classify(&error, &mut connection) {
            Fault::Statement => {
                StoreError::Internal(log_fault("the readiness check cannot write to the database", &error))
            }
            Fault::Lost | Fault::Unavailable | Fault::Contention => {
                tracing::warn!(%error, "the readiness check cannot write to the database");
                StoreError::Unavailable
            }
        }
    })
}

fn open(source: &Source) -> Result<AnyConnection, OpenError> {
    source.open(Purpose::Write).map_err(|error| OpenError::Connect(error.into()))
}

/// SQLite would make an empty database where there is none.
fn open_existing(path: &Path, purpose: Purpose) -> Result<AnyConnection, AdminError> {
    if !path.is_file() {
        return Err(AdminError::Missing(path.to_owned()));
    }
    let source = Source { database: Database::Sqlite(path.to_owned()), durability: Durability::Full };
    source.open(purpose).map_err(|error| OpenError::Connect(error.into()).into())
}

fn sync(file: &Path) -> std::io::Result<()> {
    std::fs::File::open(file)?.sync_all()?;
    match file.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

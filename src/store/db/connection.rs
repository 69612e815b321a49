//! Connections to either database, set up for reading or for writing.
//!
//! Owns the choice of the backend and the session settings; does not know what is asked over them.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use diesel::{
    Connection, ConnectionError, ConnectionResult, PgConnection, QueryResult, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ManageConnection, R2D2Connection},
};

/// A connection to one of the databases. `establish` is not used: by itself it would take any text
/// for a SQLite path.
#[derive(diesel::MultiConnection)]
pub(in crate::store) enum AnyConnection {
    /// A file of our own.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file; made if it is not there.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(String),
}

/// The backend of [`AnyConnection`], for queries whose parts are chosen when they run.
pub(in crate::store) type AnyBackend = <AnyConnection as Connection>::Backend;

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The machine losing power.
    #[default]
    Full,
    /// This process being killed; losing power may lose the last moments, but damages nothing.
    Normal,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Purpose {
    /// One of many that only read.
    Read,
    /// The one that writes, or maintenance.
    Write,
}

/// Makes connections.
#[derive(Clone, Debug)]
pub(in crate::store) struct Source {
    pub(in crate::store) database: Database,
    pub(in crate::store) durability: Durability,
}

/// How long SQLite waits for another connection's lock, and PostgreSQL for a row's.
pub(in crate::store) const LOCK_WAIT: Duration = Duration::from_secs(5);

impl Source {
    /// Connects and sets the session up.
    pub(in crate::store) fn open(&self, purpose: Purpose) -> ConnectionResult<AnyConnection> {
        match &self.database {
            Database::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&sqlite_name(path)?)?;
                connection.batch_execute(&self.pragmas(purpose)).map_err(into_setup_error)?;
                Ok(AnyConnection::Sqlite(connection))
            }
            Database::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection.batch_execute(&self.session(purpose)).map_err(into_setup_error)?;
                Ok(AnyConnection::Postgres(connection))
            }
        }
    }

    /// `busy_timeout` comes first, because the next ones may already have to wait for a lock.
    fn pragmas(&self, purpose: Purpose) -> String {
        let synchronous = match self.durability {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
        };
        let busy_ms = LOCK_WAIT.as_millis();
        let common = format!(
            "PRAGMA busy_timeout = {busy_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; "
        );
        match purpose {
            Purpose::Read => common + "PRAGMA query_only = ON; PRAGMA cache_size = -8192;",
            // Fewer checkpoints write a page that many batches touched once (measured: 22.6 µs a message
            // at 4,000 pages, 19.5 at 16,000); larger ones hold the writer up for longer.
            // What is deleted or replaced is overwritten, not left in free space.
            Purpose::Write => {
                common
                    + "PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; \
                       PRAGMA wal_autocheckpoint = 10000;"
            }
        }
    }

    fn session(&self, purpose: Purpose) -> String {
        let synchronous = match self.durability {
            Durability::Full => "on",
            Durability::Normal => "off",
        };
        let lock_ms = LOCK_WAIT.as_millis();
        let common = format!(
            "SET synchronous_commit = {synchronous}; SET lock_timeout = {lock_ms}; \
             SET statement_timeout = {}; SET idle_in_transaction_session_timeout = 60000; ",
            2 * lock_ms
        );
        match purpose {
            Purpose::Read => common + "SET default_transaction_read_only = on;",
            Purpose::Write => common,
        }
    }
}

/// The pool's connections are for reading.
impl ManageConnection for Source {
    type Connection = AnyConnection;
    type Error = ConnectionError;

    fn connect(&self) -> Result<AnyConnection, ConnectionError> {
        self.open(Purpose::Read)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), ConnectionError> {
        connection.ping().map_err(into_setup_error)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// Runs `work` on one unchanging view of the database.
pub(in crate::store) fn snapshot<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.transaction(|connection| {
        if let AnyConnection::Postgres(connection) = connection {
            connection.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        }
        work(connection)
    })
}

/// The file's absolute path, so that no name is taken for a URI or for `:memory:`.
fn sqlite_name(path: &Path) -> ConnectionResult<String> {
    let absolute = std::path::absolute(path)
        .map_err(|error| ConnectionError::BadConnection(format!("{}: {error}", path.display())))?;
    let name = absolute.to_str().ok_or_else(|| {
        ConnectionError::InvalidConnectionUrl(format!("{} is not valid UTF-8", path.display()))
    })?;
    Ok(name.to_owned())
}

fn into_setup_error(error: diesel::result::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(error)
}

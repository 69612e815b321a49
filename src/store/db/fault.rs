//! What an error of the database means for what to do next.
//!
//! Owns the reading of error kinds and texts; does nothing about them.

use diesel::{
    connection::TransactionManager,
    r2d2::R2D2Connection,
    result::{DatabaseErrorKind, Error},
};

use super::connection::AnyConnection;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Fault {
    /// The connection is gone: make another. What was being committed may have been, or not.
    Lost,
    /// The database refuses all work of the kind for now (disk full, read-only, locked out).
    Unavailable,
    /// Others were in the way: the same again may work.
    Contention,
    /// This statement, with these values, does not work.
    Statement,
}

/// Says what an error means; asks the connection whether it still lives if the error leaves that open.
pub(in crate::store) fn classify(error: &Error, connection: &mut AnyConnection) -> Fault {
    let fault = match error {
        Error::DatabaseError(kind, information) => of_database(*kind, information.message(), connection),
        Error::BrokenTransactionManager => Fault::Lost,
        Error::RollbackErrorOnCommit { commit_error, .. } => return classify(commit_error, connection),
        _ => Fault::Statement,
    };
    if fault == Fault::Statement && is_dead(connection) { Fault::Lost } else { fault }
}

/// Whether the server answered, and refused the statement.
pub(in crate::store) fn is_statement(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::Unknown, information)
        if of_postgres(information.message()) == Fault::Statement)
}

fn of_database(kind: DatabaseErrorKind, message: &str, connection: &AnyConnection) -> Fault {
    match kind {
        DatabaseErrorKind::ClosedConnection => Fault::Lost,
        DatabaseErrorKind::SerializationFailure => Fault::Contention,
        DatabaseErrorKind::ReadOnlyTransaction => Fault::Unavailable,
        DatabaseErrorKind::Unknown => match connection {
            AnyConnection::Sqlite(_) => of_sqlite(message),
            AnyConnection::Postgres(_) => of_postgres(message),
        },
        _ => Fault::Statement,
    }
}

/// diesel does not pass SQLite's code on; its texts are compiled in and never translated.
fn of_sqlite(message: &str) -> Fault {
    const UNAVAILABLE: [&str; 7] = [
        "database or disk is full",
        "attempt to write a readonly database",
        "disk I/O error",
        "unable to open database file",
        "database is locked",
        "database table is locked",
        "out of memory",
    ];
    if UNAVAILABLE.iter().any(|text| message.contains(text)) { Fault::Unavailable } else { Fault::Statement }
}

/// A server that speaks another language than English falls through to `Statement`, after which each
/// write is tried alone: slower, and as correct.
fn of_postgres(message: &str) -> Fault {
    const CONTENTION: [&str; 2] = ["deadlock detected", "could not serialize access"];
    const UNAVAILABLE: [&str; 6] = [
        "No space left on device",
        "could not extend file",
        "lock timeout",
        "statement timeout",
        "read-only transaction",
        "out of shared memory",
    ];
    const LOST: [&str; 4] =
        ["terminating connection", "server closed the connection", "connection to server", "no connection"];
    let has = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if has(&LOST) {
        Fault::Lost
    } else if has(&CONTENTION) {
        Fault::Contention
    } else if has(&UNAVAILABLE) {
        Fault::Unavailable
    } else {
        Fault::Statement
    }
}

/// Only a server can go away, and only outside a transaction does a ping tell.
fn is_dead(connection: &mut AnyConnection) -> bool {
    let AnyConnection::Postgres(connection) = connection else { return false };
    let depth =
        <diesel::PgConnection as diesel::Connection>::TransactionManager::transaction_manager_status_mut(
            connection,
        )
        .transaction_depth();
    match depth {
        Ok(None) => connection.ping().is_err(),
        Ok(Some(_)) => false,
        Err(_) => true,
    }
}

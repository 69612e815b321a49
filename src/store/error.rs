//! What can go wrong here, as types.
//!
//! The causes are for the log: a caller of the API is told the variant only.

use crate::domain::{FaultId, Position, UserId};

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the SQLite file open for writing.
    #[error(
        "the database {0} is in use by another deskwire process (its lock file {0}.lock is held): \
         stop that one first, or give this one a database of its own"
    )]
    InUse(String),
    /// A folder or the lock file could not be made.
    #[error("cannot prepare {path}")]
    Io {
        /// What was touched.
        path: String,
        /// Why it failed.
        #[source]
        cause: std::io::Error,
    },
    /// The database does not answer, or not as a database.
    #[error("cannot connect to the database")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A migration failed; the database is as it was before it.
    #[error("cannot migrate the database")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its tables are older than this program, which was not asked to change them.
    #[error("the database's tables are not up to date: run `deskwire migrate`, or start the server, first")]
    Outdated,
    /// Its tables are newer than this program.
    #[error("the database's tables are newer than this program: use the program that the server runs")]
    Newer,
    /// A statement of the preparation failed.
    #[error("cannot prepare the database")]
    Prepare(#[from] diesel::result::Error),
    /// What the first migration wrote is not there or not what it was.
    #[error("the database's meta table is damaged: {0}")]
    Damaged(&'static str),
}

/// Why a read gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer in time, or cannot be reached or written now.
    #[error("the database is not available now")]
    Unavailable,
    /// Something is wrong that trying again does not cure.
    #[error("the database refused a statement; its words are in the log under {0}")]
    Internal(FaultId),
}

/// Why a write was refused. None of it happened, but for [`WriteError::Unavailable`], which may also mean
/// that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The ticket is missing, or the writer may not see it or write to that stream of it.
    #[error("no such ticket")]
    NotFound,
    /// It contradicts what is there.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// It names a user that was never seen.
    #[error("unknown user {user}")]
    UnknownUser {
        /// The user.
        user: UserId,
        /// The field that names them.
        field: &'static str,
    },
    /// It is by, or about, a user who was erased and does not come back.
    #[error("{0} was erased")]
    Erased(UserId),
    /// The message is missing, or the writer may not see it.
    #[error("no such message")]
    MessageNotFound,
    /// The writer sees it and may not do this to it; says why.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The writer sees it and may not set this field of it.
    #[error("forbidden: {field}: {sentence}")]
    ForbiddenField {
        /// The field.
        field: &'static str,
        /// Why.
        sentence: &'static str,
    },
    /// A field is at fault for what is there now.
    #[error("{field}: {sentence}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        sentence: String,
    },
    /// What a field names is missing.
    #[error("{field} names nothing")]
    Missing {
        /// The field.
        field: &'static str,
        /// What there is not.
        sentence: &'static str,
    },
    /// The attachment at this place was not uploaded by the writer to this ticket, or was sent already.
    #[error("no such upload")]
    UploadNotFound(usize),
    /// It answers a message that the writer cannot answer there.
    #[error("no such message to reply to")]
    ReplyNotFound,
    /// The database cannot be reached or written now. If it went away during the commit, the write may
    /// have happened; a retry under the same key tells.
    #[error("the database is not available now")]
    Unavailable,
    /// Something is wrong that trying again does not cure.
    #[error("the database refused a statement; its words are in the log under {0}")]
    Internal(FaultId),
}

/// How a write contradicts what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The same key was used before for something else.
    #[error("the key was used before with other content")]
    SameKeyOtherContent {
        /// The field that carries the key.
        field: &'static str,
    },
    /// What it is about has come to a state in which this cannot be done; says which.
    #[error("{0}")]
    State(&'static str),
    /// The ticket moved past the position that the write was made for; it is here now.
    #[error("the ticket has moved on")]
    Moved(Position),
}

/// The writer's queue had no room in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many writes wait for the database")]
pub struct Busy;

impl From<Busy> for WriteError {
    fn from(_: Busy) -> Self {
        Self::Unavailable
    }
}

/// Logs a fault, and gives the number under which it stands in the log.
pub(super) fn log_fault(what: &'static str, cause: &dyn std::fmt::Display) -> FaultId {
    let id = FaultId(rand::random());
    tracing::error!(error_id = %id, %cause, "{what}");
    id
}

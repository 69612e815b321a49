//! Changes to what is there, one by one within a batch: each looks at what is there now, checks the
//! caller's right to it and does it.
//!
//! Owns the trait; a change stands with its rules in the file of its feature. The same statements in both
//! databases. The rows of tickets are locked before (see `writer::postgres`). Does not know the queue.

mod app_notifications;
mod assignment;
mod canned_responses;
mod erasure;
mod found_message;
mod locked_ticket;
mod messages;
mod notifications;
mod participants;
mod ratings;
mod reactions;
mod receipts;
mod statuses;
mod subject;
mod ticket_notifications;
mod tickets;
mod uploads;
mod users;
mod webhook_deliveries;
mod webhook_row;
mod webhooks;

use std::fmt;

use diesel::result::Error;

use self::locked_ticket::Held;
// All that is public in a feature's file: a new change needs its `mod` line alone.
pub use self::{
    app_notifications::*, assignment::*, canned_responses::*, erasure::*, locked_ticket::*, messages::*,
    notifications::*, participants::*, ratings::*, reactions::*, receipts::*, statuses::*, subject::*,
    tickets::*, uploads::*, users::*, webhook_deliveries::*, webhooks::*,
};
pub(super) use self::{
    locked_ticket::insert as insert_event, ticket_notifications::Notice, webhook_deliveries::event_id,
};
use crate::{
    domain::{Bounds, Policy, Timestamp, User},
    store::{db::connection::AnyConnection, effects::Effects, error::WriteError},
};

/// Something to change, by a user or by the server itself. Submit it to a [`super::Writer`].
pub trait Change: fmt::Debug + Send + 'static {
    /// What the submitter gets: `()` if the change's own fields say it all.
    type Done: Send + 'static;

    /// Its order among messages does not matter: it says how far someone has read, when they were seen or
    /// who tries a delivery. It comes after the messages that share its batch.
    const DEFERRABLE: bool = false;

    /// The ticket whose row is locked before [`Change::apply`].
    fn subject(&self) -> Subject {
        Subject::None
    }

    /// Checks the actor's right, and makes the change. May run again after a failed commit.
    ///
    /// # Errors
    /// A refusal comes before the first write.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Done, ChangeError>;
}

/// What a change works with: the running transaction, who wants it, the rules, and its effects so far.
pub struct Tx<'a> {
    pub(in crate::store) connection: &'a mut AnyConnection,
    /// With the role of now; `None` is the server.
    pub(in crate::store) actor: Option<&'a User>,
    pub(in crate::store) now: Timestamp,
    pub(in crate::store) policy: &'a Policy,
    pub(in crate::store) bounds: &'a Bounds,
    pub(in crate::store) effects: Effects,
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx")
            .field("actor", &self.actor)
            .field("effects", &self.effects)
            .finish_non_exhaustive()
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub enum ChangeError {
    /// The database's fault: the whole batch fails.
    Database(Error),
    /// The caller's: only this change does not happen. Nothing of it may have been written.
    Refused(WriteError),
}

impl From<Error> for ChangeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<WriteError> for ChangeError {
    fn from(error: WriteError) -> Self {
        Self::Refused(error)
    }
}

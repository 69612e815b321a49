//! Changes to what is there, one by one within a batch: each looks at what is there now, checks the
//! caller's right to it and does it.
//!
//! The same statements in both databases. The rows of tickets are locked before (see `postgres`).

mod canned;
mod held;
mod messages;
mod notices;
mod notifications;

use diesel::result::Error;

use self::held::Held;
pub(super) use self::{held::insert as insert_event, notices::Notice};
use crate::{
    domain::{Bounds, Policy, Timestamp},
    store::{
        connection::AnyConnection,
        error::WriteError,
        write::{Change, Done, What},
    },
};

/// What a change needs besides itself.
pub(super) struct Context<'a> {
    pub(super) connection: &'a mut AnyConnection,
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) bounds: &'a Bounds,
}

/// Why a change was not made.
pub(super) enum Trouble {
    /// The database's fault: the whole batch fails.
    Database(Error),
    /// The caller's: only this change does not happen. Nothing of it may have been written.
    Refused(WriteError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        Self::Refused(error)
    }
}

/// What becomes of a change.
pub(super) type Changed = Result<Done, Trouble>;

/// Makes a change.
pub(super) fn apply(context: &mut Context<'_>, change: &Change) -> Changed {
    let actor = change.actor.as_ref();
    match &change.what {
        What::EditMessage { message_id, body } => messages::edit(context, actor, *message_id, body),
        What::ReadNotification { id, from } => notifications::read(context, actor, *id, *from),
        What::ReadAllNotifications { from } => notifications::read_all(context, actor, *from),
        What::ForgetNotifications { user, up_to } => notifications::forget(context, actor, user, *up_to),
        What::SaveCanned(new) => canned::save(context, actor, new),
        What::DeleteCanned { id } => canned::delete(context, actor, *id),
    }
}

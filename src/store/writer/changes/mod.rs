//! Changes to what is there, one by one within a batch: each looks at what is there now, checks the
//! caller's right to it and does it.
//!
//! The same statements in both databases. The rows of tickets are locked before (see `postgres`).

mod assignment;
mod bars;
mod canned;
mod custom;
mod deliveries;
mod erasure;
mod held;
mod messages;
mod notices;
mod notifications;
mod participants;
mod presence;
mod rating;
mod reactions;
mod receipts;
mod updates;
mod uploads;
mod webhooks;

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
        What::UpdateTicket(update) => updates::update(context, actor, update),
        What::Wake(ticket_id) => updates::wake(context, actor, *ticket_id),
        What::RateTicket { ticket_id, score, comment } => {
            rating::rate(context, actor, *ticket_id, *score, comment.as_ref())
        }
        What::AddParticipant { ticket_id, user_id } => participants::add(context, actor, *ticket_id, user_id),
        What::RemoveParticipant { ticket_id, user_id } => {
            participants::remove(context, actor, *ticket_id, user_id)
        }
        What::DeleteMessage { message_id } => messages::delete(context, actor, *message_id),
        What::AddReaction { message_id, emoji } => reactions::add(context, actor, *message_id, *emoji),
        What::RemoveReaction { message_id, emoji } => reactions::remove(context, actor, *message_id, *emoji),
        What::Mark(mark) => receipts::mark(context, actor, mark),
        What::NoteSeen { seen } => presence::note_seen(context, seen),
        What::SetStatus { availability, from } => presence::set_status(context, actor, *availability, *from),
        What::AutoAssign { ticket_id, candidates, by_load } => {
            assignment::auto_assign(context, *ticket_id, candidates, *by_load)
        }
        What::ReturnToQueue { ticket_id, assignee, away_since } => {
            assignment::return_to_queue(context, *ticket_id, assignee, *away_since)
        }
        What::Erase(it) => erasure::erase(context, it),
        What::ReadNotification { id, from } => notifications::read(context, actor, *id, *from),
        What::ReadAllNotifications { from } => notifications::read_all(context, actor, *from),
        What::ForgetNotifications { user, up_to } => notifications::forget(context, actor, user, *up_to),
        What::SaveCanned(new) => canned::save(context, actor, new),
        What::DeleteCanned { id } => canned::delete(context, actor, *id),
        What::AddUpload { ticket_id, stored } => uploads::add(context, actor, *ticket_id, stored),
        What::ForgetUploads { before } => uploads::forget(context, *before),
        What::Notify(new) => custom::notify(context, actor, new),
        What::Bar { user, bar } => bars::bar(context, actor, user, *bar),
        What::Webhook(change) => webhooks::change(context, actor, change),
    }
}

//! Changes to what is there, one by one within a batch: each looks at what is there now, checks the
//! caller's right to it and does it.
//!
//! The same statements in both databases. The rows of tickets are locked before (see `postgres`).

mod app_notifications;
mod assignment;
mod canned_responses;
mod erasure;
mod locked_ticket;
mod messages;
mod notifications;
mod participants;
mod ratings;
mod reactions;
mod receipts;
mod statuses;
mod ticket_notifications;
mod tickets;
mod uploads;
mod users;
mod webhook_deliveries;
mod webhooks;

use diesel::result::Error;

use self::locked_ticket::Held;
pub(in crate::store) use self::{
    locked_ticket::insert as insert_event, ticket_notifications::Notice, webhook_deliveries::event_id,
};
use crate::{
    domain::{Bounds, Policy, Timestamp},
    store::{
        db::connection::AnyConnection,
        error::WriteError,
        write::{Change, Done, What},
    },
};

/// What a change needs besides itself.
pub(in crate::store) struct Context<'a> {
    pub(in crate::store) connection: &'a mut AnyConnection,
    pub(in crate::store) now: Timestamp,
    pub(in crate::store) policy: &'a Policy,
    pub(in crate::store) bounds: &'a Bounds,
}

/// Why a change was not made.
pub(in crate::store) enum Trouble {
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
pub(in crate::store) type Changed = Result<Done, Trouble>;

/// Makes a change.
pub(in crate::store) fn apply(context: &mut Context<'_>, change: &Change) -> Changed {
    let actor = change.actor.as_ref();
    match &change.what {
        What::EditMessage { message_id, body } => messages::edit(context, actor, *message_id, body),
        What::UpdateTicket(update) => tickets::update(context, actor, update),
        What::Wake(ticket_id) => tickets::wake(context, actor, *ticket_id),
        What::RateTicket { ticket_id, score, comment } => {
            ratings::rate(context, actor, *ticket_id, *score, comment.as_ref())
        }
        What::AddParticipant { ticket_id, user_id } => participants::add(context, actor, *ticket_id, user_id),
        What::RemoveParticipant { ticket_id, user_id } => {
            participants::remove(context, actor, *ticket_id, user_id)
        }
        What::DeleteMessage { message_id } => messages::delete(context, actor, *message_id),
        What::AddReaction { message_id, emoji } => reactions::add(context, actor, *message_id, *emoji),
        What::RemoveReaction { message_id, emoji } => reactions::remove(context, actor, *message_id, *emoji),
        What::Mark(mark) => receipts::mark(context, actor, mark),
        What::NoteSeen { seen } => statuses::note_seen(context, seen),
        What::SetStatus { availability, from } => statuses::set_status(context, actor, *availability, *from),
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
        What::SaveCanned(new) => canned_responses::save(context, actor, new),
        What::DeleteCanned { id } => canned_responses::delete(context, actor, *id),
        What::AddUpload { ticket_id, stored } => uploads::add(context, actor, *ticket_id, stored),
        What::ForgetUploads { before } => uploads::forget(context, *before),
        What::Notify(new) => app_notifications::notify(context, actor, new),
        What::Bar { user, bar } => users::bar(context, actor, user, *bar),
        What::Webhook(change) => webhooks::change(context, actor, change),
    }
}

//! Telling people of a ticket that was opened with them, or for them.

use std::collections::HashMap;

use diesel::QueryResult;

use super::{engine::Rules, plan::PlannedTicket};
use crate::{
    domain::{Notification, NotificationKind, User, UserId},
    store::{
        changes::{Context, Notice},
        db::connection::AnyConnection,
    },
};

/// Notifies everyone of a new ticket but its creator, and those whom its first message tells of it.
pub(super) fn notify(
    connection: &mut AnyConnection,
    planned: &PlannedTicket<'_>,
    users: &HashMap<UserId, User>,
    told: &[Notification],
    rules: &Rules<'_>,
) -> QueryResult<Vec<Notification>> {
    let Rules { now, policy, bounds } = *rules;
    let mut context = Context { connection, now, policy, bounds };
    let notice = Notice {
        kind: NotificationKind::ParticipantAdded,
        ticket: planned.id,
        actor: users.get(&planned.new.creator.id),
    };
    let mut given = Vec::new();
    for user in std::iter::once(&planned.new.requester).chain(planned.participants.iter().copied()) {
        if told.iter().all(|told| told.user_id != *user) {
            given.extend(notice.give(&mut context, user)?);
        }
    }
    Ok(given)
}

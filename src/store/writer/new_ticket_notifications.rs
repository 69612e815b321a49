//! Telling people of a ticket that was opened with them, or for them.

use std::collections::HashMap;

use diesel::QueryResult;

use super::plan::PlannedTicket;
use crate::{
    domain::{NotificationKind, User, UserEvent, UserId},
    store::changes::{Notice, Tx},
};

/// Notifies everyone of a new ticket but its creator, and those whom its first message tells of it already.
pub(super) fn notify(
    tx: &mut Tx<'_>,
    planned: &PlannedTicket<'_>,
    users: &HashMap<UserId, User>,
) -> QueryResult<()> {
    let told: Vec<UserId> = tx.effects.user_events.iter().filter_map(told).cloned().collect();
    let notice = Notice {
        kind: NotificationKind::ParticipantAdded,
        ticket: planned.id,
        actor: users.get(&planned.new.creator.id),
    };
    for user in std::iter::once(&planned.new.requester).chain(planned.participants.iter().copied()) {
        if !told.contains(user) {
            notice.give(tx, user)?;
        }
    }
    Ok(())
}

fn told(event: &UserEvent) -> Option<&UserId> {
    match event {
        UserEvent::Notified(notification) => Some(&notification.user_id),
        UserEvent::Confirmed(_) | UserEvent::NotificationsRead(_) => None,
    }
}

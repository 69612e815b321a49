//! Tells of users who come, go and want to be seen otherwise: the one task that does, one batch after
//! the other.
//!
//! Owns who is told, and that it is noted when they were seen. Does not know how they are seen.

use std::{collections::BTreeSet, sync::Arc};

use super::Change as StatusChange;
use crate::{
    bus::Signal,
    chat::{Chat, errors},
    domain::UserId,
    protocol::objects::StatusObject,
    store::{Acquaintances, changes::NoteSeen},
};

/// Users of one write and of one read.
const BATCH: usize = 64;

/// With so many tickets, participants and people someone's changes are shared.
const ACQUAINTANCES: usize = 1_000;

/// Announces until nobody comes any more.
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    while let Some(changes) = chat.availability.next(BATCH).await {
        note_seen(&chat, &changes).await;
        tell(&chat, &changes).await;
        chat.availability.announced(&changes);
    }
}

/// Waits until it is committed, so that whoever is told finds it there.
async fn note_seen(chat: &Chat, changes: &[StatusChange]) {
    let seen: Vec<_> =
        changes.iter().filter_map(|change| change.seen.map(|at| (change.user.clone(), at))).collect();
    if seen.is_empty() {
        return;
    }
    if chat.writer.write(None, NoteSeen { seen }).await.is_err() {
        tracing::warn!("it could not be noted when {} users were seen", changes.len());
    }
}

async fn tell(chat: &Chat, changes: &[StatusChange]) {
    let changes: Vec<&StatusChange> = changes.iter().filter(|change| change.news.is_some()).collect();
    if changes.is_empty() {
        return;
    }
    let users = changes.iter().map(|change| change.user.clone()).collect();
    let acquaintances = chat.store.acquaintances(users, ACQUAINTANCES).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "not everyone is told who came and went");
        vec![Acquaintances::default(); changes.len()]
    });
    for (change, acquaintances) in changes.iter().zip(&acquaintances) {
        let Some(status) = change.news else { continue };
        let mut acquainted = chat.availability.connected(acquaintances.people.iter());
        let mut staff = staff(chat, change, acquaintances);
        acquainted.remove(&change.user);
        staff.remove(&change.user);
        if change.by.is_some() {
            acquainted.insert(change.user.clone());
        }
        staff.retain(|user| !acquainted.contains(user));
        let Some(frame) = errors::event(&StatusObject::new(&change.user, status)) else { continue };
        for (users, for_staff) in [(acquainted, false), (staff, true)] {
            if !users.is_empty() {
                let (users, frame) = (users.into_iter().collect(), frame.clone());
                chat.bus.publish(&Signal::ForUsers { users, for_staff, except: change.by, frame });
            }
        }
    }
}

/// The staff who are connected and may know: who takes care of the user's tickets; of a member of the
/// staff all others, of a customer those who look at one of the tickets. As customers, on another
/// connection, they may not.
fn staff(chat: &Chat, change: &StatusChange, of: &Acquaintances) -> BTreeSet<UserId> {
    let mut staff = chat.availability.connected(&of.assignees);
    if change.is_staff {
        staff.append(&mut chat.availability.staff());
    } else {
        staff.append(&mut chat.presence.staff_in(&of.tickets));
    }
    staff
}

//! How users are seen now: whether they are connected, and how they want to be seen.
//!
//! Owns the live table and what of it others were not told yet: each user waits at most once to be
//! announced, and then as they are, so the queue is bounded by the users and a change cannot overtake
//! another of the same user. Does not know who is told.

pub(in crate::chat) mod announcer;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{
    domain::{Availability, Clock, ConnectionId, Timestamp, User, UserId, UserStatus},
    store::StatusSet,
};

/// Users of one write while the server stops.
const NOTED_AT_ONCE: usize = 1_000;

/// What is known of how a user is seen when they are not connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How they want to be seen.
    pub availability: Availability,
    /// When they were there last, as others see it.
    pub last_seen: Option<Timestamp>,
}

/// A user of whom something is to be noted or told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) user: UserId,
    pub(super) is_staff: bool,
    /// When they were seen, if that is to be noted.
    pub(super) seen: Option<Timestamp>,
    /// How they are seen now, if others were told otherwise.
    pub(super) news: Option<UserStatus>,
    /// Which of their connections wanted it; the others of theirs are told, too.
    pub(super) by: Option<ConnectionId>,
}

struct Entry {
    is_staff: bool,
    is_connected: bool,
    standing: Standing,
    told: Availability,
    seen: Option<Timestamp>,
    by: Option<ConnectionId>,
    /// In the queue of those to be announced.
    waits: bool,
}

impl Entry {
    fn status(&self) -> Availability {
        if self.is_connected { self.standing.availability } else { Availability::Offline }
    }

    fn shown(&self, now: Timestamp) -> UserStatus {
        let status = self.status();
        let last_seen = if status == Availability::Offline { self.standing.last_seen } else { Some(now) };
        UserStatus { status, last_seen }
    }

    /// Notes that the user is there, or goes now; who wants to be seen as gone is neither.
    fn note_seen(&mut self, now: Timestamp) {
        if self.standing.availability != Availability::Offline {
            self.seen = Some(now);
            self.standing.last_seen = self.standing.last_seen.max(Some(now));
        }
    }
}

#[derive(Default)]
struct Table {
    users: HashMap<UserId, Entry>,
    /// Agents and admins who are connected.
    staff: BTreeSet<UserId>,
    waiting: VecDeque<UserId>,
    /// The server stops: nobody is told any more.
    is_draining: bool,
    is_finished: bool,
}

impl Table {
    fn announce(&mut self, user: &UserId) {
        if let Some(entry) = self.users.get_mut(user).filter(|entry| !entry.waits) {
            entry.waits = true;
            self.waiting.push_back(user.clone());
        }
    }

    fn set_staff(&mut self, user: &UserId, is_staff: bool) {
        if is_staff {
            self.staff.insert(user.clone());
        } else {
            self.staff.remove(user);
        }
    }
}

/// The process-wide table.
pub struct Availabilities {
    clock: Clock,
    table: Mutex<Table>,
    /// Someone waits to be announced.
    changed: Notify,
    /// An agent came, or is online again.
    staff_came: Arc<Notify>,
}

impl Availabilities {
    /// A table in which nobody is connected. It tells `staff_came` when an agent is there to work.
    pub fn new(clock: Clock, staff_came: Arc<Notify>) -> Self {
        Self { clock, table: Mutex::default(), changed: Notify::new(), staff_came }
    }

    /// A user's first connection came. What the table knows is newer than what was read before.
    pub(super) fn came(&self, user: &User, standing: Standing) {
        let now = self.clock.now();
        let mut table = self.table.lock();
        let entry = table.users.entry(user.id.clone()).or_insert_with(|| Entry {
            is_staff: false,
            is_connected: false,
            standing,
            told: Availability::Offline,
            seen: None,
            by: None,
            waits: false,
        });
        entry.is_staff = user.role.is_staff();
        entry.is_connected = true;
        entry.by = None;
        entry.note_seen(now);
        table.set_staff(&user.id, user.role.is_staff());
        table.announce(&user.id);
        drop(table);
        self.tell(user.role.is_staff());
    }

    /// A user's last connection ended.
    pub(super) fn went(&self, user: &UserId) {
        let now = self.clock.now();
        let mut table = self.table.lock();
        let Some(entry) = table.users.get_mut(user) else { return };
        entry.is_connected = false;
        entry.by = None;
        entry.note_seen(now);
        table.set_staff(user, false);
        table.announce(user);
        drop(table);
        self.tell(false);
    }

    /// A connected user may have another role now: that of the newest token counts.
    pub(super) fn role_changed(&self, user: &User) {
        let is_staff = user.role.is_staff();
        let mut table = self.table.lock();
        let Some(entry) = table.users.get_mut(&user.id) else { return };
        if !entry.is_connected || entry.is_staff == is_staff {
            return;
        }
        entry.is_staff = is_staff;
        table.set_staff(&user.id, is_staff);
        drop(table);
        self.tell(is_staff);
    }

    /// It was committed how a user wants to be seen; called in the order of commit.
    pub(super) fn set(&self, set: &StatusSet) {
        let mut table = self.table.lock();
        let Some(entry) = table.users.get_mut(&set.user_id) else { return };
        entry.standing.availability = set.availability;
        entry.standing.last_seen = entry.standing.last_seen.max(set.last_seen);
        entry.by = Some(set.from);
        let is_staff = entry.is_staff;
        table.announce(&set.user_id);
        drop(table);
        self.tell(is_staff && set.availability == Availability::Online);
    }

    fn tell(&self, staff_came: bool) {
        self.changed.notify_one();
        if staff_came {
            self.staff_came.notify_one();
        }
    }

    /// How a user is seen, if the table knows; if not, they are offline since they were seen last.
    pub(super) fn status(&self, user: &UserId) -> Option<UserStatus> {
        let now = self.clock.now();
        self.table.lock().users.get(user).map(|entry| entry.shown(now))
    }

    /// Those of the users who are connected.
    pub(super) fn connected<'a>(&self, users: impl IntoIterator<Item = &'a UserId>) -> BTreeSet<UserId> {
        let table = self.table.lock();
        let is_connected = |user: &&UserId| table.users.get(*user).is_some_and(|entry| entry.is_connected);
        users.into_iter().filter(is_connected).cloned().collect()
    }

    /// The agents and admins who are connected.
    pub(super) fn staff(&self) -> BTreeSet<UserId> {
        self.table.lock().staff.clone()
    }

    /// The agents and admins who are there to work, by id.
    pub(super) fn staff_at_work(&self) -> Vec<UserId> {
        let table = self.table.lock();
        let at_work = |user: &&UserId| {
            table.users.get(*user).is_some_and(|entry| entry.status() == Availability::Online)
        };
        table.staff.iter().filter(at_work).cloned().collect()
    }

    /// The next users to announce, at most `max`; `None` when it is finished and nobody waits. Each must
    /// be [`Availabilities::announced`] after.
    pub(super) async fn next(&self, max: usize) -> Option<Vec<Change>> {
        loop {
            let changes = self.take(max);
            if !changes.is_empty() {
                return Some(changes);
            }
            if self.table.lock().is_finished {
                return None;
            }
            self.changed.notified().await;
        }
    }

    fn take(&self, max: usize) -> Vec<Change> {
        let now = self.clock.now();
        let mut table = self.table.lock();
        let is_draining = table.is_draining;
        let count = table.waiting.len().min(if is_draining { NOTED_AT_ONCE } else { max });
        let users: Vec<UserId> = table.waiting.drain(..count).collect();
        let mut changes = Vec::with_capacity(count);
        for user in users {
            let Some(entry) = table.users.get_mut(&user) else { continue };
            entry.waits = false;
            let shown = entry.shown(now);
            let news = (shown.status != entry.told && !is_draining).then_some(shown);
            entry.told = shown.status;
            let (seen, by) = (entry.seen.take(), entry.by.take());
            changes.push(Change { user, is_staff: entry.is_staff, seen, news, by });
        }
        changes
    }

    /// It is noted and told; who went and is not back is forgotten.
    pub(super) fn announced(&self, changes: &[Change]) {
        let mut table = self.table.lock();
        for change in changes {
            let Some(entry) = table.users.get_mut(&change.user) else { continue };
            if !entry.is_connected && !entry.waits {
                table.users.remove(&change.user);
            }
        }
    }

    /// Everyone goes: it is still noted when they were seen, and nobody is told.
    pub(super) fn drain(&self) {
        self.table.lock().is_draining = true;
    }

    /// Nobody comes any more, and who is still connected was seen last now. Whoever announces ends when
    /// nobody waits.
    pub(super) fn finish(&self) {
        let now = self.clock.now();
        let mut guard = self.table.lock();
        let table = &mut *guard;
        table.is_finished = true;
        for (user, entry) in table.users.iter_mut().filter(|(_, entry)| entry.is_connected) {
            entry.is_connected = false;
            entry.note_seen(now);
            if !std::mem::replace(&mut entry.waits, true) {
                table.waiting.push_back(user.clone());
            }
        }
        drop(guard);
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;

//! Every open connection of the process: by user for the bound on their number, and all of them for
//! draining.
//!
//! Does not know rooms or sockets: a connection is an address to which [`Stop`] can be sent.

pub mod connection;
pub mod outbox;
pub mod token_expiry;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use actix::{Message, Recipient};
use itertools::Itertools;
use parking_lot::Mutex;

use super::{
    connections::connection::Seat, rooms::registry::RoomRegistry, sign_in::Session, statuses::Availabilities,
};
use crate::{
    domain::{ConnectionId, Lockout, UserId, metric::Metric},
    protocol::CloseCode,
};

/// Asks a connection to close, once what it has in flight is answered; at once if it shuts the user out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub enum Stop {
    /// Now.
    Close(CloseCode),
    /// The server restarts: tell when to come back, then close after `close_after`.
    Drain {
        /// What `server_draining` names.
        reconnect_after: Duration,
        /// The jitter before the Close.
        close_after: Duration,
    },
}

/// Whether others see by these that their user is there.
fn is_shown(of_user: &VecDeque<Arc<Seat>>) -> bool {
    of_user.iter().any(|seat| seat.is_shown)
}

/// Takes out one that is too many; the newest stays.
fn surplus(of_user: &mut VecDeque<Arc<Seat>>, max: usize) -> Option<Arc<Seat>> {
    let others = of_user.len().saturating_sub(1);
    if of_user.len() <= max || others == 0 {
        return None;
    }
    let unseen = of_user.iter().take(others).position(|seat| !seat.is_shown);
    of_user.remove(unseen.unwrap_or(0))
}

#[derive(Default)]
struct Tables {
    all: HashMap<ConnectionId, Recipient<Stop>>,
    /// Oldest first.
    by_user: HashMap<UserId, VecDeque<Arc<Seat>>>,
    /// How many users were shut out by this process.
    lockouts: u64,
    draining: bool,
}

/// The process-wide table.
pub struct Connections {
    tables: Mutex<Tables>,
    /// Told of a user's first connection and of the last, under the lock, so that they come in order.
    availability: Arc<Availabilities>,
}

impl Tables {
    fn addresses<'a>(&self, seats: impl Iterator<Item = &'a Arc<Seat>>) -> Vec<Recipient<Stop>> {
        seats.filter_map(|seat| self.all.get(&seat.id).cloned()).collect()
    }

    /// The connections of a user that a lock-out ends.
    fn locked_out(&self, lockout: &Lockout) -> Vec<Recipient<Stop>> {
        let is_over = |seat: &&Arc<Seat>| lockout.disabled || seat.issued_at() < lockout.tokens_valid_after;
        self.addresses(self.by_user.get(&lockout.user).into_iter().flatten().filter(is_over))
    }
}

/// Asks connections to close. Called without the lock of the table, which every sign-in waits for.
fn close_all(addresses: &[Recipient<Stop>], code: CloseCode) {
    for address in addresses {
        address.do_send(Stop::Close(code));
    }
}

fn show_out(lockout: &Lockout, addresses: &[Recipient<Stop>]) {
    let code = if lockout.disabled { CloseCode::Disabled } else { CloseCode::Unauthenticated };
    close_all(addresses, code);
}

impl Connections {
    /// No connections.
    pub fn new(availability: Arc<Availabilities>) -> Self {
        Self { tables: Mutex::default(), availability }
    }

    /// Notes a connection that is not authenticated yet; `false` when the server drains and takes none.
    pub fn open(&self, id: ConnectionId, address: Recipient<Stop>) -> bool {
        let mut tables = self.tables.lock();
        if tables.draining {
            return false;
        }
        tables.all.insert(id, address);
        metrics::gauge!(Metric::Connections.name()).set(tables.all.len() as f64);
        true
    }

    /// How many users were shut out so far. Ask before the database is asked about somebody who wants in.
    pub fn lockouts(&self) -> u64 {
        self.tables.lock().lockouts
    }

    /// Seats someone and notes whose connection it is; over `max` of one user, the oldest are replaced,
    /// and before them those that nobody sees: they come and go by themselves. `false`, and nothing happens,
    /// if anybody was shut out since the database was asked about them: it may have been they, and whoever
    /// shuts out did not find them here.
    pub fn authenticated(&self, seat: &Arc<Seat>, session: &Session, max: usize) -> bool {
        let mut tables = self.tables.lock();
        if tables.lockouts != session.as_of {
            return false;
        }
        let (id, user) = (seat.id, &session.user);
        seat.set_user(Arc::clone(user), session.issued_at);
        // Closed while its token was being verified: nobody would take it out of the list again.
        if !tables.all.contains_key(&id) {
            return true;
        }
        let of_user = tables.by_user.entry(user.id.clone()).or_default();
        if of_user.iter().any(|it| it.id == id) {
            return true;
        }
        let was_shown = is_shown(of_user);
        of_user.push_back(Arc::clone(seat));
        let replaced: Vec<Arc<Seat>> = std::iter::from_fn(|| surplus(of_user, max)).collect();
        match (was_shown, is_shown(of_user)) {
            (false, true) => self.availability.came(user, session.standing),
            (true, false) => self.availability.went(&user.id),
            (true, true) if seat.is_shown => self.availability.role_changed(user),
            _ => {}
        }
        let replaced = tables.addresses(replaced.iter());
        drop(tables);
        close_all(&replaced, CloseCode::Replaced);
        true
    }

    /// Somebody is shut out by this process, behind the commit that says so.
    pub fn lock_out(&self, lockout: &Lockout) {
        let mut tables = self.tables.lock();
        tables.lockouts += 1;
        let addresses = tables.locked_out(lockout);
        drop(tables);
        show_out(lockout, &addresses);
    }

    /// Somebody was shut out, as the database says.
    pub fn show_out(&self, lockout: &Lockout) {
        let addresses = self.tables.lock().locked_out(lockout);
        show_out(lockout, &addresses);
    }

    /// Forgets a connection.
    pub fn close(&self, id: ConnectionId, user: Option<&UserId>) {
        let mut tables = self.tables.lock();
        tables.all.remove(&id);
        metrics::gauge!(Metric::Connections.name()).set(tables.all.len() as f64);
        let Some(user) = user else { return };
        if let Some(of_user) = tables.by_user.get_mut(user) {
            let was_shown = is_shown(of_user);
            of_user.retain(|it| it.id != id);
            let is_shown = is_shown(of_user);
            if of_user.is_empty() {
                tables.by_user.remove(user);
            }
            if was_shown && !is_shown {
                self.availability.went(user);
            }
        }
    }

    /// Asks all connections of a user to close, and gives how many there are.
    pub fn stop(&self, user: &UserId, code: CloseCode) -> usize {
        let tables = self.tables.lock();
        let addresses = tables.addresses(tables.by_user.get(user).into_iter().flatten());
        drop(tables);
        close_all(&addresses, code);
        addresses.len()
    }

    /// Where a user sits, oldest first.
    pub fn seats(&self, user: &UserId) -> Vec<Arc<Seat>> {
        self.tables.lock().by_user.get(user).into_iter().flatten().cloned().collect()
    }

    /// The seats of a worker, or of all, of everyone who is authenticated.
    pub fn everyone(&self, at: Option<&actix::Addr<RoomRegistry>>) -> Vec<Arc<Seat>> {
        let tables = self.tables.lock();
        let seats = tables.by_user.values().flatten();
        seats.filter(|seat| at.is_none_or(|at| seat.registry == *at)).cloned().collect()
    }

    /// How many are authenticated.
    pub fn authenticated_count(&self) -> usize {
        self.tables.lock().by_user.values().map(VecDeque::len).sum()
    }

    /// The seats behind `after` in the order of their ids, of one user or of all, at most `limit`.
    pub fn page(&self, user: Option<&UserId>, after: Option<ConnectionId>, limit: usize) -> Vec<Arc<Seat>> {
        let tables = self.tables.lock();
        let all = tables.by_user.iter().filter(|(id, _)| user.is_none_or(|user| user == *id));
        let behind = all.flat_map(|(_, seats)| seats).filter(|seat| Some(seat.id) > after);
        behind.k_smallest_by_key(limit, |seat| seat.id).cloned().collect()
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.tables.lock().all.len()
    }

    /// Whether the server drains.
    pub fn is_draining(&self) -> bool {
        self.tables.lock().draining
    }

    /// Takes no more connections, and asks each to end at a random time within `spread`, and its
    /// client to come back at a random time within `reconnect` after that.
    pub fn drain(&self, spread: Duration, reconnect: Duration) {
        let mut tables = self.tables.lock();
        tables.draining = true;
        self.availability.drain();
        let addresses: Vec<Recipient<Stop>> = tables.all.values().cloned().collect();
        drop(tables);
        for address in addresses {
            let close_after = spread.mul_f64(rand::random());
            let reconnect_after = reconnect.mul_f64(rand::random());
            address.do_send(Stop::Drain { reconnect_after, close_after });
        }
    }
}

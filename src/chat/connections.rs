//! Every open connection of the process: by user for the bound on their number, and all of them for
//! draining.
//!
//! Does not know rooms or sockets: a connection is an address to which [`Stop`] can be sent.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix::{Message, Recipient};

use super::{
    availability::{Availabilities, Standing},
    seat::Seat,
};
use crate::{
    domain::{ConnectionId, User, UserId, metric::Metric},
    protocol::CloseCode,
};

/// Asks a connection to close, once what it has in flight is answered.
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
    draining: bool,
}

/// The process-wide table.
pub struct Connections {
    tables: Mutex<Tables>,
    /// Told of a user's first connection and of the last, under the lock, so that they come in order.
    availability: Arc<Availabilities>,
}

impl Connections {
    /// No connections.
    pub fn new(availability: Arc<Availabilities>) -> Self {
        Self { tables: Mutex::default(), availability }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a connection that is not authenticated yet; `false` when the server drains and takes none.
    pub fn open(&self, id: ConnectionId, address: Recipient<Stop>) -> bool {
        let mut tables = self.lock();
        if tables.draining {
            return false;
        }
        tables.all.insert(id, address);
        metrics::gauge!(Metric::Connections.name()).set(tables.all.len() as f64);
        true
    }

    /// Notes whose it is; over `max` of one user, the oldest are replaced, and before them those that nobody
    /// sees: they come and go by themselves.
    pub fn authenticated(&self, seat: &Arc<Seat>, user: &User, standing: Standing, max: usize) {
        let mut tables = self.lock();
        let id = seat.id;
        // Closed while its token was being verified: nobody would take it out of the list again.
        if !tables.all.contains_key(&id) {
            return;
        }
        let of_user = tables.by_user.entry(user.id.clone()).or_default();
        if of_user.iter().any(|it| it.id == id) {
            return;
        }
        let was_shown = is_shown(of_user);
        of_user.push_back(Arc::clone(seat));
        let replaced: Vec<Arc<Seat>> = std::iter::from_fn(|| surplus(of_user, max)).collect();
        match (was_shown, is_shown(of_user)) {
            (false, true) => self.availability.came(user, standing),
            (true, false) => self.availability.went(&user.id),
            (true, true) if seat.is_shown => self.availability.role_changed(user),
            _ => {}
        }
        for seat in replaced {
            if let Some(address) = tables.all.get(&seat.id) {
                address.do_send(Stop::Close(CloseCode::Replaced));
            }
        }
    }

    /// Forgets a connection.
    pub fn close(&self, id: ConnectionId, user: Option<&UserId>) {
        let mut tables = self.lock();
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

    /// Asks all connections of a user to close.
    pub fn stop(&self, user: &UserId, code: CloseCode) {
        let tables = self.lock();
        for seat in tables.by_user.get(user).into_iter().flatten() {
            if let Some(address) = tables.all.get(&seat.id) {
                address.do_send(Stop::Close(code));
            }
        }
    }

    /// Where a user sits, oldest first.
    pub fn seats(&self, user: &UserId) -> Vec<Arc<Seat>> {
        self.lock().by_user.get(user).into_iter().flatten().cloned().collect()
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().all.len()
    }

    /// Whether the server drains.
    pub fn is_draining(&self) -> bool {
        self.lock().draining
    }

    /// Takes no more connections, and asks each to end at a random time within `spread`, and its
    /// client to come back at a random time within `reconnect` after that.
    pub fn drain(&self, spread: Duration, reconnect: Duration) {
        let mut tables = self.lock();
        tables.draining = true;
        self.availability.drain();
        for address in tables.all.values() {
            let close_after = spread.mul_f64(rand::random());
            let reconnect_after = reconnect.mul_f64(rand::random());
            address.do_send(Stop::Drain { reconnect_after, close_after });
        }
    }
}

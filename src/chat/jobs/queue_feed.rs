//! The live queue: what happens to tickets, for the connections that watch it.
//!
//! Owns who watches what, and the pace: of each ticket one frame a second, with the ticket as it is
//! then. Told of each commit without waiting; reads and sends in a task of its own. Does not know who
//! may watch: whoever subscribes has asked, and whoever loses the role is taken out.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};

use crate::{
    chat::{Chat, connections::connection::Seat, errors, rooms::room::push},
    domain::{Changes, ConnectionId, Ticket, TicketId, TicketStatus, UserId, Visible},
    protocol::{
        objects::TicketObject,
        queue::{QueueReason, QueueTicket},
    },
    store::QueueFilter,
};

/// Between two frames of a ticket.
const PACE: Duration = Duration::from_secs(1);

/// Tickets that may wait to be sent; what happens to more than these in a second is not told.
const MAX_DUE: usize = 10_000;

/// Tickets of one read.
const BATCH: usize = 200;

/// After a read that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// A ticket of which something is to be told.
struct Due {
    reason: QueueReason,
    /// What changed since it was told last, oldest first.
    changes: Vec<Changes>,
}

struct Subscription {
    seat: Arc<Seat>,
    filter: QueueFilter,
}

#[derive(Default)]
struct State {
    subscriptions: HashMap<ConnectionId, Subscription>,
    due: HashMap<TicketId, Due>,
    /// When a ticket was told last, of those told within the last second or so.
    told: HashMap<TicketId, Instant>,
    /// Something was left out, which was logged.
    is_overfull: bool,
}

/// The process-wide feed.
#[derive(Default)]
pub struct QueueFeed {
    state: Mutex<State>,
    /// Somebody watches: what costs a lock on each commit if not.
    is_watched: AtomicBool,
    happened: Notify,
}

impl QueueFeed {
    /// Lets a connection watch, instead of what it watched before. One that is closing watches nothing:
    /// nobody would take it out again.
    /// Gives what it watched before.
    pub(in crate::chat) fn subscribe(&self, seat: &Arc<Seat>, filter: QueueFilter) -> Option<QueueFilter> {
        let mut state = self.state.lock();
        if seat.outbox.is_closing() {
            return None;
        }
        self.is_watched.store(true, Ordering::Release);
        let subscription = Subscription { seat: Arc::clone(seat), filter };
        state.subscriptions.insert(seat.id, subscription).map(|before| before.filter)
    }

    /// Lets a connection watch again what it watched before.
    pub(in crate::chat) fn restore(&self, seat: &Arc<Seat>, before: Option<QueueFilter>) {
        match before {
            Some(filter) => drop(self.subscribe(seat, filter)),
            None => self.unsubscribe(seat.id),
        }
    }

    /// Lets a connection watch no more.
    pub(in crate::chat) fn unsubscribe(&self, connection: ConnectionId) {
        let mut state = self.state.lock();
        if state.subscriptions.remove(&connection).is_some() && state.subscriptions.is_empty() {
            self.is_watched.store(false, Ordering::Release);
            state.due.clear();
        }
    }

    /// Something was committed that concerns a ticket.
    pub(in crate::chat) fn hear(&self, ticket: TicketId, reason: QueueReason, changes: Option<&Changes>) {
        if !self.is_watched.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state.lock();
        if state.due.len() >= MAX_DUE && !state.due.contains_key(&ticket) {
            if !std::mem::replace(&mut state.is_overfull, true) {
                tracing::warn!("those who watch the queue are not told of everything");
            }
            return;
        }
        state.is_overfull = false;
        let due = state.due.entry(ticket).or_insert(Due { reason, changes: Vec::new() });
        due.reason = due.reason.max(reason);
        due.changes.extend(changes.map(|changes| Changes {
            status: changes.status.clone(),
            assignee_id: changes.assignee_id.clone(),
            ..Changes::default()
        }));
        drop(state);
        self.happened.notify_one();
    }

    /// Takes the tickets that may be told of now, and says when the next one may.
    fn take(&self, now: Instant) -> (HashMap<TicketId, Due>, Option<Instant>) {
        let mut state = self.state.lock();
        state.told.retain(|_, at| now.duration_since(*at) < PACE);
        let State { due, told, .. } = &mut *state;
        let mut ready: Vec<TicketId> = due.keys().filter(|id| !told.contains_key(id)).copied().collect();
        ready.truncate(BATCH);
        let next = due.keys().filter_map(|id| told.get(id)).min().map(|at| *at + PACE);
        (ready.into_iter().filter_map(|id| due.remove(&id).map(|it| (id, it))).collect(), next)
    }

    /// Puts back what could not be told; what happened since comes behind it.
    fn put_back(&self, taken: HashMap<TicketId, Due>) {
        let mut state = self.state.lock();
        for (id, mut earlier) in taken {
            let since = state.due.remove(&id);
            if let Some(since) = since {
                earlier.reason = earlier.reason.max(since.reason);
                earlier.changes.extend(since.changes);
            }
            state.due.insert(id, earlier);
        }
    }

    /// Sends a ticket to the connections in whose queue it is or was.
    fn tell(&self, ticket: &Ticket, due: &Due, now: Instant) {
        let states = states(ticket, &due.changes);
        let is_theirs =
            |filter: &QueueFilter| states.iter().any(|(status, assignee)| filter.holds(*status, *assignee));
        if !self.state.lock().subscriptions.values().any(|it| is_theirs(&it.filter)) {
            return;
        }
        // Commits wait for the lock, so the ticket is encoded without it.
        let event = QueueTicket { reason: due.reason, ticket: TicketObject::new(ticket, Visible::Both) };
        let Some(frame) = errors::event(&event) else { return };
        // Pushed under the lock: a connection that was taken out gets nothing more.
        let mut state = self.state.lock();
        for subscription in state.subscriptions.values().filter(|it| is_theirs(&it.filter)) {
            push(&subscription.seat, &frame, None);
        }
        state.told.insert(ticket.id, now);
    }
}

/// The states that a ticket went through, the present one last.
fn states<'a>(ticket: &'a Ticket, changes: &'a [Changes]) -> Vec<(TicketStatus, Option<&'a UserId>)> {
    let present = (ticket.status, ticket.assignee.as_ref().map(|user| &user.id));
    let status = changes.iter().find_map(|it| it.status.as_ref()).map_or(present.0, |it| it.from);
    let assignee = changes.iter().find_map(|it| it.assignee_id.as_ref());
    let mut state = (status, assignee.map_or(present.1, |it| it.from.as_ref()));
    let mut states = vec![state];
    for change in changes {
        if let Some(status) = &change.status {
            state.0 = status.to;
        }
        if let Some(assignee) = &change.assignee_id {
            state.1 = assignee.to.as_ref();
        }
        states.push(state);
    }
    states.push(present);
    states
}

/// Tells of what happens, until it is aborted.
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    let feed = &chat.queue;
    loop {
        let (taken, next) = feed.take(Instant::now());
        if taken.is_empty() {
            match next {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at, feed.happened.notified()).await;
                }
                None => feed.happened.notified().await,
            }
            continue;
        }
        match chat.store.tickets_now(taken.keys().copied().collect()).await {
            Ok(tickets) => {
                let now = Instant::now();
                for (ticket, due) in tickets.iter().filter_map(|it| Some((it, taken.get(&it.id)?))) {
                    feed.tell(ticket, due, now);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the queue could not be read for those who watch it");
                feed.put_back(taken);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FromTo, Position, Priority, Role, Timestamp, User};

    fn user(id: &str) -> User {
        User { id: UserId::new(id).unwrap(), name: id.to_owned(), role: Role::Agent }
    }

    fn ticket(status: TicketStatus, assignee: Option<&str>) -> Ticket {
        Ticket {
            id: TicketId(1),
            subject: String::new(),
            status,
            priority: Priority::Normal,
            requester: user("ada"),
            assignee: assignee.map(user),
            participants: Vec::new(),
            position: Position::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            last_message_at: None,
            closed_at: None,
            rating: None,
            labels: Vec::new(),
            snoozed_until: None,
        }
    }

    #[test]
    fn a_ticket_was_in_each_state_that_its_changes_name() {
        let id = |id: &str| Some(UserId::new(id).unwrap());
        let taken = Changes { assignee_id: Some(FromTo { from: None, to: id("amy") }), ..Changes::default() };
        let closed = Changes {
            status: Some(FromTo { from: TicketStatus::Open, to: TicketStatus::Closed }),
            ..Changes::default()
        };
        let ticket = ticket(TicketStatus::Closed, Some("amy"));
        let changes = [taken, Changes::default(), closed];
        let states = states(&ticket, &changes);
        let was = |status, assignee: Option<UserId>| states.contains(&(status, assignee.as_ref()));
        assert!(was(TicketStatus::Open, None), "before all of them");
        assert!(was(TicketStatus::Open, id("amy")), "between");
        assert!(was(TicketStatus::Closed, id("amy")), "now");
        assert!(!was(TicketStatus::Closed, None), "never");
    }

    #[test]
    fn reasons_merge_into_the_greatest_and_nothing_is_kept_for_nobody() {
        let feed = QueueFeed::default();
        feed.hear(TicketId(1), QueueReason::Created, None);
        assert!(feed.take(Instant::now()).0.is_empty(), "nobody watches");
        feed.is_watched.store(true, Ordering::Release);
        for reason in [QueueReason::Activity, QueueReason::Created, QueueReason::Updated] {
            feed.hear(TicketId(1), reason, None);
        }
        let (taken, _) = feed.take(Instant::now());
        assert_eq!(taken[&TicketId(1)].reason, QueueReason::Created);
        feed.hear(TicketId(1), QueueReason::Activity, None);
        feed.put_back(taken);
        assert_eq!(feed.take(Instant::now()).0[&TicketId(1)].reason, QueueReason::Created);
    }
}

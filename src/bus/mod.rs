//! FLOOR 2. Publishes committed events and short-lived signals to the room registry of every worker.
//!
//! Owns one bounded queue a worker, within this process. Does not know rooms, members or sockets. Delivery is
//! not guaranteed: a full queue drops the signal and marks its subscription as lagged. A lagged worker
//! compares its rooms with the log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use bytestring::ByteString;
use parking_lot::RwLock;
use tokio::sync::mpsc;

use crate::domain::{ConnectionId, Stream, TicketId, UserId};

/// Event of a ticket's log, encoded once for all recipients.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    /// Ticket whose room receives the event.
    pub ticket_id: TicketId,
    /// Stream that a recipient must see.
    pub stream: Stream,
    /// Number of the event in its stream, from 1 without gaps.
    pub seq: i64,
    /// Position in the log across both streams.
    pub pos: i64,
    /// Encoded frame, shared by all recipients.
    pub frame: ByteString,
    /// User whose access ends with this event, unless the user is staff.
    pub evicts: Option<UserId>,
}

/// Message to the members of rooms, or to the connections of users.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Events of one commit, in commit order.
    Committed {
        /// Events of the commit, possibly of several tickets.
        events: Arc<[LiveEvent]>,
        /// Time at which the commit returned; the start of the delivery metric.
        at: Instant,
    },
    /// Frame for a ticket's room that is not in the log. It may be lost.
    Ephemeral {
        /// Ticket whose room receives it.
        ticket_id: TicketId,
        /// Stream that a recipient must see.
        stream: Stream,
        /// Excluded user.
        except: UserId,
        /// Encoded frame.
        frame: ByteString,
    },
    /// Frame for all connections of these users. It is not in any log and may be lost.
    ForUsers {
        /// Users whose connections receive it.
        users: Arc<[UserId]>,
        /// Restricts delivery to connections that signed in as agent or admin.
        for_staff: bool,
        /// Excluded connection: its own reply already carries the change.
        except: Option<ConnectionId>,
        /// Encoded frame.
        frame: ByteString,
    },
    /// Frame for every connection. It may be lost.
    ForEveryone {
        /// Encoded frame.
        frame: ByteString,
    },
    /// Signals in this order, in one slot of each queue. One commit may bring hundreds of receipts: one slot
    /// for each would fill the queues, and events of the log would be dropped.
    Several(Arc<[Signal]>),
}

/// Signals that may wait for one worker. A worker this far back catches up faster from the log. Signals are
/// small: their frames are shared.
const QUEUE: usize = 4096;

struct Subscriber {
    queue: mpsc::Sender<Signal>,
    lagged: Arc<AtomicBool>,
}

/// Sending side, shared by all publishers.
#[derive(Default)]
pub struct Bus {
    subscribers: RwLock<Vec<Subscriber>>,
}

/// Receiving side of one worker. Dropping it ends the subscription.
pub struct Subscription {
    /// Signals in the order of publishing.
    pub signals: mpsc::Receiver<Signal>,
    lagged: Arc<AtomicBool>,
}

impl Subscription {
    /// Flag that reports dropped signals; see [`Lag::take`].
    pub fn lag(&self) -> Lag {
        Lag(Arc::clone(&self.lagged))
    }
}

/// Flag of a subscription whose queue was full.
pub struct Lag(Arc<AtomicBool>);

impl Lag {
    /// Returns whether signals were dropped since the last call, and clears the flag.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Bus {
    /// Creates a bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a worker. The entry is removed at the next call after its subscription was dropped.
    pub fn subscribe(&self) -> Subscription {
        let (queue, signals) = mpsc::channel(QUEUE);
        let lagged = Arc::new(AtomicBool::new(false));
        let mut subscribers = self.subscribers.write();
        subscribers.retain(|it| !it.queue.is_closed());
        subscribers.push(Subscriber { queue, lagged: Arc::clone(&lagged) });
        Subscription { signals, lagged }
    }

    /// Number of queued signals of each worker.
    pub fn waiting(&self) -> Vec<usize> {
        let subscribers = self.subscribers.read();
        let open = subscribers.iter().filter(|it| !it.queue.is_closed());
        open.map(|it| it.queue.max_capacity() - it.queue.capacity()).collect()
    }

    /// Queues `signal` for every worker, without blocking. A full queue drops it and sets [`Lag`].
    pub fn publish(&self, signal: &Signal) {
        let subscribers = self.subscribers.read();
        for subscriber in subscribers.iter() {
            if let Err(mpsc::error::TrySendError::Full(_)) = subscriber.queue.try_send(signal.clone()) {
                subscriber.lagged.store(true, Ordering::Release);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(n: i64) -> Signal {
        Signal::Ephemeral {
            ticket_id: TicketId(n),
            stream: Stream::Public,
            except: UserId::new("nobody").unwrap(),
            frame: ByteString::from_static("{}"),
        }
    }

    #[test]
    fn a_full_queue_drops_the_signal_and_says_so_once() {
        let bus = Bus::new();
        let subscription = bus.subscribe();
        let lag = subscription.lag();
        for n in 0..QUEUE as i64 {
            bus.publish(&signal(n));
        }
        assert!(!lag.take());
        bus.publish(&signal(-1));
        assert!(lag.take());
        assert!(!lag.take());
    }
}

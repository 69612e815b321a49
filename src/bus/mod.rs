//! FLOOR 2. Carries what happened from whoever committed it to the room registry of every worker.
//!
//! In-process: one bounded queue a worker. Does not know rooms, members or sockets, and promises
//! nothing: a signal that finds a queue full is dropped and the subscriber is told that it lagged,
//! so that it compares its rooms with the log.

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

/// An event of a ticket's log, encoded once for everyone.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream.
    pub seq: i64,
    /// Its place in the one order across both streams.
    pub pos: i64,
    /// The frame.
    pub frame: ByteString,
    /// Who loses the ticket with it, unless they are staff.
    pub evicts: Option<UserId>,
}

/// Something that concerns the members of rooms, or the connections of users.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Events of one commit, in commit order.
    Committed {
        /// The events.
        events: Arc<[LiveEvent]>,
        /// When the commit was done.
        at: Instant,
    },
    /// Something that is not in the log: may be missed.
    Ephemeral {
        /// For the members of this ticket's room,
        ticket_id: TicketId,
        /// who see this stream,
        stream: Stream,
        /// without the connections of this user.
        except: UserId,
        /// The frame.
        frame: ByteString,
    },
    /// Something for all connections of users, wherever they are; it is not in any log.
    ForUsers {
        /// Whose.
        users: Arc<[UserId]>,
        /// Only for connections as staff: others of theirs may not show it.
        for_staff: bool,
        /// A connection that knows it already.
        except: Option<ConnectionId>,
        /// The frame.
        frame: ByteString,
    },
    /// Something for everyone's connections.
    ForEveryone {
        /// The frame.
        frame: ByteString,
    },
    /// Several, in this order, in one place of the queues: a commit may bring hundreds of receipts, and
    /// a queue that they fill would drop events of the log.
    Several(Arc<[Signal]>),
}

/// How many signals may wait for one worker. A signal is small (its frames are shared), and a worker
/// that is this far behind does better to read the log.
const QUEUE: usize = 4096;

struct Subscriber {
    queue: mpsc::Sender<Signal>,
    lagged: Arc<AtomicBool>,
}

/// The sending side, shared by all.
#[derive(Default)]
pub struct Bus {
    subscribers: RwLock<Vec<Subscriber>>,
}

/// The receiving side of one worker.
pub struct Subscription {
    /// The signals, in the order in which they were published.
    pub signals: mpsc::Receiver<Signal>,
    lagged: Arc<AtomicBool>,
}

impl Subscription {
    /// Splits off the flag that tells, once, whether signals were dropped.
    pub fn lag(&self) -> Lag {
        Lag(Arc::clone(&self.lagged))
    }
}

/// Whether signals were dropped since it was asked last.
pub struct Lag(Arc<AtomicBool>);

impl Lag {
    /// Asks and forgets.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl Bus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a worker; it is forgotten when the subscription is dropped.
    pub fn subscribe(&self) -> Subscription {
        let (queue, signals) = mpsc::channel(QUEUE);
        let lagged = Arc::new(AtomicBool::new(false));
        let mut subscribers = self.subscribers.write();
        subscribers.retain(|it| !it.queue.is_closed());
        subscribers.push(Subscriber { queue, lagged: Arc::clone(&lagged) });
        Subscription { signals, lagged }
    }

    /// How many signals wait for each worker.
    pub fn waiting(&self) -> Vec<usize> {
        let subscribers = self.subscribers.read();
        let open = subscribers.iter().filter(|it| !it.queue.is_closed());
        open.map(|it| it.queue.max_capacity() - it.queue.capacity()).collect()
    }

    /// Hands `signal` to every worker without waiting for any.
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

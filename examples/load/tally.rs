//! What a thread of the driver counts in the measured window, and the sum over the threads.
//!
//! Knows nothing of how it is shown.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::{Failure, room::Faults};

/// Microseconds up to a minute, to three digits: small enough that the used part stays in the cache.
type Micros = Histogram<u32>;

/// The counts of one thread, or of all.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// From send (or its scheduled time) to its ack.
    pub ack: Micros,
    /// From send (or its scheduled time) to the receipt at a member other than the sender.
    pub delivery: Micros,
    /// Acks of success in the window.
    pub committed: u64,
    /// `new_message` frames in the window, the senders' own copies included.
    pub deliveries: u64,
    /// The senders' own copies among them.
    pub own: u64,
    /// All frames in the window.
    pub frames: u64,
    /// Frames that had to go through serde_json while the load ran.
    pub slow: u64,
    /// Pings of the server, over the whole run.
    pub pings: u64,
    /// Messages sent over the whole run, warm-up included.
    pub sent: u64,
    /// Sends that the schedule asked for but that were left out, since too many were unanswered.
    pub skipped: u64,
    /// Whether `--max-sends` ended the load early.
    pub exhausted: bool,
    /// Refused sends by code, over the whole run.
    pub refused: BTreeMap<String, u64>,
    /// Connections that ended before the driver left, by close code (1006: without a Close frame).
    pub closed: BTreeMap<u16, u64>,
    /// What must not happen.
    pub faults: Faults,
}

impl Tally {
    /// Nothing counted yet.
    pub(crate) fn new() -> Result<Self, Failure> {
        let empty = Micros::new_with_bounds(1, 60_000_000, 3)?;
        Ok(Self {
            ack: empty.clone(),
            delivery: empty,
            committed: 0,
            deliveries: 0,
            own: 0,
            frames: 0,
            slow: 0,
            pings: 0,
            sent: 0,
            skipped: 0,
            exhausted: false,
            refused: BTreeMap::new(),
            closed: BTreeMap::new(),
            faults: Faults::default(),
        })
    }

    /// Takes over another thread's.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Failure> {
        self.ack.add(&other.ack)?;
        self.delivery.add(&other.delivery)?;
        self.committed += other.committed;
        self.deliveries += other.deliveries;
        self.own += other.own;
        self.frames += other.frames;
        self.slow += other.slow;
        self.pings += other.pings;
        self.sent += other.sent;
        self.skipped += other.skipped;
        self.exhausted |= other.exhausted;
        for (code, times) in other.refused {
            *self.refused.entry(code).or_default() += times;
        }
        for (code, times) in other.closed {
            *self.closed.entry(code).or_default() += times;
        }
        self.faults.merge(other.faults);
        Ok(())
    }
}

//! Counts of one thread during the measurement, and their sum over all threads.
//!
//! Owns the counters. Does not know how they are shown.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::{Failure, room::Faults};

/// Histogram of microseconds up to a minute, with three digits: its used part fits the cache.
type Micros = Histogram<u32>;

/// Counts of one thread, or of all.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Latency from a send (or its scheduled time) to its ack.
    pub ack: Micros,
    /// Latency from a send (or its scheduled time) to its receipt at another member.
    pub delivery: Micros,
    /// Successful acks during the measurement.
    pub committed: u64,
    /// `new_message` frames during the measurement, including the copies of the senders.
    pub deliveries: u64,
    /// Copies of the senders among `deliveries`.
    pub own: u64,
    /// All frames during the measurement.
    pub frames: u64,
    /// Frames parsed by serde_json while the load ran.
    pub slow: u64,
    /// Pings of the server, over the whole run.
    pub pings: u64,
    /// Messages sent over the whole run, warm-up included.
    pub sent: u64,
    /// Scheduled sends that were skipped because of too many unacknowledged ones.
    pub skipped: u64,
    /// `true` if `--max-sends` ended the load early.
    pub exhausted: bool,
    /// Refused sends by code, over the whole run.
    pub refused: BTreeMap<String, u64>,
    /// Connections closed before the end of the run, by close code (1006: without a Close frame).
    pub closed: BTreeMap<u16, u64>,
    /// Failed checks.
    pub faults: Faults,
}

impl Tally {
    /// Creates counts of zero.
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

    /// Adds the counts of another thread.
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

//! Checks that the members of a room see every number of the stream once, in order, with equal content.
//!
//! Owns the positions and the faults found. Does not know sockets or time.

use std::collections::BTreeMap;

/// Largest plausible jump in a stream.
const ABSURD: u64 = 1_000_000;
/// Entry of a room's log: number not seen by any member.
const UNSEEN: u32 = u32::MAX;
/// Entry of a room's log: event that is not a send of the driver.
const OTHER: u32 = u32::MAX - 1;
/// Faults reported in words. Further ones are only counted.
const DETAILS: usize = 10;

/// Ticket with the known content of its public stream.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Id of the ticket; empty until it is created.
    pub ticket: String,
    /// Bytes that identify the ticket's messages; see [`crate::scan::marker`].
    pub marker: Vec<u8>,
    /// Index of the send for each number of the stream, from 1. Only the driver writes to the ticket.
    log: Vec<u32>,
}

impl Room {
    /// Extends the log to the position at which a member joined.
    pub(crate) fn reach(&mut self, position: u64) {
        if position > self.head() && position < ABSURD {
            self.log.resize(position as usize, UNSEEN);
        }
    }

    /// Highest number that a member has seen or that was acknowledged.
    pub(crate) fn head(&self) -> u64 {
        self.log.len() as u64
    }

    /// Records the send under a number; `None` for a foreign event. Returns `false` if another send is
    /// recorded under it.
    pub(crate) fn agree(&mut self, seq: u64, index: Option<u32>) -> bool {
        let Some(at) = seq.checked_sub(1).filter(|at| *at < self.head() + ABSURD) else {
            return false;
        };
        let at = at as usize;
        if at >= self.log.len() {
            self.log.resize(at + 1, UNSEEN);
        }
        let index = index.unwrap_or(OTHER);
        if self.log[at] == UNSEEN {
            self.log[at] = index;
        }
        self.log[at] == index
    }

    /// Indexes of the driver's sends in the log.
    pub(crate) fn sends(&self) -> impl Iterator<Item = u32> {
        self.log.iter().copied().filter(|index| *index < OTHER)
    }
}

/// Position of one member in its room's stream.
#[derive(Debug, Default)]
pub(crate) struct Position {
    /// The highest number seen.
    pub last: u64,
    /// Skipped numbers that have not arrived since.
    skipped: Vec<u64>,
}

/// Relation of a number to those seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Successor of the highest number.
    Next,
    /// Number that skips others.
    Gap,
    /// Number that was skipped before.
    Late,
    /// Number seen before, or one from before the join.
    Double,
    /// Number too far ahead to be plausible.
    Absurd,
}

impl Position {
    /// Records an arrived number.
    pub(crate) fn see(&mut self, seq: u64) -> Fit {
        if seq == self.last + 1 {
            self.last = seq;
            return Fit::Next;
        }
        if seq > self.last + ABSURD {
            return Fit::Absurd;
        }
        if seq > self.last {
            self.skipped.extend(self.last + 1..seq);
            self.last = seq;
            return Fit::Gap;
        }
        match self.skipped.iter().position(|skipped| *skipped == seq) {
            Some(at) => {
                self.skipped.swap_remove(at);
                Fit::Late
            }
            None => Fit::Double,
        }
    }

    /// Count of numbers up to `head` that have not arrived.
    pub(crate) fn missing(&self, head: u64) -> u64 {
        self.skipped.len() as u64 + head.saturating_sub(self.last)
    }
}

/// Faults of a run. An empty value means that the run is verified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Number of occurrences of each kind.
    pub counts: BTreeMap<&'static str, u64>,
    /// Descriptions of the first faults.
    pub details: Vec<String>,
}

impl Faults {
    /// Counts a fault, and keeps its description if it is among the first.
    pub(crate) fn add(&mut self, kind: &'static str, times: u64, words: impl FnOnce() -> String) {
        *self.counts.entry(kind).or_default() += times;
        if self.details.len() < DETAILS {
            self.details.push(format!("{kind}: {}", words()));
        }
    }

    /// Adds the faults of another thread.
    pub(crate) fn merge(&mut self, other: Self) {
        for (kind, times) in other.counts {
            *self.counts.entry(kind).or_default() += times;
        }
        self.details.extend(other.details);
        self.details.truncate(DETAILS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_tells_gaps_late_ones_and_doubles_apart() {
        let mut position = Position { last: 4, ..Position::default() };
        let seen: Vec<Fit> = [5, 8, 7, 7, 8, 5, 4].map(|seq| position.see(seq)).to_vec();
        use Fit::{Double, Gap, Late, Next};
        assert_eq!(seen, [Next, Gap, Late, Double, Double, Double, Double]);
        assert_eq!(position.missing(10), 3, "6 was jumped over, 9 and 10 never came");
        assert_eq!(position.see(u64::MAX), Fit::Absurd);
    }

    #[test]
    fn a_room_finds_out_when_two_members_saw_different_messages() {
        let mut room = Room::default();
        room.reach(10);
        assert!(room.agree(12, Some(1)) && room.agree(12, Some(1)) && room.agree(11, None));
        assert!(!room.agree(12, Some(2)), "another message under the same number");
        assert!(!room.agree(0, Some(3)), "numbers begin at 1");
        assert_eq!(room.head(), 12);
        assert_eq!(room.sends().collect::<Vec<_>>(), [1]);
    }
}

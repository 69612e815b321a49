//! What a room's members must see: every number of the stream, once, in order, and all the same.
//!
//! Owns the positions and the faults found. Knows nothing of sockets or time.

use std::collections::BTreeMap;

/// No jump in a stream is believed beyond this.
const ABSURD: u64 = 1_000_000;
/// In a room's log: nobody has seen this number yet.
const UNSEEN: u32 = u32::MAX;
/// In a room's log: an event that is none of the driver's sends.
const OTHER: u32 = u32::MAX - 1;
/// Faults that are told in words; the rest is only counted.
const TOLD: usize = 10;

/// A ticket, and what its public stream is known to hold.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// The ticket's id, empty until it is created.
    pub ticket: String,
    /// See [`crate::scan::marker`].
    pub marker: Vec<u8>,
    /// Which send each number is, from number 1 on: the ticket is the driver's own.
    log: Vec<u32>,
}

impl Room {
    /// A member joined at this position.
    pub(crate) fn reach(&mut self, position: u64) {
        if position > self.head() && position < ABSURD {
            self.log.resize(position as usize, UNSEEN);
        }
    }

    /// The last number that anyone has seen or that was acknowledged.
    pub(crate) fn head(&self) -> u64 {
        self.log.len() as u64
    }

    /// Someone learned which send a number is (`None`: not one of ours); false if another learned otherwise.
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

    /// The driver's sends that the log holds.
    pub(crate) fn sends(&self) -> impl Iterator<Item = u32> {
        self.log.iter().copied().filter(|index| *index < OTHER)
    }
}

/// How far one member has seen its room's stream.
#[derive(Debug, Default)]
pub(crate) struct Position {
    /// The highest number seen.
    pub last: u64,
    /// Numbers jumped over and not seen since.
    skipped: Vec<u64>,
}

/// How a number fits behind what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The next one.
    Next,
    /// Some were jumped over.
    Gap,
    /// One that had been jumped over.
    Late,
    /// Seen before, or from before the join.
    Double,
    /// Not to be believed.
    Absurd,
}

impl Position {
    /// A number arrived.
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

    /// How many numbers up to `head` have not been seen.
    pub(crate) fn missing(&self, head: u64) -> u64 {
        self.skipped.len() as u64 + head.saturating_sub(self.last)
    }
}

/// Everything that must not happen. Empty means verified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// How often each happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// The first few in words.
    pub told: Vec<String>,
}

impl Faults {
    /// Counts a fault, and keeps its words if it is among the first.
    pub(crate) fn add(&mut self, kind: &'static str, times: u64, words: impl FnOnce() -> String) {
        *self.counts.entry(kind).or_default() += times;
        if self.told.len() < TOLD {
            self.told.push(format!("{kind}: {}", words()));
        }
    }

    /// Takes over another thread's.
    pub(crate) fn merge(&mut self, other: Self) {
        for (kind, times) in other.counts {
            *self.counts.entry(kind).or_default() += times;
        }
        self.told.extend(other.told);
        self.told.truncate(TOLD);
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

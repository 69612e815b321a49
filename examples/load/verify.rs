//! End of a run: waits for the last deliveries, then checks that all arrived.

use std::time::Duration;

use mio::Events;

use crate::{
    Failure,
    conn::Stage,
    sending::{LOGGED, REFUSED},
    worker::Worker,
};

/// Time for duplicates to show up after all deliveries arrived.
const AFTERMATH: Duration = Duration::from_millis(200);

impl Worker {
    /// Waits until all sends are answered and all members have seen their streams, at most for `--drain`.
    pub(crate) fn drain(&mut self, events: &mut Events) -> Result<(), Failure> {
        let mut deadline = self.now() + self.plan.args.drain.as_nanos() as u64;
        let mut complete = false;
        while self.now() < deadline {
            if !complete && self.complete() {
                complete = true;
                deadline = deadline.min(self.now() + AFTERMATH.as_nanos() as u64);
            }
            self.turn(events, Duration::from_millis(20))?;
        }
        Ok(())
    }

    fn complete(&self) -> bool {
        let mut members = self.conns.iter().filter(|conn| conn.stage == Stage::Joined);
        self.outstanding == 0 && members.all(|conn| conn.position.missing(self.rooms[conn.room].head()) == 0)
    }

    /// Adds missing answers, missing deliveries and double commits to the faults.
    pub(crate) fn verify(&mut self) {
        let faults = &mut self.tally.faults;
        if self.outstanding > 0 {
            faults.add("unanswered sends", self.outstanding.into(), || "no ack within --drain".into());
        }
        for conn in self.conns.iter().filter(|conn| conn.stage == Stage::Joined) {
            let room = &self.rooms[conn.room];
            let missing = conn.position.missing(room.head());
            if missing > 0 {
                let words = || {
                    format!("user {} in ticket {}: {missing} up to {}", conn.user, room.ticket, room.head())
                };
                faults.add("missing deliveries", missing, words);
            }
        }
        for number in self.rooms.iter().flat_map(|room| room.sends()) {
            let Some(slot) = self.sent.get_mut(number as usize) else { continue };
            if *slot & REFUSED != 0 {
                faults.add("refused and yet delivered", 1, || format!("send {number}"));
            }
            if *slot & LOGGED != 0 {
                faults.add("committed twice", 1, || format!("send {number}"));
            }
            *slot |= LOGGED;
        }
    }
}

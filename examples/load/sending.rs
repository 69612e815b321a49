//! Sends the load and handles the answers.
//!
//! Owns both loops. Closed loop: an ack triggers the sender's next message. Open loop: the schedule triggers
//! it, and latency counts from the scheduled time, so that a stalled driver stays visible. Does not check
//! deliveries.

use std::{cmp::Reverse, time::Duration};

use mio::Events;

use crate::{Failure, conn::Stage, pace::Pace, scan::Envelope, worker::Worker};

/// Flags in the table of sends, in bits above any time: answered, refused, found in a room's log.
pub(crate) const ANSWERED: u64 = 1 << 63;
pub(crate) const REFUSED: u64 = 1 << 62;
pub(crate) const LOGGED: u64 = 1 << 61;

/// Longest wait of the loop for the poll.
const GLANCE: Duration = Duration::from_millis(100);

impl Worker {
    /// Sends until the window ends.
    pub(crate) fn load(&mut self, events: &mut Events) -> Result<(), Failure> {
        while self.now() < self.window.start {
            self.turn(events, Duration::from_millis(1))?;
        }
        let args = &self.plan.args;
        match args.rate {
            Some(rate) if !self.senders.is_empty() => {
                let active = args.threads.min(args.senders());
                let registry = self.poll.registry();
                self.pace = Some(Pace::new(registry, self.window.start, rate, self.index, active)?);
            }
            _ => self.first_messages()?,
        }
        loop {
            let now = self.now();
            if now >= self.window.until || self.conns.iter().all(|conn| conn.stage == Stage::Closed) {
                return Ok(());
            }
            self.keep_pace(now)?;
            self.resume(now)?;
            let left = Duration::from_nanos(self.window.until - now);
            self.turn(events, left.min(self.until_resume(now)).min(GLANCE))?;
        }
    }

    fn first_messages(&mut self) -> Result<(), Failure> {
        for id in self.senders.clone() {
            let now = self.now();
            for _ in 0..self.plan.args.in_flight {
                self.send(id, now);
            }
            self.flush(id)?;
        }
        Ok(())
    }

    /// Sends the messages that are due, and sets the timer for the next.
    fn keep_pace(&mut self, now: u64) -> Result<(), Failure> {
        let Some(mut pace) = self.pace.take() else { return Ok(()) };
        let most = self.plan.args.max_outstanding / self.plan.args.threads;
        let first = pace.count;
        while pace.due() <= now {
            let id = self.senders[(pace.count % self.senders.len() as u64) as usize];
            if self.outstanding < most {
                self.send(id, pace.due());
            } else {
                self.tally.skipped += 1;
            }
            pace.count += 1;
        }
        // The first flush of a connection writes all its queued messages; further ones write nothing.
        for count in first..pace.count {
            self.flush(self.senders[(count % self.senders.len() as u64) as usize])?;
        }
        if pace.count > first || !pace.armed {
            pace.arm(self.now())?;
        }
        self.pace = Some(pace);
        Ok(())
    }

    /// Sends for senders whose retry delay is over.
    fn resume(&mut self, now: u64) -> Result<(), Failure> {
        while let Some(Reverse((until, id))) = self.paused.peek().copied()
            && until <= now
        {
            self.paused.pop();
            self.send(id, now);
            self.flush(id)?;
        }
        Ok(())
    }

    fn until_resume(&self, now: u64) -> Duration {
        self.paused
            .peek()
            .map_or(GLANCE, |Reverse((until, _))| Duration::from_nanos(until.saturating_sub(now)))
    }

    fn send(&mut self, id: usize, due: u64) {
        let number = self.tally.sent as usize;
        let Some(slot) = self.sent.get_mut(number) else {
            self.tally.exhausted = true;
            return;
        };
        if self.conns[id].stage == Stage::Joined {
            *slot = due;
            self.conns[id].push_message(number as u32);
            self.tally.sent += 1;
            self.outstanding += 1;
        }
    }

    /// Time at which a send was due; `None` for an unknown number.
    pub(crate) fn due(&self, number: u32) -> Option<u64> {
        self.sent.get(number as usize).map(|slot| slot & !(ANSWERED | REFUSED)).filter(|due| *due > 0)
    }

    /// Records the answer to a send. Returns `false` for an unknown send and for a second answer.
    fn answered(&mut self, number: u32, mark: u64) -> bool {
        match self.sent.get_mut(number as usize) {
            Some(slot) if *slot > 0 && *slot & ANSWERED == 0 => {
                *slot |= mark;
                self.outstanding -= 1;
                true
            }
            _ => {
                self.tally.faults.add("answers to nothing", 1, || format!("ack {number}"));
                false
            }
        }
    }

    /// Handles the ack of a send that was committed under `seq`.
    pub(crate) fn committed(&mut self, id: usize, number: u32, seq: u64, now: u64) {
        if !self.answered(number, ANSWERED) {
            return;
        }
        let room = &mut self.rooms[self.conns[id].room];
        if !room.agree(seq, Some(number)) {
            let words =
                || format!("ticket {} seq {seq}: the ack and a member differ in what it is", room.ticket);
            self.tally.faults.add("contradictions", 1, words);
        }
        if self.window.measures(now) {
            self.tally.committed += 1;
        }
        if let Some(due) = self.due(number).filter(|due| self.window.measures(*due)) {
            self.tally.ack.saturating_record(now.saturating_sub(due) / 1000);
        }
        if self.pace.is_none() && now < self.window.until {
            self.send(id, now);
        }
    }

    /// Handles a refused send. The closed loop sends a new message after the delay that the server names.
    pub(crate) fn refused(&mut self, id: usize, reply: &Envelope, code: &str, now: u64) {
        *self.tally.refused.entry(code.to_owned()).or_default() += 1;
        let Some(number) = reply.ack.as_u64() else { return };
        let known = self.answered(u32::try_from(number).unwrap_or(u32::MAX), ANSWERED | REFUSED);
        if known && self.pace.is_none() && now < self.window.until {
            let wait = reply.data["error"]["retryAfterMs"].as_u64().unwrap_or(100).clamp(10, 5000);
            self.paused.push(Reverse((now + wait * 1_000_000, id)));
        }
    }
}

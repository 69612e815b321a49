//! Schedule of the open loop, and a timer with a finer resolution than the poll's milliseconds.

use std::os::fd::{AsRawFd, OwnedFd};

use mio::{Interest, Registry, unix::SourceFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use crate::{Failure, worker::TIMER};

/// Schedule of evenly spaced sends. Times are in nanoseconds since the epoch of the run.
pub(crate) struct Pace {
    timer: OwnedFd,
    start: u64,
    interval: f64,
    phase: f64,
    /// Number of past sends.
    pub count: u64,
    /// `true` once the timer was set.
    pub armed: bool,
}

impl Pace {
    /// Creates a schedule of `rate` sends a second from `start`. This thread makes each `of`th send,
    /// beginning with the `index`th.
    pub(crate) fn new(
        registry: &Registry,
        start: u64,
        rate: f64,
        index: u32,
        of: u32,
    ) -> Result<Self, Failure> {
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        registry.register(&mut SourceFd(&timer.as_raw_fd()), TIMER, Interest::READABLE)?;
        let spacing = 1e9 / rate;
        let phase = spacing * f64::from(index);
        Ok(Self { timer, start, interval: spacing * f64::from(of), phase, count: 0, armed: false })
    }

    /// Time at which the next send is due.
    pub(crate) fn due(&self) -> u64 {
        self.start + (self.phase + self.interval * self.count as f64) as u64
    }

    /// Makes the poll return when the next send is due. Setting the timer clears an earlier expiry, so the
    /// timer is never read.
    pub(crate) fn arm(&mut self, now: u64) -> Result<(), Failure> {
        let wait = self.due().saturating_sub(now).max(1);
        let it_value =
            Timespec { tv_sec: (wait / 1_000_000_000) as i64, tv_nsec: (wait % 1_000_000_000) as _ };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })?;
        self.armed = true;
        Ok(())
    }
}

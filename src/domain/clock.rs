//! Wall-clock time in Unix milliseconds, and where it comes from.
//!
//! Owns no formatting: the wire's RFC 3339 form is made in `protocol`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::saturating_i64;

/// Unix milliseconds, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// `self` later by `duration`, never past the end of time.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_i64(duration.as_millis())))
    }

    /// `self` earlier by `duration`, never past the beginning of time.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(saturating_i64(duration.as_millis())))
    }

    /// How long until `later`; zero when it has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// From the standard library's time; before 1970 counts as 1970.
    pub fn from_system_time(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(saturating_i64(since.as_millis()))
    }

    /// As the standard library's time; before 1970 counts as 1970.
    pub fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

/// Where the time comes from: the system, or a test.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `now` until a test moves it with [`Clock::set`].
    pub fn fixed(now: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(now.0))))
    }

    /// Moves a fixed clock; the system's clock stays as it is.
    pub fn set(&self, now: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(now.0, Ordering::Relaxed);
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(fixed) => Timestamp(fixed.load(Ordering::Relaxed)),
            None => Timestamp::from_system_time(SystemTime::now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_moves_by_a_duration_and_stops_at_either_end() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp(5_000).after(second), Timestamp(6_000));
        assert_eq!(Timestamp(5_000).before(second), Timestamp(4_000));
        assert_eq!(Timestamp(0).after(Duration::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp(i64::MIN).before(Duration::MAX), Timestamp(i64::MIN));
    }
}

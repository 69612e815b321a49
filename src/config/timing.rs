//! Settings of time: the keys `*_ms`.
//!
//! Owns the durations and their form (whole milliseconds). Does not start timers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Timeouts and intervals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Timing {
    /// Longest time from connecting to a successful `authenticate`. Default: 10 s.
    #[serde(rename = "auth_timeout_ms", with = "millis")]
    pub auth_timeout: Duration,
    /// Interval of pings. A peer silent for two intervals is disconnected. Default: 25 s.
    #[serde(rename = "heartbeat_ms", with = "millis")]
    pub heartbeat: Duration,
    /// Time after which a peer that accepts no data is disconnected. Default: 30 s.
    #[serde(rename = "write_timeout_ms", with = "millis")]
    pub write_timeout: Duration,
    /// Time after the last `typing_start` at which typing ends. Default: 6 s.
    #[serde(rename = "typing_timeout_ms", with = "millis")]
    pub typing_timeout: Duration,
    /// Interval of comparing rooms that have members with the log. Default: 5 s.
    #[serde(rename = "heal_interval_ms", with = "millis")]
    pub heal_interval: Duration,
    /// Longest pause between two chunks of an upload. Default: 30 s.
    #[serde(rename = "upload_idle_timeout_ms", with = "millis")]
    pub upload_idle_timeout: Duration,
    /// Longest time of a whole upload. Default: 10 min.
    #[serde(rename = "upload_timeout_ms", with = "millis")]
    pub upload_timeout: Duration,
    /// Longest time of a graceful stop. Default: 4 s.
    #[serde(rename = "shutdown_timeout_ms", with = "millis")]
    pub shutdown_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            auth_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(25),
            write_timeout: Duration::from_secs(30),
            typing_timeout: Duration::from_secs(6),
            heal_interval: Duration::from_secs(5),
            upload_idle_timeout: Duration::from_secs(30),
            upload_timeout: Duration::from_secs(10 * 60),
            shutdown_timeout: Duration::from_secs(4),
        }
    }
}

/// Durations as whole milliseconds, for serde.
pub(super) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::config) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

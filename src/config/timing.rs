//! How long things may take: the keys `*_ms`.
//!
//! Owns the durations and their form (whole milliseconds); starts no timer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The settings of time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Timing {
    /// From connecting to a successful `authenticate`.
    #[serde(rename = "auth_timeout_ms", with = "millis")]
    pub auth_timeout: Duration,
    /// Between two pings; nothing heard for two of them drops the connection.
    #[serde(rename = "heartbeat_ms", with = "millis")]
    pub heartbeat: Duration,
    /// A peer that takes nothing for so long is dropped.
    #[serde(rename = "write_timeout_ms", with = "millis")]
    pub write_timeout: Duration,
    /// After so long without another `typing_start`, typing stops by itself.
    #[serde(rename = "typing_timeout_ms", with = "millis")]
    pub typing_timeout: Duration,
    /// How often rooms with members are compared with the log.
    #[serde(rename = "heal_interval_ms", with = "millis")]
    pub heal_interval: Duration,
    /// An upload of which nothing arrives for so long is given up.
    #[serde(rename = "upload_idle_timeout_ms", with = "millis")]
    pub upload_idle_timeout: Duration,
    /// How long an upload may take in all.
    #[serde(rename = "upload_timeout_ms", with = "millis")]
    pub upload_timeout: Duration,
    /// How long a graceful stop may take.
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

//! Sessions of anonymous visitors: the keys `widget_*` and `identity_secret`.
//!
//! Owns the values; what a session may do is decided where tokens are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timing::millis;
use crate::domain::Secret;

/// The settings of visitors' sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Widget {
    /// Whether this server begins sessions for visitors whom nobody knows.
    pub widget_sessions: bool,
    /// How long a visitor's token is good.
    #[serde(rename = "widget_token_ttl_ms", with = "millis")]
    pub widget_token_ttl: Duration,
    /// How long a session may be renewed from its beginning on.
    #[serde(rename = "widget_session_max_ms", with = "millis")]
    pub widget_session_max: Duration,
    /// With which a helpdesk's server vouches for who a visitor is; without it nobody is taken at their word.
    #[serde(default, skip_serializing)]
    pub identity_secret: Option<Secret>,
}

const HOUR: Duration = Duration::from_secs(60 * 60);

impl Default for Widget {
    fn default() -> Self {
        Self {
            widget_sessions: false,
            widget_token_ttl: HOUR,
            widget_session_max: 30 * 24 * HOUR,
            identity_secret: None,
        }
    }
}

//! Settings of visitor sessions: the keys `widget_*` and `identity_secret`.
//!
//! Owns the values. Does not know the rights of a session: `auth` does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timing::millis;
use crate::domain::Secret;

/// Settings of visitor sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Widget {
    /// Permits sessions of anonymous visitors. Default: `false`.
    pub widget_sessions: bool,
    /// Lifetime of a visitor's token. Default: 1 h.
    #[serde(rename = "widget_token_ttl_ms", with = "millis")]
    pub widget_token_ttl: Duration,
    /// Longest life of a session with its renewals, from its start. Default: 30 days.
    #[serde(rename = "widget_session_max_ms", with = "millis")]
    pub widget_session_max: Duration,
    /// Secret with which a helpdesk's server signs the identity of a visitor. Without it all visitors are
    /// anonymous.
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

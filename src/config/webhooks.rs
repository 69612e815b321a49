//! Where events may be told over HTTP.
//!
//! Owns the switch; which addresses are private is `guard`'s to say.

use serde::{Deserialize, Serialize};

/// The settings of webhooks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Webhooks {
    /// Whether webhooks may lead to addresses that are not public, and be without TLS.
    pub webhooks_allow_private: bool,
}

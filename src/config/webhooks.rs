//! Settings of webhooks.
//!
//! Owns the switch. Does not know which addresses are private: `guard` does.

use serde::{Deserialize, Serialize};

/// Settings of webhooks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Webhooks {
    /// Permits webhooks to private addresses and without TLS. Default: `false`.
    pub webhooks_allow_private: bool,
}

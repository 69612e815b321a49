//! The end of a token: what is due at which time before it.
//!
//! Does not know timers: whoever lives as long as the token looks when it is told to.

use std::time::Duration;

use super::outbox::Outbox;
use crate::{
    domain::Timestamp,
    protocol::{CloseCode, objects::Rfc3339, sign_in::TokenExpiring},
};

/// How long before its token ends a client is told.
const NOTICE: Duration = Duration::from_secs(60);

/// Timers may not reach further than this; a longer one is set again.
const MAX_TIMER: Duration = Duration::from_secs(24 * 60 * 60);

/// When the token of a connection ends, and whether its client knows that it is soon.
#[derive(Clone, Copy, Debug)]
pub struct Expiry {
    at: Timestamp,
    is_told: bool,
}

impl Expiry {
    /// Of a client that is told some time before.
    pub fn told(at: Timestamp) -> Self {
        Self { at, is_told: false }
    }

    /// Of one that is not.
    pub fn untold(at: Timestamp) -> Self {
        Self { at, is_told: true }
    }

    /// Does what is due `now`, and gives how long to wait before looking again; `None` once it is over. One
    /// timer for the notice and the end: each costs memory.
    pub fn look(&mut self, now: Timestamp, outbox: &Outbox) -> Option<Duration> {
        let left = now.until(self.at);
        if left.is_zero() {
            outbox.close(CloseCode::Unauthenticated);
            return None;
        }
        let until_notice = left.saturating_sub(NOTICE);
        if !until_notice.is_zero() {
            return Some(until_notice.min(MAX_TIMER));
        }
        if !std::mem::replace(&mut self.is_told, true) {
            outbox.push_event(&TokenExpiring { expires_at: Rfc3339(self.at) });
        }
        Some(left)
    }
}

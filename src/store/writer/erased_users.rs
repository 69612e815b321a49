//! Users who were erased while this writer runs: what they sent a moment before must not come behind it.
//!
//! Owns the list. Whoever was erased earlier is not let in any more and writes nothing.

use std::{collections::HashSet, time::Duration};

use crate::{
    domain::{Timestamp, UserId, saturating_i64},
    store::write::Write,
};

/// How far the clock of whoever erases may be behind ours, or behind that of another who does.
const SKEW: Duration = Duration::from_secs(60 * 60);

/// Who was erased lately.
#[derive(Debug)]
pub(super) struct Erased {
    users: HashSet<String>,
    /// When the last known one was, or this writer started.
    newest: i64,
}

impl Erased {
    /// For a writer that starts now.
    pub(super) fn since(now: Timestamp) -> Self {
        Self { users: HashSet::new(), newest: now.0 }
    }

    /// From when on to ask for those that may not be known yet.
    pub(super) fn unknown_from(&self) -> i64 {
        self.newest.saturating_sub(saturating_i64(SKEW.as_millis()))
    }

    /// Takes note of one.
    pub(super) fn learn(&mut self, user: String, at: i64) {
        self.newest = self.newest.max(at);
        self.users.insert(user);
    }

    /// The erased user who wants this.
    pub(super) fn author<'a>(&self, write: &'a Write) -> Option<&'a UserId> {
        write.author().filter(|author| self.users.contains(author.as_str()))
    }
}

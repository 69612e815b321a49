//! The rules of conversation that a setting may move, with their defaults.
//!
//! Owns the values; who may do what by them is decided in [`super::access`] and where it is written.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Who may do what, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// How long an author may edit a message, in milliseconds.
    pub edit_window_ms: u64,
    /// How long an author may delete a message, in milliseconds.
    pub delete_window_ms: u64,
    /// Whether agents may delete messages of customers.
    pub agents_may_delete: bool,
    /// Whether customers may add other people to their tickets.
    pub customers_may_invite: bool,
    /// How new and returned tickets find an agent.
    pub assignment: Assignment,
    /// Open tickets that an agent is given by itself at most.
    pub agent_capacity: u32,
    /// How long the assignee of a reopened ticket may be away before it returns to the queue, in
    /// milliseconds; 0 for ever.
    pub return_after_ms: u64,
}

/// How tickets find an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// Agents take them.
    #[default]
    Manual,
    /// Each to the next agent in turn.
    RoundRobin,
    /// Each to the agent with the fewest open tickets.
    LeastBusy,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

impl Default for Policy {
    fn default() -> Self {
        Self {
            edit_window_ms: DAY_MS,
            delete_window_ms: DAY_MS,
            agents_may_delete: false,
            customers_may_invite: false,
            assignment: Assignment::Manual,
            agent_capacity: 20,
            return_after_ms: 15 * 60 * 1_000,
        }
    }
}

impl Policy {
    /// For how long an author may edit.
    pub fn edit_window(&self) -> Duration {
        Duration::from_millis(self.edit_window_ms)
    }

    /// For how long an author may delete.
    pub fn delete_window(&self) -> Duration {
        Duration::from_millis(self.delete_window_ms)
    }

    /// For how long an assignee may be away; `None` for ever.
    pub fn return_after(&self) -> Option<Duration> {
        (self.return_after_ms > 0).then(|| Duration::from_millis(self.return_after_ms))
    }
}

/// For how long a rating may be changed.
pub const RATING_WINDOW: Duration = Duration::from_millis(DAY_MS);

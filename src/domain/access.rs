//! Who may see what: the rules, without any look-up.
//!
//! Owns the decisions; the facts (who requested, who participates) come from the store.

use super::{Role, UserId, Visible};

/// Someone who asks to see or change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub id: UserId,
    /// With which role, now.
    pub role: Role,
}

/// What a user is to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Opened it, or it was opened for them.
    Requester,
    /// Was added to it.
    Participant,
    /// Neither.
    Stranger,
}

impl Viewer {
    /// Whether a ticket to which the viewer stands in `relation` exists for them.
    pub fn may_see(&self, relation: Relation) -> bool {
        self.role.is_staff() || !matches!(relation, Relation::Stranger)
    }

    /// The streams they see of a ticket they may see.
    pub fn visible(&self) -> Visible {
        self.role.visible()
    }
}

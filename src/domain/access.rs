//! Who may see and do what: one table, without any look-up.
//!
//! Owns the decisions; the facts (who requested, who participates, who wrote a message) come from the
//! store. `docs/PROTOCOL.md` shows the same table, and tests walk it whole.

use super::{Role, Stream, User, UserId, Visible};

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

impl Relation {
    /// All of them, from the nearest.
    pub const ALL: [Self; 3] = [Self::Requester, Self::Participant, Self::Stranger];
}

macro_rules! actions {
    ($($action:ident = $label:literal;)+) => {
        /// What a caller wants to do. A command with several effects is several actions; which ones is
        /// declared with it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the label says it")]
        pub enum Action {
            $($action,)+
        }

        impl Action {
            /// All of them, in the order of the documentation.
            pub const ALL: [Self; [$(Self::$action),+].len()] = [$(Self::$action),+];

            /// What the table of the documentation calls it.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$action => $label,)+
                }
            }
        }
    };
}

actions! {
    OpenTicket = "open a ticket";
    OpenWithParticipants = "open one with participants";
    OpenForAnother = "open one for someone else, or with a priority";
    Read = "read it and be in its room";
    Send = "write to it";
    UseInternal = "use its internal stream";
    Edit = "edit a message";
    Delete = "delete a message";
    React = "react to a message";
    Confirm = "confirm messages";
    Mute = "mute it for oneself";
    ChangeSubject = "change its subject";
    Close = "close it";
    Manage = "manage it";
    AddParticipant = "add someone";
    RemoveParticipant = "remove someone";
    Leave = "leave it for good";
    Rate = "rate it";
    List = "list and search what one sees";
    ListByLabel = "list by label";
    WatchQueue = "watch the queue";
    SharePresence = "see the status of those one shares a ticket with, and set one's own";
    SeeAnyone = "see the status of anyone";
    ReadNotifications = "read one's notifications";
    UseCanned = "use canned responses";
    Administer = "administer the server";
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// They may.
    Allowed,
    /// Their own message, within the time that the settings give for it.
    OwnInTime,
    /// As above, and messages of customers if the setting `agents_may_delete` is on.
    OwnInTimeOrModerated,
    /// If the setting `customers_may_invite` is on.
    IfInviting,
    /// `forbidden`.
    Forbidden,
    /// `not_found`: it does not exist for them.
    Hidden,
}

impl Action {
    /// Whether it concerns one ticket, which a stranger must not learn of.
    pub fn concerns_ticket(self) -> bool {
        !matches!(
            self,
            Self::OpenTicket
                | Self::OpenWithParticipants
                | Self::OpenForAnother
                | Self::List
                | Self::ListByLabel
                | Self::WatchQueue
                | Self::SharePresence
                | Self::SeeAnyone
                | Self::ReadNotifications
                | Self::UseCanned
                | Self::Administer
        )
    }
}

/// The table.
pub fn rule(action: Action, role: Role, relation: Relation) -> Rule {
    match role {
        Role::Customer if action.concerns_ticket() && relation == Relation::Stranger => Rule::Hidden,
        Role::Customer => of_customer(action, relation),
        Role::Agent => of_agent(action),
        Role::Admin => of_admin(action),
    }
}

fn of_customer(action: Action, relation: Relation) -> Rule {
    let of_requester = if relation == Relation::Requester { Rule::Allowed } else { Rule::Forbidden };
    match action {
        Action::OpenTicket
        | Action::Read
        | Action::Send
        | Action::React
        | Action::Confirm
        | Action::Mute
        | Action::List
        | Action::SharePresence
        | Action::ReadNotifications => Rule::Allowed,
        Action::Edit | Action::Delete => Rule::OwnInTime,
        Action::OpenWithParticipants | Action::AddParticipant => Rule::IfInviting,
        Action::RemoveParticipant if relation == Relation::Requester => Rule::IfInviting,
        Action::ChangeSubject | Action::Close | Action::Rate => of_requester,
        // A ticket without its requester would be nobody's.
        Action::Leave if relation == Relation::Participant => Rule::Allowed,
        Action::SeeAnyone => Rule::Hidden,
        Action::OpenForAnother
        | Action::UseInternal
        | Action::RemoveParticipant
        | Action::Leave
        | Action::Manage
        | Action::ListByLabel
        | Action::WatchQueue
        | Action::UseCanned
        | Action::Administer => Rule::Forbidden,
    }
}

fn of_agent(action: Action) -> Rule {
    match action {
        Action::Rate | Action::Administer => Rule::Forbidden,
        Action::Edit => Rule::OwnInTime,
        Action::Delete => Rule::OwnInTimeOrModerated,
        _ => Rule::Allowed,
    }
}

fn of_admin(action: Action) -> Rule {
    if action == Action::Rate { Rule::Forbidden } else { Rule::Allowed }
}

impl User {
    /// The user as access rules see them.
    pub fn viewer(&self) -> Viewer {
        Viewer { id: self.id.clone(), role: self.role }
    }
}

impl Viewer {
    /// Whether a ticket to which the viewer stands in `relation` exists for them.
    pub fn may_see(&self, relation: Relation) -> bool {
        rule(Action::Read, self.role, relation) != Rule::Hidden
    }

    /// The streams they see of a ticket they may see.
    pub fn visible(&self) -> Visible {
        self.role.visible()
    }

    /// Whether they may do what concerns no ticket, or none yet.
    pub fn may(&self, action: Action) -> Rule {
        rule(action, self.role, Relation::Stranger)
    }

    /// Whether they see this stream of a ticket to which they stand in `relation`.
    pub fn sees(&self, relation: Relation, stream: Stream) -> bool {
        self.may_see(relation) && self.visible().includes(stream)
    }
}

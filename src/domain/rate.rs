//! The classes of commands that are rate-limited, and their default rates.
//!
//! Owns names and numbers; the counting is done in `guard`.

use serde::{Deserialize, Serialize};

/// What a command is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// `authenticate`, and refused tokens on HTTP requests; counted per address.
    Auth,
    /// Sending.
    Message,
    /// Typing on and off.
    Typing,
    /// Joining and leaving rooms.
    Join,
    /// Reading history.
    History,
    /// Opening and changing tickets.
    Ticket,
    /// Putting emojis under messages and taking them away.
    Reaction,
    /// Telling what was delivered and read.
    Receipt,
    /// Searching.
    Search,
    /// Administering, over HTTP.
    Admin,
    /// Beginning and renewing sessions of visitors; counted per address.
    Session,
    /// Everything else, undecodable frames and unknown commands included.
    Other,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Auth,
        Self::Message,
        Self::Typing,
        Self::Join,
        Self::History,
        Self::Ticket,
        Self::Reaction,
        Self::Receipt,
        Self::Search,
        Self::Admin,
        Self::Session,
        Self::Other,
    ];

    /// The name in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Message => "message",
            Self::Typing => "typing",
            Self::Join => "join",
            Self::History => "history",
            Self::Ticket => "ticket",
            Self::Reaction => "reaction",
            Self::Receipt => "receipt",
            Self::Search => "search",
            Self::Admin => "admin",
            Self::Session => "session",
            Self::Other => "other",
        }
    }
}

/// A steady rate and how many may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Commands a second in the long run; above 0, fractions allowed.
    pub per_second: f64,
    /// Commands at once; at least 1.
    pub burst: u32,
}

/// The rate of each class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the classes, documented there")]
pub struct Rates {
    pub auth: Rate,
    pub message: Rate,
    pub typing: Rate,
    pub join: Rate,
    pub history: Rate,
    pub ticket: Rate,
    pub reaction: Rate,
    pub receipt: Rate,
    pub search: Rate,
    pub admin: Rate,
    pub session: Rate,
    pub other: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            auth: rate(5.0, 50),
            message: rate(10.0, 30),
            typing: rate(5.0, 20),
            // A dashboard that reconnects joins all of its rooms at once.
            join: rate(50.0, 500),
            history: rate(10.0, 100),
            ticket: rate(1.0, 20),
            reaction: rate(5.0, 30),
            // A client tells of each message that it got and read, in every room that it is in.
            receipt: rate(50.0, 500),
            search: rate(2.0, 10),
            // A helpdesk's server speaks for all of its users.
            admin: rate(50.0, 500),
            // An office behind one address opens many pages at once, and few a minute.
            session: rate(0.5, 30),
            other: rate(10.0, 50),
        }
    }
}

impl Rates {
    /// The rate of one class.
    pub fn of(&self, class: Class) -> Rate {
        match class {
            Class::Auth => self.auth,
            Class::Message => self.message,
            Class::Typing => self.typing,
            Class::Join => self.join,
            Class::History => self.history,
            Class::Ticket => self.ticket,
            Class::Reaction => self.reaction,
            Class::Receipt => self.receipt,
            Class::Search => self.search,
            Class::Admin => self.admin,
            Class::Session => self.session,
            Class::Other => self.other,
        }
    }
}

//! The two append-only streams of a ticket, and positions in them.
//!
//! Owns which stream a viewer may see in shape; who sees what is decided in [`super::access`].

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

/// One of the two streams of a ticket.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Stream {
    /// What everyone in the ticket sees.
    #[default]
    Public,
    /// What only agents and admins see.
    Internal,
}

impl Stream {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Which streams a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visible {
    /// `public` only: customers.
    PublicOnly,
    /// Both: agents and admins.
    Both,
}

impl Visible {
    /// Whether `stream` is among them.
    pub fn includes(self, stream: Stream) -> bool {
        matches!(self, Self::Both) || stream == Stream::Public
    }

    /// The visible streams, `public` first.
    pub fn streams(self) -> &'static [Stream] {
        match self {
            Self::PublicOnly => &[Stream::Public],
            Self::Both => Stream::VARIANTS,
        }
    }
}

/// Where a durable event stands in its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its stream.
    pub stream: Stream,
    /// Its number in it.
    pub seq: i64,
}

/// The last sequence number of each stream; 0 where nothing was written yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Of the public stream.
    pub public: i64,
    /// Of the internal stream.
    pub internal: i64,
}

impl Position {
    /// The number in `stream`.
    pub fn of(&self, stream: Stream) -> i64 {
        match stream {
            Stream::Public => self.public,
            Stream::Internal => self.internal,
        }
    }

    /// The number in `stream`, to change it.
    pub fn of_mut(&mut self, stream: Stream) -> &mut i64 {
        match stream {
            Stream::Public => &mut self.public,
            Stream::Internal => &mut self.internal,
        }
    }

    /// Whoever stood here has got the event at `place` as well.
    pub fn advance(&mut self, place: Place) {
        *self.of_mut(place.stream) = place.seq;
    }

    /// The position of the one order across both streams: how many events a ticket has.
    pub fn total(&self) -> i64 {
        self.public + self.internal
    }

    /// This position as someone sees it who sees `visible`: what is hidden counts as 0.
    pub fn seen_by(self, visible: Visible) -> Self {
        match visible {
            Visible::Both => self,
            Visible::PublicOnly => Self { internal: 0, ..self },
        }
    }
}

//! Users and their roles.
//!
//! Does not know tokens: a [`User`] is who someone is once that was proved.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::{Timestamp, UserId, Visible};

/// What a user may do in general.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Someone who asks for help.
    #[default]
    Customer,
    /// Someone who answers.
    Agent,
    /// An agent who also administers.
    Admin,
}

impl Role {
    /// The name on the wire, in tokens and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Agents and admins.
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::Customer)
    }

    /// The streams that this role sees.
    pub fn visible(self) -> Visible {
        if self.is_staff() { Visible::Both } else { Visible::PublicOnly }
    }
}

/// Longest e-mail address of a user, in characters (RFC 5321 leaves no room for a longer one).
pub const EMAIL_CHARS: usize = 254;

/// A user as others see them: `{id, name, role}` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The `sub` of the token.
    pub id: UserId,
    /// Plain text, at most 100 characters.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What a user says of themselves, and what others are shown of it while they are connected.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Availability {
    /// Here.
    #[default]
    Online,
    /// Not at the keyboard.
    Away,
    /// Here, and not to be given more.
    Busy,
    /// Not here; shown of everyone who is not connected, too.
    Offline,
}

impl Availability {
    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How a user is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserStatus {
    /// As what: `Offline` without a connection.
    pub status: Availability,
    /// When they were there last; now, unless they are offline.
    pub last_seen: Option<Timestamp>,
}

/// Who was shut out: their connections end, unless their token is newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Who.
    pub user: UserId,
    /// No token of theirs is good any more.
    pub disabled: bool,
    /// Tokens issued before it are void.
    pub tokens_valid_after: Timestamp,
}

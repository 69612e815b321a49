//! Visitors, and the ids that they may have.
//!
//! Owns the form of an anonymous visitor's id. Does not know tokens.

use crate::{
    domain::UserId,
    guard::crypto::encoding::{base64_url, from_base64_url},
};

/// How the ids of anonymous visitors begin.
const PREFIX: &str = "visitor-";

/// Random bytes of an anonymous visitor's id.
const ID_BYTES: usize = 16;

/// How it is known who a visitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Not at all: the id is random, and whoever has the token has it.
    Anonymous,
    /// Somebody trusted said so.
    Identified,
}

impl Visitor {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Identified => "identified",
        }
    }

    /// Whether someone known like this may have that id: neither kind can have one of the other.
    pub fn may_be(self, id: &UserId) -> bool {
        let rest = id.as_str().strip_prefix(PREFIX);
        match self {
            Self::Anonymous => rest.and_then(from_base64_url).is_some_and(|random| random.len() == ID_BYTES),
            Self::Identified => rest.is_none(),
        }
    }
}

/// The id of a new anonymous visitor, which nobody can guess.
///
/// # Errors
/// None in truth: what is drawn is an id.
pub fn visitor_id() -> Result<UserId, crate::domain::ids::InvalidUserId> {
    UserId::new(&format!("{PREFIX}{}", base64_url(&rand::random::<[u8; ID_BYTES]>())))
}

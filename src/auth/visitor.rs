//! Kinds of visitors, and the ids that each may have.
//!
//! Owns the form of an anonymous visitor's id. Does not know tokens.

use crate::{
    domain::UserId,
    guard::crypto::encoding::{base64_url, from_base64_url},
};

/// Prefix of the ids of anonymous visitors. Identified visitors must not have it.
const PREFIX: &str = "visitor-";

/// Random bytes in the id of an anonymous visitor.
const ID_BYTES: usize = 16;

/// Source of a visitor's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Random id: the token is the only proof of the visitor.
    Anonymous,
    /// Signed claim of the site's own server.
    Identified,
}

impl Visitor {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Identified => "identified",
        }
    }

    /// Checks that an id belongs to this kind of visitor. The ids of the two kinds are disjoint.
    pub fn may_be(self, id: &UserId) -> bool {
        let rest = id.as_str().strip_prefix(PREFIX);
        match self {
            Self::Anonymous => rest.and_then(from_base64_url).is_some_and(|random| random.len() == ID_BYTES),
            Self::Identified => rest.is_none(),
        }
    }
}

/// Id of a new anonymous visitor, with 128 random bits.
///
/// # Errors
/// Not expected: prefix and random part always form a valid id.
pub fn visitor_id() -> Result<UserId, crate::domain::ids::InvalidUserId> {
    UserId::new(&format!("{PREFIX}{}", base64_url(&rand::random::<[u8; ID_BYTES]>())))
}

//! Why a token was refused, or could not be made.
//!
//! Owns the sentences, which say no more to a caller than the caller needs to know. Does not know keys.

/// Why a token was refused. The words for the caller say no more than they need to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Malformed, not signed by a key of ours, or with claims that do not hold. The reason is for the
    /// log, and holds nothing of the token.
    #[error("the token is not valid here")]
    Invalid(&'static str),
    /// Its `exp` has passed; everything before it was in order.
    #[error("the token has expired")]
    Expired,
}

impl TokenError {
    /// What to write to the log.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(reason) => reason,
            Self::Expired => "expired (exp)",
        }
    }
}

/// A token that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed: {0}")]
pub struct SignError(String);

impl SignError {
    pub(super) fn new(cause: &dyn std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

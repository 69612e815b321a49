//! Errors of verifying and signing tokens.
//!
//! Owns the messages, which give callers no detail. Does not know keys.

/// Reason why a token is refused. The message for the caller gives no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Malformed token, wrong signature or unacceptable claims. The reason is for the log and quotes nothing
    /// of the token.
    #[error("the token is not valid here")]
    Invalid(&'static str),
    /// Token past its `exp`, with a good signature.
    #[error("the token has expired")]
    Expired,
}

impl TokenError {
    /// Text for the log.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(reason) => reason,
            Self::Expired => "expired (exp)",
        }
    }
}

/// Failure of the library to sign a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed: {0}")]
pub struct SignError(String);

impl SignError {
    pub(super) fn new(cause: &dyn std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

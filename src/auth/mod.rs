//! FLOOR 2. Who someone is: JSON Web Tokens (RFC 7519) in, [`Identity`] out.
//!
//! Owns jsonwebtoken, the rules of `docs/PROTOCOL.md` for tokens, and the making of tokens for the
//! command line and for anonymous visitors. Knows no connection and no database: whether a user is disabled, or a token was
//! revoked, is asked elsewhere with what the [`Identity`] says. Time is an argument.

mod claims;
mod error;
mod keys;
mod signer;
mod verifier;
mod visitor;
mod visitor_session;

pub use claims::{ClaimNames, Identity};
pub use error::{SignError, TokenError};
pub use keys::{AuthSetupError, TokenKeys};
pub use signer::{Signer, generate_secret};
pub use verifier::Verifier;
pub use visitor::{Visitor, visitor_id};
pub use visitor_session::VisitorSessionKey;

/// The largest token that is looked at, in bytes. It has to fit the frame of a connection that has not
/// authenticated anyway.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests;

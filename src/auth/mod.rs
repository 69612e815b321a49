//! FLOOR 2. Verifies JSON Web Tokens (RFC 7519) and returns an [`Identity`].
//!
//! Owns jsonwebtoken, the token rules of `docs/PROTOCOL.md`, and the signing of tokens for the command line
//! and for visitors. Does not know connections or the database. Callers check whether a user is disabled or a
//! token revoked. Time is an argument.

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

/// Longest token in bytes; longer ones are refused before parsing. Equals the default of
/// `bounds.unauthenticated_frame_bytes`.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests;

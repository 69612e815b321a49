//! Digests, signatures and their encodings.
//!
//! Owns the modules of this folder. Does not know tokens: `auth` does.

pub mod digest;
pub mod encoding;
pub mod identity_claim;
pub mod signed_url;
pub mod webhook_secret;

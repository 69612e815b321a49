//! Digests, signatures and the encodings of both.
//!
//! Owns the modules of this folder. Does not know tokens, which are `auth`'s.

pub mod digest;
pub mod encoding;
pub mod identity_claim;
pub mod signed_url;
pub mod webhook_secret;

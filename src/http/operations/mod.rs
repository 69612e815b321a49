//! Health and metrics, for those who run the server.
//!
//! Owns the modules of this folder. Does not know users and their tokens.

pub(super) mod health;
pub(super) mod metrics;

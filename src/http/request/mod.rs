//! Requests: the caller, the query, ranges and bodies.
//!
//! Owns the modules of this folder. Does not know routes and their commands.

pub(super) mod api;
pub(super) mod body;
pub(super) mod path;
pub(super) mod query;
pub(super) mod range;
pub(super) mod upload_body;

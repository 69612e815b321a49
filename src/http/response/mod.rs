//! Responses: replies, refusals and stored files, with their statuses and headers.
//!
//! Owns the modules of this folder. Does not know routes and their commands.

pub(super) mod answer;
pub(super) mod problem;
pub(super) mod stored_file;

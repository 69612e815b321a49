//! What can be asked, as functions over one connection.
//!
//! Owns the queries; where they run, and how long they may take, is decided in [`super::reader`].

pub(super) mod access;
pub(super) mod attachments;
pub(super) mod history;
pub(super) mod messages;
pub(super) mod tickets;
pub(super) mod users;

//! What can be asked, as functions over one connection.
//!
//! Owns the queries; where they run, and how long they may take, is decided in [`super::db::reader`].
//!
//! A row that is found by a unique key is asked for with `get_result`, not `first`: that adds `LIMIT ?`,
//! and SQLite plans a statement anew whenever a bound limit is bound again.

pub(super) mod access;
pub(super) mod attachments;
pub(super) mod canned_responses;
pub(super) mod history;
pub(super) mod log;
pub(super) mod messages;
pub(super) mod notifications;
pub(super) mod queue;
pub(super) mod reactions;
pub(super) mod receipts;
pub(super) mod search;
pub(super) mod snoozes;
pub(super) mod statuses;
pub(super) mod subject_search;
pub(super) mod ticket_lists;
pub(super) mod ticket_overviews;
pub(super) mod tickets;
pub(super) mod uploads;
pub(super) mod users;
pub(super) mod webhooks;

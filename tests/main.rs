//! The integration tests: one folder a subject, one harness, real sockets, real databases.
#![allow(missing_docs, reason = "tests are named as sentences")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod api;
mod attachments;
mod backup;
mod connections;
mod conversations;
mod descriptions;
mod harness;
mod http;
mod messages;
mod process;
mod rooms;
mod streams;
mod webhooks;

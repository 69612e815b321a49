//! The store over both databases: SQLite always, PostgreSQL when its binaries are there.

#![expect(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "tests")]

#[path = "../harness/postgres.rs"]
mod postgres;
#[macro_use]
mod support;

mod erasure;
mod faults;
mod history;
mod maintenance;
mod message_changes;
mod message_model;
mod messages;
mod notifications;
mod queue;
mod reading;
mod receipts;
mod search;
mod tickets;
mod uploads;
mod webhooks;

//! The store over both databases: SQLite always, PostgreSQL when its binaries are there.

#![expect(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "tests")]

#[macro_use]
#[path = "../harness/on_each_database.rs"]
mod on_each_database;
#[path = "../harness/postgres.rs"]
mod postgres;
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

use support::World as Given;

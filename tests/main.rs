//! The integration tests: one folder a subject, one harness, real sockets, real databases.
#![allow(missing_docs, reason = "tests are named as sentences")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod access;
mod admin;
mod assignment;
mod attachments;
mod backup;
mod canned_responses;
mod commands;
mod connections;
mod descriptions;
mod erasure;
mod event_streams;
mod harness;
mod http;
mod messages;
mod notifications;
mod participants;
mod process;
mod queue;
mod ratings;
mod reactions;
mod receipts;
mod resuming;
mod rooms;
mod search;
mod sign_in;
mod statuses;
mod tickets;
mod transcripts;
mod typing;
mod users;
mod visitors;
mod webhooks;

use harness::Database as Given;

//! FLOOR 1. The wire, version 1: frames, commands, replies, events, error codes and close codes.
//!
//! Pure data in and out of text, no I/O, so that it can be fuzzed. Does not know who may do what,
//! nor what a command does. The contract is `docs/PROTOCOL.md`.

mod ack;
pub mod admin;
pub mod app_events;
pub mod asyncapi;
pub mod canned_responses;
pub mod catalogue;
pub mod close_codes;
pub mod connection;
pub mod decode;
pub mod encode;
pub mod envelope;
pub mod error_codes;
mod examples;
pub mod messages;
pub mod notifications;
pub mod objects;
pub mod participants;
pub mod polling;
pub mod queue;
pub mod ratings;
pub mod reactions;
pub mod receipts;
pub mod rooms;
mod schema;
pub mod search;
pub mod sign_in;
pub mod spec;
pub mod statuses;
pub mod tickets;
pub mod typing;
pub mod visitors;
pub mod webhooks;

pub use ack::Ack;
pub use catalogue::{Command, CommandEntry};
pub use close_codes::{CloseCode, CloseObject};
pub use encode::EncodedReply;
pub use error_codes::{ErrorCode, WireError};
pub use schema::{Event, Named, Reply};

/// The version that `hello` names.
pub const VERSION: u32 = 1;

/// The subprotocol that is selected when a client offers it.
pub const SUBPROTOCOL: &str = "deskwire.v1";

/// What `hello.features` lists.
pub const FEATURES: &[&str] = &[
    "resume",
    "attachments",
    "typing",
    "presence",
    "internal_notes",
    "edits",
    "reactions",
    "receipts",
    "tickets",
    "queue",
    "notifications",
    "canned_responses",
    "search",
];

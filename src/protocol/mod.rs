//! FLOOR 1. The wire, version 1: frames, commands, replies, events, error codes and close codes.
//!
//! Pure data in and out of text, no I/O, so that it can be fuzzed. Does not know who may do what,
//! nor what a command does. The contract is `docs/PROTOCOL.md`.

mod ack;
pub mod admin;
pub mod asyncapi;
pub mod close;
pub mod command;
pub mod error;
pub mod event;
mod example;
pub mod frame;
pub mod object;
pub mod reply;
mod schema;
pub mod spec;
pub mod webhook;

pub use ack::Ack;
pub use close::{CloseCode, CloseObject};
pub use command::Command;
pub use error::{ErrorCode, WireError};
pub use event::Event;
pub use frame::Inbound;
pub use reply::Reply;
pub use schema::Named;

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

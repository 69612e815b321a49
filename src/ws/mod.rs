//! FLOOR 6. Raw WebSocket: the upgrade, the connection actor, its writer.
//!
//! Owns the socket's side of a connection and nothing of what commands do.

mod body;
mod runner;
mod socket;
mod state;
mod upgrade;

pub use upgrade::{Gateway, connect};

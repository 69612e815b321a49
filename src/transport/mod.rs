//! FLOOR 5. What every transport has between the bytes of a peer and the commands of `chat`.
//!
//! Owns the guard on inbound bytes, the messages that come through it, the order of commands, where a request comes
//! from and the life of a connection. Does not know a path, a route or how an answer is written.

pub mod frame_guard;
pub mod frames;
pub mod inbound_limits;
pub mod lifecycle;
pub mod ordered;
pub mod origin;

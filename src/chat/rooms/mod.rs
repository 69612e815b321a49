//! Rooms of tickets: who is in them, and what is delivered to whom.

pub mod presence;
pub mod registry;
pub(in crate::chat) mod replay;
pub mod room;
pub mod typing;

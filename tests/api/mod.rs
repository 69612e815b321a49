//! The HTTP API: the same commands as on the socket, by another way.

mod compat;
mod events;
mod messages;
mod requests;
mod tickets;
mod transcripts;

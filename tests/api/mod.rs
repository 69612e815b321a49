//! The HTTP API: the same commands as on the socket, by another way.

mod admin;
mod compat;
mod messages;
mod requests;
mod tickets;
mod transcripts;
mod users;
mod widget;

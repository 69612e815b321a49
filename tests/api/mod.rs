//! The HTTP API: the same commands as on the socket, by another way.

mod admin;
mod compat;
mod events;
mod files;
mod messages;
mod requests;
mod script;
mod tickets;
mod transcripts;
mod upload_bodies;
mod upload_ends;
mod uploads;
mod users;
mod widget;

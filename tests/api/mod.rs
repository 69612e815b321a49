//! The HTTP API: the same commands as on the socket, by another way.

mod files;
mod messages;
mod upload_bodies;
mod upload_ends;
mod uploads;

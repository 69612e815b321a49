//! The HTTP API: the same commands as on the socket, by another way.

mod events;
mod messages;

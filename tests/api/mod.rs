//! The HTTP API: the same commands as on the socket, by another way.

mod admin;
mod messages;
mod users;
mod widget;

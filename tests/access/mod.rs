//! Access: who may do what, over both transports.

mod messages;
mod several_roles;
mod strangers;
mod table;

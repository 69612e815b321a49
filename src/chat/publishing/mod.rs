//! What follows a commit: events to rooms and users, and listeners.

pub mod commit_listeners;
pub mod publisher;

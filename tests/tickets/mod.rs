//! Tickets: opening, changing, listing, snoozing them, and what their log says.

mod collisions;
mod creating;
mod http;
mod lifecycle;
mod listing;
mod snoozing;
mod updating;
mod whole_log;

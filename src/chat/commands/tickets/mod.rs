//! Commands about tickets: opening, changing and listing them.

mod create;
mod list;
mod update;

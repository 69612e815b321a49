//! Commands about tickets: opening, changing and listing them.

pub(in crate::chat) mod create;
pub(in crate::chat) mod list;
pub(in crate::chat) mod update;

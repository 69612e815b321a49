//! Texts of callers: plain, formatted, searched for, or fields of events that an application sends.
//!
//! Owns the modules of this folder. Does not know commands and their fields.

pub mod app_events;
pub mod email;
pub mod emoji;
pub mod mentions;
pub mod plain_text;
pub mod safe_link;
pub mod sanitise;
#[cfg(test)]
mod sanitise_tests;
pub mod search_terms;
#[cfg(test)]
mod search_terms_tests;
mod tags;
pub mod template;
pub mod visible_text;

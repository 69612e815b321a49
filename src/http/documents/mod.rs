//! Descriptions of the server, and the pages that it serves.
//!
//! Owns the modules of this folder. What the descriptions say of commands, events and objects is `protocol`'s.

pub(super) mod api_page;
pub(super) mod asyncapi;
pub(super) mod client_page;
pub(super) mod openapi;

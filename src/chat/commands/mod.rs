//! What each command does, one file a feature, and the stages that all of them pass.

pub(in crate::chat) mod canned_responses;
pub(in crate::chat) mod content;
pub(in crate::chat) mod edits;
pub(in crate::chat) mod messages;
pub(in crate::chat) mod notifications;
pub(in crate::chat) mod paging;
pub(in crate::chat) mod participants;
pub(in crate::chat) mod pipeline;
pub(in crate::chat) mod queue;
pub(in crate::chat) mod reactions;
pub(in crate::chat) mod receipts;
pub(in crate::chat) mod rooms;
pub(in crate::chat) mod search;
pub(in crate::chat) mod statuses;
pub(in crate::chat) mod tickets;

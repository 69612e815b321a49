//! What people do in tickets besides writing: changing, confirming, managing, watching, searching.

mod access;
mod assignment;
mod canned;
mod collision;
mod deleting;
mod editing;
mod erasure;
mod exports;
mod lifecycle;
mod lists;
mod mentions;
mod message_access;
mod notifications;
mod participants;
mod presence;
mod queue;
mod rating;
mod reactions;
mod receipts;
mod search;
mod snoozing;
mod unread;
mod updates;

//! Receipts: confirming messages, and counting those that are unread.

mod confirming;
mod unread;

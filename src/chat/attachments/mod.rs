//! Files of messages: uploading and downloading them.

pub mod downloads;
pub mod uploads;

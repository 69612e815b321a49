//! Sending and receiving.

mod sending;

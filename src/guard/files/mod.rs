//! Files of callers: encoding, detected type and bounds.
//!
//! Owns the modules of this folder. Does not know where files are stored.

pub mod attachment;
#[cfg(test)]
mod attachment_tests;
mod compound_file;
mod markup;
mod sniff;

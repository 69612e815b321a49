//! Files of callers: their encoding, their type by their bytes, their bounds.
//!
//! Owns the modules of this folder. Does not know where files are kept.

pub mod attachment;
#[cfg(test)]
mod attachment_tests;
mod compound_file;
mod markup;
mod sniff;

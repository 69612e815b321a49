//! The search index: what its entries hold, how it follows what is written, and how it is made anew.

pub(super) mod entries;
#[cfg(test)]
mod entries_tests;
pub(super) mod index;
pub(super) mod rebuild;

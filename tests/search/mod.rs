//! Search: what it finds, and how its index is rebuilt.

mod reindexing;
mod searching;

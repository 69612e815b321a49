//! The two databases: connections, faults, the pool of readers, tables and the form of rows.
//!
//! Owns what every statement needs; does not know what is asked or written.

pub(super) mod connection;
pub(super) mod fault;
pub(super) mod lock;
pub(super) mod log_rows;
pub(super) mod meta;
pub(super) mod reader;
pub(super) mod rows;
pub(super) mod schema;
pub(super) mod statement;

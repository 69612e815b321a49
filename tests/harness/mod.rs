//! The one harness of the integration tests: a real server on a free port with a database of its own,
//! and clients with real sockets.
//!
//! Waits on conditions with a generous limit, never for a set time.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(unreachable_pub, reason = "shared between test binaries")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers may panic")]

pub mod app;
pub mod client;
pub mod commands;
pub mod contract;
pub mod event_stream;
pub mod http;
pub mod load;
mod on_each_database;
pub mod postgres;
pub mod program;
pub mod raw;
mod sql;
pub mod webhook_receiver;

pub use app::{Database, TestApp};
pub use client::WsClient;
pub use http::{Answer, Api};
pub use program::Program;
pub use raw::Raw;
pub use serde_json::json;
pub use webhook_receiver::{Receiver, Respond};

/// How long anything may take before a test gives up.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Waits until `condition` holds.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

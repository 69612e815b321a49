//! The one harness of the integration tests: a real server on a free port with a database of its own,
//! and clients with real sockets.
//!
//! Waits on conditions with a generous limit, never for a set time.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(unreachable_pub, reason = "shared between test binaries")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers may panic")]

pub mod api;
pub mod app;
pub mod client;
pub mod contract;
pub mod event_stream;
pub mod http;
pub mod load;
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

/// Makes a test of the body for each database; PostgreSQL is left out, audibly, where there is none.
#[macro_export]
macro_rules! on_each_database {
    ($(#[doc = $doc:literal])* async fn $name:ident($database:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "a short test may not need all of it")]
            use super::*;

            async fn run($database: $crate::harness::Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::harness::Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = $crate::harness::Database::postgres() {
                    run(database).await;
                }
            }
        }
    };
}

/// Waits until `condition` holds.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain for: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

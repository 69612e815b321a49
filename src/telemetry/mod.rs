//! FLOOR 2. Sets up the log and the metrics, once a process.
//!
//! Owns the subscriber, the recorder and the text of the export. Does not know what is logged and counted, or
//! which callers may read the export.

mod log;
mod metrics;

pub use log::init_tracing;
pub use metrics::{MetricsHandle, install_metrics};

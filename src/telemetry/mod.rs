//! FLOOR 2. Setting up the log and the metrics, once a process.
//!
//! Owns the subscriber, the recorder and the export's text; what is logged and counted is decided where
//! it happens, and who may read the export where it is served.

mod log;
mod metrics;

pub use log::init_tracing;
pub use metrics::{MetricsHandle, install_metrics};

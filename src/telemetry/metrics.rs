//! The metrics: one recorder a process, and its export in the Prometheus text format.
//!
//! Owns the buckets and the kind of each metric. Does not know names and help texts: `domain` defines them.

use std::sync::OnceLock;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, set_global_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use strum::VariantArray;

use crate::domain::metric::Metric;

/// Bounds of the buckets for durations, in seconds: from one fsync or a delivery within the process up to an
/// outage.
const SECONDS: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    10.0,
];
/// Bounds of the buckets for batch sizes.
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Export of all metrics of the process. Clones are cheap.
#[derive(Clone)]
pub struct MetricsHandle(PrometheusHandle);

impl MetricsHandle {
    /// Text of all metrics in the Prometheus format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Moves recorded samples into the buckets of their histograms. Must run every few seconds: without it,
    /// and without scrapes, memory grows with every sample.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Returns the export. The first call in a process installs the recorder.
pub fn install_metrics() -> MetricsHandle {
    static HANDLE: OnceLock<MetricsHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> MetricsHandle {
    let recorder = builder().build_recorder();
    let handle = MetricsHandle(recorder.handle());
    if set_global_recorder(recorder).is_err() {
        tracing::warn!("another metrics recorder is installed; this export stays empty");
    }
    Metric::VARIANTS.iter().for_each(describe);
    // Exported with 0 from the start, so that a dashboard distinguishes zero from missing.
    for metric in [Metric::Connections, Metric::Rooms, Metric::WebhookPending] {
        gauge!(metric.name()).set(0.0);
    }
    for metric in [Metric::Deliveries, Metric::OutboxOverflows, Metric::InboundOverloads] {
        counter!(metric.name()).absolute(0);
    }
    for outcome in ["delivered", "failed", "dead"] {
        counter!(Metric::WebhookDeliveries.name(), "outcome" => outcome).absolute(0);
    }
    handle
}

fn builder() -> PrometheusBuilder {
    let buckets = [
        (Matcher::Suffix("_seconds".to_owned()), SECONDS.as_slice()),
        (Matcher::Suffix("_size".to_owned()), SIZES.as_slice()),
    ];
    buckets.into_iter().fold(PrometheusBuilder::new(), |builder, (matcher, values)| {
        // Only an empty list of buckets is an error. Summaries replace the histograms then.
        builder.set_buckets_for_metric(matcher, values).unwrap_or_default()
    })
}

/// Registers help and kind of a metric. The kind follows from the suffix of the name, as Prometheus
/// recommends.
fn describe(metric: &Metric) {
    let (name, help) = (metric.name(), metric.help());
    if name.ends_with("_total") {
        describe_counter!(name, help);
    } else if name.ends_with("_seconds") || name.ends_with("_size") {
        describe_histogram!(name, help);
    } else {
        describe_gauge!(name, help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_returns_the_same_export() {
        let first = install_metrics();
        let second = install_metrics();
        metrics::counter!(Metric::Deliveries.name()).increment(3);
        let line = format!("{} 3", Metric::Deliveries.name());
        assert!(first.render().contains(&line));
        assert!(second.render().contains(&line));
        assert!(first.render().contains(Metric::Deliveries.help()));
    }

    #[test]
    fn durations_and_sizes_are_histograms_with_buckets() {
        let handle = install_metrics();
        metrics::histogram!(Metric::CommitSeconds.name()).record(0.000_2);
        metrics::histogram!(Metric::CommitBatchSize.name()).record(3.0);
        handle.upkeep();
        let text = handle.render();
        assert!(text.contains("deskwire_commit_seconds_bucket{le=\"0.00025\"} 1"), "{text}");
        assert!(text.contains("deskwire_commit_batch_size_bucket{le=\"4\"} 1"), "{text}");
        assert!(text.contains("# TYPE deskwire_commit_seconds histogram"), "{text}");
    }
}

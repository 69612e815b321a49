//! Result of a run, as a table for people and as one line of JSON for scripts.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::{args::Args, tally::Tally};

/// Advice after `rate_limited`.
pub(crate) const LIMITS_HINT: &str = "The server's rate limits are too low. For a load test start it with
  DESKWIRE_LIMITS__AUTH__PER_SECOND=1000000    DESKWIRE_LIMITS__AUTH__BURST=1000000
  DESKWIRE_LIMITS__TICKET__PER_SECOND=1000000  DESKWIRE_LIMITS__TICKET__BURST=1000000
  DESKWIRE_LIMITS__JOIN__PER_SECOND=1000000    DESKWIRE_LIMITS__JOIN__BURST=1000000
  DESKWIRE_LIMITS__MESSAGE__PER_SECOND=1000000 DESKWIRE_LIMITS__MESSAGE__BURST=1000000";

/// Result of a run.
pub(crate) struct Report {
    /// Arguments of the run.
    pub args: Args,
    /// Time until all connections had joined.
    pub setup: Duration,
    /// Actual length of the measurement.
    pub measured: Duration,
    /// CPU time of the driver during the measurement.
    pub driver_cpu: Duration,
    /// CPU time of the server during the measurement; `None` without `--server-pid`.
    pub server_cpu: Option<Duration>,
    /// Memory of the server before the first connection, in bytes.
    pub memory_before: Option<u64>,
    /// Memory of the server after all connections had joined, in bytes.
    pub memory_joined: Option<u64>,
    /// Memory of the server at the end of the measurement, in bytes.
    pub memory_end: Option<u64>,
    /// Sum of the threads' counts.
    pub tally: Tally,
}

impl Report {
    /// Failed checks; an empty list means that the run is verified.
    pub(crate) fn failures(&self) -> Vec<String> {
        let faults = &self.tally.faults;
        let mut all: Vec<String> =
            faults.counts.iter().map(|(kind, times)| format!("{kind}: {times}")).collect();
        if !self.args.idle && self.tally.committed == 0 {
            all.push("nothing was committed in the measured window".into());
        }
        all
    }

    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.measured.as_secs_f64()
    }

    /// CPU time as a percentage of one core.
    fn core_percent(&self, cpu: Duration) -> f64 {
        100.0 * cpu.as_secs_f64() / self.measured.as_secs_f64()
    }

    fn memory_per_connection(&self) -> Option<i64> {
        let after = if self.args.idle { self.memory_end } else { self.memory_joined };
        let (before, after) = self.memory_before.zip(after)?;
        Some((after as i64 - before as i64) / i64::from(self.args.connections))
    }

    fn mode(&self) -> String {
        match self.args.rate {
            _ if self.args.idle => "idle".into(),
            Some(rate) => format!("open loop, {rate} sends/s"),
            None => format!("closed loop, {} in flight", self.args.in_flight),
        }
    }

    /// Result as JSON, printed on one line.
    pub(crate) fn json(&self) -> Value {
        let tally = &self.tally;
        json!({
            "mode": self.mode(),
            "connections": self.args.connections,
            "room_size": self.args.room_size,
            "senders": self.args.senders(),
            "body_bytes": self.args.body_bytes,
            "threads": self.args.threads,
            "setup_s": round(self.setup.as_secs_f64()),
            "measured_s": round(self.measured.as_secs_f64()),
            "sends_per_s": round(self.per_second(tally.committed)),
            "deliveries_per_s": round(self.per_second(tally.deliveries)),
            "own_copies_per_s": round(self.per_second(tally.own)),
            "frames_per_s": round(self.per_second(tally.frames)),
            "ack_us": latencies(&tally.ack),
            "delivery_us": latencies(&tally.delivery),
            "server_cpu_percent": self.server_cpu.map(|cpu| round(self.core_percent(cpu))),
            "server_us_per_delivery": self.server_cpu.and_then(|cpu| micros_each(cpu, tally.deliveries)),
            "server_us_per_send": self.server_cpu.and_then(|cpu| micros_each(cpu, tally.committed)),
            "driver_cpu_percent": round(self.core_percent(self.driver_cpu)),
            "driver_us_per_frame": micros_each(self.driver_cpu, tally.frames),
            "memory_before": self.memory_before,
            "memory_joined": self.memory_joined,
            "memory_end": self.memory_end,
            "memory_per_connection": self.memory_per_connection(),
            "sent_total": tally.sent,
            "skipped": tally.skipped,
            "exhausted": tally.exhausted,
            "slow_frames": tally.slow,
            "pings": tally.pings,
            "refused": tally.refused,
            "closed": tally.closed,
            "verified": self.failures().is_empty(),
            "faults": tally.faults.counts,
        })
    }

    fn load(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        row(f, "committed sends/s", format_args!("{:.0}", self.per_second(tally.committed)))?;
        let own = self.per_second(tally.own);
        let note =
            format_args!("{:.0}  (of these {own:.0} to the senders)", self.per_second(tally.deliveries));
        row(f, "deliveries/s", note)?;
        row(f, "ack latency", spread(&tally.ack))?;
        row(f, "delivery latency", format_args!("{}  (send to receipt at others)", spread(&tally.delivery)))
    }

    fn cost(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |cpu, count| micros_each(cpu, count).map_or("-".into(), |each| format!("{each:.2}"));
        if let Some(cpu) = self.server_cpu {
            let (delivery, send) = (each(cpu, self.tally.deliveries), each(cpu, self.tally.committed));
            let percent = self.core_percent(cpu);
            row(
                f,
                "server CPU",
                format_args!("{percent:.1} % of a core, {delivery} µs/delivery, {send} µs/send"),
            )?;
        }
        let (percent, frame) = (self.core_percent(self.driver_cpu), each(self.driver_cpu, self.tally.frames));
        row(f, "driver CPU", format_args!("{percent:.1} % of a core, {frame} µs/received frame"))?;
        let mib = |bytes: Option<u64>| bytes.unwrap_or(0) as f64 / f64::from(1 << 20);
        if let Some(each) = self.memory_per_connection() {
            let (before, joined, end) =
                (mib(self.memory_before), mib(self.memory_joined), mib(self.memory_end));
            let steps = format_args!("{before:.1} MiB before, {joined:.1} joined, {end:.1} at the end");
            row(f, "server memory", format_args!("{each} bytes/connection  ({steps})"))?;
        }
        Ok(())
    }

    fn remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        for (code, times) in &tally.refused {
            row(f, "REFUSED", format_args!("{times} × {code}"))?;
        }
        if tally.refused.contains_key("rate_limited") {
            writeln!(f, "{LIMITS_HINT}")?;
        }
        for (code, times) in &tally.closed {
            row(f, "CLOSED", format_args!("{times} × {code}"))?;
        }
        if tally.skipped > 0 {
            row(
                f,
                "NOT SUSTAINED",
                format_args!("{} scheduled sends skipped (--max-outstanding)", tally.skipped),
            )?;
        }
        if tally.exhausted {
            row(f, "ENDED EARLY", "--max-sends was reached; rates are too low")?;
        }
        if tally.slow > 1000 {
            row(
                f,
                "slow frames",
                format_args!("{} parsed by serde_json, which raises the driver's cost", tally.slow),
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Args { connections, room_size, .. } = self.args;
        row(f, "mode", self.mode())?;
        let members = format_args!("{connections} in rooms of {room_size}, {} senders", self.args.senders());
        row(f, "connections", format_args!("{members}, joined in {:.1} s", self.setup.as_secs_f64()))?;
        row(f, "measured", format_args!("{:.1} s", self.measured.as_secs_f64()))?;
        if !self.args.idle {
            self.load(f)?;
        }
        self.cost(f)?;
        self.remarks(f)?;
        let failures = self.failures();
        if failures.is_empty() {
            let what = if self.args.idle {
                "all stayed connected"
            } else {
                "every member saw every message once and in order"
            };
            return row(f, "verification", format_args!("OK: {what} ({} sends)", self.tally.sent));
        }
        row(f, "verification", "FAILED")?;
        failures.iter().chain(&self.tally.faults.details).try_for_each(|line| writeln!(f, "  {line}"))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<18} {value}")
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn micros_each(cpu: Duration, count: u64) -> Option<f64> {
    (count > 0).then(|| round(cpu.as_secs_f64() * 1e6 / count as f64))
}

fn latencies(of: &Histogram<u32>) -> Value {
    let (p50, p99) = (of.value_at_quantile(0.5), of.value_at_quantile(0.99));
    json!({"p50": p50, "p99": p99, "p999": of.value_at_quantile(0.999), "max": of.max(), "count": of.len()})
}

fn spread(of: &Histogram<u32>) -> String {
    let millis = |micros: u64| format!("{:.3} ms", micros as f64 / 1000.0);
    let (p50, p99) = (millis(of.value_at_quantile(0.5)), millis(of.value_at_quantile(0.99)));
    format!("p50 {p50}, p99 {p99}, max {}", millis(of.max()))
}

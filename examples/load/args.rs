//! The command line: flags, their defaults, and the check of their combinations.
//!
//! Owns no state. Does not know sockets or the protocol.

use std::time::Duration;

use clap::Parser;

use crate::Failure;

/// Load driver for a running Deskwire server: many users, many rooms, every delivery checked.
#[derive(Parser, Clone, Debug)]
#[command(name = "load", version, max_term_width = 110)]
pub(crate) struct Args {
    /// The server's WebSocket endpoint (plain ws:// only)
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    pub url: String,
    /// The HS256 secret of the server, with which the driver signs its tokens
    #[arg(long, env = "DESKWIRE_LOAD_SECRET", hide_env_values = true)]
    pub secret: String,
    /// The `aud` claim of the tokens, if the server requires one
    #[arg(long)]
    pub audience: Option<String>,
    /// Prefix of the virtual users' ids: `load` gives load-0, load-1, …
    #[arg(long, default_value = "load")]
    pub user_prefix: String,
    /// Number of connections, each with a user of its own; rounded down to a multiple of the room size
    #[arg(short = 'n', long, default_value_t = 1000)]
    pub connections: u32,
    /// Members of a room: one customer, who opens the ticket, and agents
    #[arg(short, long, default_value_t = 2)]
    pub room_size: u32,
    /// Number of sending connections, spread evenly over the rooms [default: one a room]
    #[arg(short, long)]
    pub senders: Option<u32>,
    /// Closed loop: unacknowledged messages of each sender; an ack triggers the next (1…64)
    #[arg(short = 'k', long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub in_flight: u32,
    /// Open loop: sends a second over all senders, evenly spaced, measured from the scheduled time
    #[arg(long, conflicts_with = "in_flight")]
    pub rate: Option<f64>,
    /// Duration of the load before the measurement
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration)]
    pub warmup: Duration,
    /// Duration of the measurement (idle: of holding the connections); at most ten minutes
    #[arg(short, long, default_value = "15s", value_parser = humantime::parse_duration)]
    pub duration: Duration,
    /// Longest wait for the last acks and deliveries after the load
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    pub drain: Duration,
    /// Length of a message's text in bytes
    #[arg(short, long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub body_bytes: u32,
    /// Send nothing: connect, authenticate, join, hold, and report memory per connection
    #[arg(long, conflicts_with_all = ["rate", "in_flight", "senders"])]
    pub idle: bool,
    /// The server's process id: adds its CPU time and memory (read from /proc)
    #[arg(short = 'p', long)]
    pub server_pid: Option<u32>,
    /// Connections, tickets or joins in progress at a time during set-up
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub ramp: u32,
    /// Threads of the driver, which share the rooms
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub threads: u32,
    /// Stop after this number of messages
    #[arg(long, default_value_t = 5_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub max_sends: u32,
    /// Open loop: skip sends (and report them) at this number of unacknowledged messages
    #[arg(long, default_value_t = 20_000)]
    pub max_outstanding: u32,
    /// Print the result as one line of JSON on stdout; the table goes to stderr
    #[arg(long)]
    pub json: bool,
    /// Allow an address that is not loopback
    #[arg(long)]
    pub allow_remote: bool,
}

impl Args {
    /// Number of rooms.
    pub(crate) fn rooms(&self) -> u32 {
        self.connections / self.room_size
    }

    /// Number of sending connections; 0 with `--idle`.
    pub(crate) fn senders(&self) -> u32 {
        if self.idle { 0 } else { self.senders.unwrap_or(self.rooms()) }
    }

    /// Checks the limits that clap cannot express, and rounds connections and threads down to the rooms.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        if self.room_size == 0 || self.room_size > self.connections {
            return Err("--room-size must be at least 1 and at most --connections".into());
        }
        self.connections = self.rooms() * self.room_size;
        if self.senders() > self.connections || (!self.idle && self.senders() == 0) {
            return Err("--senders must be at least 1 and at most --connections".into());
        }
        if self.rate.is_some_and(|rate| !(0.01..=1_000_000.0).contains(&rate)) {
            return Err("--rate must be between 0.01 and 1000000".into());
        }
        let minutes = |n: u64| Duration::from_secs(n * 60);
        if self.duration < Duration::from_secs(1) || self.duration > minutes(10) || self.warmup > minutes(2) {
            return Err("--duration must be 1s…10m, --warmup at most 2m".into());
        }
        if self.drain > minutes(5) {
            return Err("--drain must be at most 5m".into());
        }
        self.threads = self.threads.min(self.rooms());
        Ok(())
    }
}

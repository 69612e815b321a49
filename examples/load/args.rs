//! The command line: what can be asked for, and which combinations are refused.
//!
//! Knows nothing of sockets or of the protocol.

use std::time::Duration;

use clap::Parser;

use crate::Failure;

/// Drives a running Deskwire server: many users, many rooms, every delivery checked.
#[derive(Parser, Clone, Debug)]
#[command(name = "load", version, max_term_width = 110)]
pub(crate) struct Args {
    /// The server's WebSocket endpoint (plain ws:// only)
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    pub url: String,
    /// The HS256 secret that the server verifies tokens with; the driver makes its own tokens
    #[arg(long, env = "DESKWIRE_LOAD_SECRET", hide_env_values = true)]
    pub secret: String,
    /// The `aud` claim to put into the tokens, if the server wants one
    #[arg(long)]
    pub audience: Option<String>,
    /// What the ids of the virtual users begin with: `load` gives load-0, load-1, …
    #[arg(long, default_value = "load")]
    pub user_prefix: String,
    /// How many connections (rounded down to a multiple of the room size); each is a user of its own
    #[arg(short = 'n', long, default_value_t = 1000)]
    pub connections: u32,
    /// Members of a room: one customer, who opens the ticket, and agents
    #[arg(short, long, default_value_t = 2)]
    pub room_size: u32,
    /// How many of the connections send, spread evenly over the rooms [default: one a room]
    #[arg(short, long)]
    pub senders: Option<u32>,
    /// Closed loop: messages that each sender keeps unanswered; an ack triggers the next (1…64)
    #[arg(short = 'k', long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub in_flight: u32,
    /// Open loop: sends a second over all senders, evenly spaced, measured from the scheduled time
    #[arg(long, conflicts_with = "in_flight")]
    pub rate: Option<f64>,
    /// Load before anything is counted
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration)]
    pub warmup: Duration,
    /// How long to measure (idle: how long to hold the connections); at most ten minutes
    #[arg(short, long, default_value = "15s", value_parser = humantime::parse_duration)]
    pub duration: Duration,
    /// How long to wait, after the load has stopped, for the last acks and deliveries
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    pub drain: Duration,
    /// Length of a message's text
    #[arg(short, long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub body_bytes: u32,
    /// Send nothing: connect, authenticate, join, hold, and report memory per connection
    #[arg(long, conflicts_with_all = ["rate", "in_flight", "senders"])]
    pub idle: bool,
    /// The server's process id: adds its CPU time and memory (read from /proc)
    #[arg(short = 'p', long)]
    pub server_pid: Option<u32>,
    /// Connections, tickets or joins that are under way at once while setting up
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub ramp: u32,
    /// Threads of the driver; rooms are divided among them
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub threads: u32,
    /// Stop sending after so many messages
    #[arg(long, default_value_t = 5_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub max_sends: u32,
    /// Open loop: skip a send (and report it) while so many are unanswered
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
    /// Rooms that the connections fill.
    pub(crate) fn rooms(&self) -> u32 {
        self.connections / self.room_size
    }

    /// Connections that send.
    pub(crate) fn senders(&self) -> u32 {
        if self.idle { 0 } else { self.senders.unwrap_or(self.rooms()) }
    }

    /// What clap cannot express.
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

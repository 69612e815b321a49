//! The load driver: many users on a running server, every delivery checked, its own cost kept low.
//!
//! It shares the machine with the server that it measures, so it does next to nothing per frame: one
//! thread, one poll, one read buffer, no JSON parsing on the hot path, one write per socket and wake-up,
//! frames masked with the key 0 (legal, and free). Every run verifies itself: each member of each room must
//! see each number of the stream once, in order, and the same message under it as everyone else; every
//! send must be answered once. Otherwise it prints FAILED and exits with 1.
//!
//! Each room is a ticket opened by its one customer; the other members are agents. Start the server
//! with its rate limits out of the way, and tell the driver the secret that tokens are verified with:
//!
//! ```text
//! export DESKWIRE_LIMITS__AUTH__PER_SECOND=1000000    DESKWIRE_LIMITS__AUTH__BURST=1000000
//! export DESKWIRE_LIMITS__TICKET__PER_SECOND=1000000  DESKWIRE_LIMITS__TICKET__BURST=1000000
//! export DESKWIRE_LIMITS__JOIN__PER_SECOND=1000000    DESKWIRE_LIMITS__JOIN__BURST=1000000
//! export DESKWIRE_LIMITS__MESSAGE__PER_SECOND=1000000 DESKWIRE_LIMITS__MESSAGE__BURST=1000000
//! export DESKWIRE_LOAD_SECRET=…    # the driver's --secret
//! ```
//!
//! The benchmarks (`PID` is the server's; it adds CPU and memory to the report):
//!
//! ```text
//! # rooms of two: the cost of a send
//! cargo run --release --example load -- -n 1000 --room-size 2 --senders 500 --in-flight 4 -p $PID
//! # rooms of ten: the cost of a delivery
//! cargo run --release --example load -- -n 1000 --room-size 10 --senders 100 --in-flight 10 -p $PID
//! # a steady 1000 sends/s: latency, counted from when a send was due
//! cargo run --release --example load -- -n 1000 --room-size 2 --senders 500 --rate 1000 -p $PID
//! # idle: memory per joined connection, on a freshly started server each
//! for n in 1000 2000 3000 4000 5000; do
//!     cargo run --release --example load -- --idle -n $n --duration 30s -p $PID
//! done
//! ```
//!
//! Deliveries are all `new_message` frames that arrived, the senders' own copies included; delivery
//! latency is only that of the others. On loopback the kernel charges much of a packet's way through
//! the stack, the receiving half included, to the process that writes it.

#![expect(clippy::print_stdout, reason = "a command-line tool")]
#![expect(clippy::print_stderr, reason = "a command-line tool")]

mod args;
mod conn;
mod inbound;
mod pace;
mod process;
mod report;
mod room;
mod run;
mod scan;
mod sending;
mod setup;
mod tally;
mod token;
mod verify;
mod wire;
mod worker;

use std::{error::Error, process::ExitCode};

use clap::Parser as _;

/// What ends a run before it has a result.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let mut args = args::Args::parse();
    let report = match args.check().and_then(|()| run::run(args.clone())) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    if args.json {
        eprint!("{report}");
        println!("{}", report.json());
    } else {
        print!("{report}");
    }
    ExitCode::from(u8::from(!report.failures().is_empty()))
}

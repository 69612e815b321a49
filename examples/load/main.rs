//! Load driver: many users on a running server, with every delivery checked.
//!
//! The driver shares the machine with the measured server, so its cost per frame is low. It uses one thread,
//! one poll, one read buffer and one write per socket and wake-up, and parses no JSON on the hot path. Frames
//! are masked with the key 0, which RFC 6455 allows and which costs nothing.
//!
//! Every run verifies itself. Each member of each room must receive each number of the stream once and in
//! order, with one message for all members. Each send must be answered once. Otherwise the driver prints
//! FAILED and exits with 1.
//!
//! Each room is a ticket opened by its one customer; the other members are agents. Start the server with high
//! rate limits, and give the driver the server's token secret:
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
//! Deliveries are all received `new_message` frames, including the copies of the senders. Delivery latency
//! covers only the copies of the other members. On loopback the kernel charges much of a packet's path,
//! including the receiving half, to the writing process.

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

/// Error that ends a run without a result.
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

//! The `deskwire` program: parses the command line and hands it over.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    deskwire::cli::run(deskwire::cli::Cli::parse())
}

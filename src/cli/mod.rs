//! FLOOR 8. The command line: parses arguments, runs one command and returns its exit code.
//!
//! Owns flags, help texts and the printing of results. Does not know how commands work: each calls a floor
//! below.

mod args;
mod backup;
mod check_config;
mod erase_user;
mod error;
mod export;
mod migrate;
mod restore;
mod secret;
mod serve;
mod token;
mod user;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    config::{self, Loaded, SettingsError, Sources},
    telemetry,
};

pub use args::{Cli, Command, Globals};
pub use error::CliError;

/// Exit code for refused settings or arguments.
const USAGE: u8 = 2;
/// Exit code for a failure of the run.
const FAILURE: u8 = 1;

/// Runs the command and reports its errors on standard error.
pub fn run(cli: Cli) -> ExitCode {
    let loaded = config::load(&cli.globals.sources(Sources::from_process()));
    let command = cli.command.unwrap_or_default();
    if matches!(command, Command::CheckConfig) {
        return check_config::run(&loaded, &mut io::stdout().lock(), &mut io::stderr().lock());
    }
    let result = match loaded {
        Ok(loaded) => dispatch(command, loaded),
        Err(refused) => Err(CliError::Settings(refused)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed standard error leaves no place for a report.
            let _ = report(&error, &mut io::stderr().lock());
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command, loaded: Loaded) -> Result<(), CliError> {
    telemetry::init_tracing(&loaded.settings);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let settings = loaded.settings;
    match command {
        Command::Serve => serve::run(settings),
        Command::Token(args) => token::run(&args, &settings, &mut io::stdout().lock()),
        Command::Migrate(args) => migrate::run(&args, &settings),
        Command::Backup(args) => backup::run(&args, &settings, &mut io::stdout().lock()),
        Command::User(args) => user::run(&args, &settings, &mut io::stdout().lock()),
        Command::Restore(args) => restore::run(&args, &settings, &mut io::stdout().lock()),
        Command::EraseUser(args) => erase_user::run(&args, &settings, &mut io::stdout().lock()),
        Command::Export(args) => export::run(&args, &settings),
        // `run` handles this command itself.
        Command::CheckConfig => Ok(()),
    }
}

fn report(error: &CliError, err: &mut impl Write) -> io::Result<()> {
    match error {
        CliError::Settings(refused) => report_refused(refused, err),
        other => {
            writeln!(err, "deskwire: {other}")?;
            let mut source = std::error::Error::source(other);
            while let Some(cause) = source {
                writeln!(err, "  because: {cause}")?;
                source = cause.source();
            }
            Ok(())
        }
    }
}

fn report_refused(refused: &SettingsError, err: &mut impl Write) -> io::Result<()> {
    refused.problems.iter().try_for_each(|problem| writeln!(err, "deskwire: {problem}"))
}

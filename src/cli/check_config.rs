//! `deskwire check-config`: prints the settings in effect, or all problems of the settings.
//!
//! Owns the printing. Does not render values: `config` does, and redacts secrets.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use super::{FAILURE, report_refused};
use crate::config::{Loaded, SettingsError};

/// Prints the settings to `out` (code 0) or the problems to `err` (code 1).
pub(super) fn run(
    loaded: &Result<Loaded, SettingsError>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> ExitCode {
    let printed = match loaded {
        Ok(loaded) => print(loaded, out, err).map(|()| ExitCode::SUCCESS),
        Err(refused) => report_refused(refused, err).map(|()| ExitCode::from(FAILURE)),
    };
    printed.unwrap_or_else(|_| ExitCode::from(FAILURE))
}

fn print(loaded: &Loaded, out: &mut impl Write, err: &mut impl Write) -> io::Result<()> {
    for warning in &loaded.warnings {
        writeln!(err, "deskwire: warning: {warning}")?;
    }
    loaded.effective.iter().try_for_each(|line| writeln!(out, "{line}"))
}

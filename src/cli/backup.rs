//! `deskwire backup FILE`: everything in one file.
//!
//! Owns the arguments and what is printed; the backup is `app`'s.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::CliError;
use crate::{app::backup::backup, config::Settings};

const ABOUT: &str = "\
The file is a tar archive with the database as it is at one moment and the attachments that its messages
carry. It appears complete, with mode 0600, or not at all; one that is there already is never replaced.
Settings, token keys and the development secret are not in it. While it is written, FILE.partial and
FILE.partial.d take the same room beside it.

It works while the server runs, and waits for nobody. Run it as the user that the server runs as.

A PostgreSQL database is backed up with pg_dump; copy the folder `attachments` of the data directory
after the dump.

Example:
  deskwire backup /var/backups/deskwire-$(date +%F).tar";

/// The arguments of `backup`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct BackupArgs {
    /// Where the backup goes; there must not be such a file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

pub(super) fn run(args: &BackupArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    let done = backup(settings, &args.file).map_err(CliError::failed("the backup"))?;
    writeln!(
        out,
        "{}: the database and {} attachments, {} bytes",
        args.file.display(),
        done.attachments,
        done.bytes
    )?;
    Ok(())
}

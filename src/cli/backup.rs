//! `deskwire backup FILE`: backs up an embedded database and its attachments.
//!
//! Owns the arguments and the output. Does not know the form of a backup: see `app::backup`.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::CliError;
use crate::{app::backup::backup, config::Settings};

const ABOUT: &str = "\
The file is a tar archive of a snapshot of the database and the attachments of its messages. It appears
complete, with mode 0600, or not at all. An existing file is never replaced. Settings, token keys and the
development secret are not included. FILE.partial and FILE.partial.d need as much space while it is written.

It works while the server runs, without blocking it. Run it as the server's user.

Back up a PostgreSQL database with pg_dump, and copy the folder `attachments` of the data directory after
the dump.

Example:
  deskwire backup /var/backups/deskwire-$(date +%F).tar";

/// Arguments of `backup`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct BackupArgs {
    /// File to write; it must not exist
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

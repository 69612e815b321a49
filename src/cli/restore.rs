//! `deskwire restore FILE`: replaces an embedded database and its attachments by a backup.
//!
//! Owns the arguments and the output. Does not know the form of a backup: see `app::backup`.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::CliError;
use crate::{app::backup::restore, config::Settings};

const ABOUT: &str = "\
The backup is unpacked beside the data and verified first: its digest, the integrity check of the database,
and the attachments of all messages. On failure the data is unchanged. The history gets a new epoch, so that
clients reload instead of resuming.

It is refused while a server runs, and, without --force, if the database holds tickets. The replaced data
is moved into a folder `replaced-…` beside it, for you to delete. Run it as the server's user.

Restore a PostgreSQL database with pg_restore. Copy the folder `attachments` back before it, and run
`deskwire migrate --new-epoch` after it.

Example:
  deskwire restore --data-dir /srv/deskwire /var/backups/deskwire-2026-11-01.tar";

/// Arguments of `restore`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct RestoreArgs {
    /// File written by `deskwire backup`
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Restore even if the database holds tickets, which are moved aside
    #[arg(long)]
    pub force: bool,
}

pub(super) fn run(args: &RestoreArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    let done = restore(settings, &args.file, args.force).map_err(CliError::failed("the restore"))?;
    writeln!(
        out,
        "restored the backup of {}: the database and {} attachments; the new epoch is {}",
        done.created, done.attachments, done.epoch
    )?;
    for folder in done.replaced {
        writeln!(out, "the replaced data is in {}", folder.display())?;
    }
    Ok(())
}

//! `deskwire restore FILE`: a backup in the place of what is there.
//!
//! Owns the arguments and what is printed; restoring is `app`'s.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::CliError;
use crate::{app::backup::restore, config::Settings};

const ABOUT: &str = "\
The backup is unpacked beside the data and verified (every byte of it, the database's own integrity check,
every attachment that a message carries) before anything is changed; whatever goes wrong, the data is as
it was. The history gets a new epoch, so that clients reload in place of resuming.

It is refused while a server runs, and, without --force, where the database holds tickets. What was there
is moved into a folder `replaced-…` beside it, which is yours to delete. Run it as the user that the
server runs as.

A PostgreSQL database is put back with pg_restore: put the copy of the folder `attachments` back first,
and run `deskwire migrate --new-epoch` afterwards.

Example:
  deskwire restore --data-dir /srv/deskwire /var/backups/deskwire-2026-11-01.tar";

/// The arguments of `restore`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct RestoreArgs {
    /// A file that `deskwire backup` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Also where the database holds tickets, which are moved aside
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
        writeln!(out, "what was there before is in {}", folder.display())?;
    }
    Ok(())
}

//! `deskwire restore FILE`: the database, replaced by a backup.
//!
//! Owns the arguments; replacing and the new epoch are `store`'s.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::config::Settings;

/// The arguments of `restore`.
#[derive(Args)]
pub struct RestoreArgs {
    /// A file that `deskwire backup` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

pub(super) fn run(args: &RestoreArgs, settings: &Settings) -> Result<(), CliError> {
    restore(settings, &args.file).map_err(CliError::failed("the restore"))
}

// wired by app: `crate::store::admin::restore(settings, file)`
fn restore(_settings: &Settings, _file: &Path) -> Result<(), &'static str> {
    Err("this build cannot restore yet")
}

//! `deskwire backup FILE`: a consistent copy of the database.
//!
//! Owns the arguments; copying is `store`'s.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::config::Settings;

/// The arguments of `backup`.
#[derive(Args)]
pub struct BackupArgs {
    /// Where the copy goes
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

pub(super) fn run(args: &BackupArgs, settings: &Settings) -> Result<(), CliError> {
    backup(settings, &args.file).map_err(CliError::failed("the backup"))
}

// wired by app: `crate::store::admin::backup(settings, file)`
fn backup(_settings: &Settings, _file: &Path) -> Result<(), &'static str> {
    Err("this build cannot back up yet")
}

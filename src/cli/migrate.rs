//! `deskwire migrate`: the database's tables, brought up to date.
//!
//! Owns the flags; migrations are `store`'s.

use clap::Args;

use super::CliError;
use crate::config::Settings;

/// The flags of `migrate`.
#[derive(Args)]
pub struct MigrateArgs {
    /// Also start a new epoch: every client reloads instead of resuming
    ///
    /// Needed after the database was put back to an earlier state by other means than `deskwire restore`.
    #[arg(long)]
    pub new_epoch: bool,
}

pub(super) fn run(args: &MigrateArgs, settings: &Settings) -> Result<(), CliError> {
    migrate(settings, args.new_epoch).map_err(CliError::failed("the migration"))
}

// wired by app: `crate::store::admin::migrate(settings, new_epoch)`
fn migrate(_settings: &Settings, _new_epoch: bool) -> Result<(), &'static str> {
    Err("this build cannot migrate yet")
}

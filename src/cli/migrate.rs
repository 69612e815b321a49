//! `deskwire migrate`: the database's tables, brought up to date.
//!
//! Owns the flags; migrations are `store`'s.

use clap::Args;

use super::CliError;
use crate::{app::store_options, config::Settings, store::maintenance::migrate};

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
    let epoch =
        migrate(&store_options(settings), args.new_epoch).map_err(CliError::failed("the migration"))?;
    tracing::info!(%epoch, "the database is up to date");
    Ok(())
}

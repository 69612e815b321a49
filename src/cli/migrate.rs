//! `deskwire migrate`: migrates the database to this version.
//!
//! Owns the flags. Does not know the migrations: `store` does.

use clap::Args;

use super::CliError;
use crate::{app::store_options, config::Settings, store::maintenance::migrate};

/// Flags of `migrate`.
#[derive(Args)]
pub struct MigrateArgs {
    /// Start a new epoch: all clients reload instead of resuming
    ///
    /// Required after a restore of an older state of the database by other means than `deskwire restore`.
    #[arg(long)]
    pub new_epoch: bool,
}

pub(super) fn run(args: &MigrateArgs, settings: &Settings) -> Result<(), CliError> {
    let epoch =
        migrate(&store_options(settings), args.new_epoch).map_err(CliError::failed("the migration"))?;
    tracing::info!(%epoch, "the database is up to date");
    Ok(())
}

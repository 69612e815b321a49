//! `deskwire serve`: the server, until it is told to stop.
//!
//! Owns the runtime it runs in; starting and stopping are `app`'s.

use super::CliError;
use crate::config::Settings;

pub(super) fn run(settings: Settings) -> Result<(), CliError> {
    actix_web::rt::System::new().block_on(serve(settings)).map_err(CliError::failed("the server"))
}

// wired by app: `crate::app::serve(settings).await`
async fn serve(_settings: Settings) -> Result<(), &'static str> {
    Err("this build cannot serve yet")
}

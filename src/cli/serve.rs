//! `deskwire serve`: runs the server until SIGTERM or SIGINT.
//!
//! Owns the runtime and the greeting on standard output. Does not start or stop parts of the server: `app`
//! does.

use std::io::{self, Write};

use super::CliError;
use crate::{
    app::{self, App, DemoLinks},
    config::Settings,
};

pub(super) fn run(settings: Settings) -> Result<(), CliError> {
    actix_web::rt::System::new()
        .block_on(app::serve(settings, |app| {
            tracing::info!(address = %app.address, "listening");
            // The server also runs with a closed standard output.
            let _ = greet(app, &mut io::stdout().lock());
        }))
        .map_err(CliError::failed("the server"))
}

fn greet(app: &App, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Deskwire listens on http://{}", app.address)?;
    if let Some(DemoLinks { customer, agent }) = &app.demo {
        writeln!(out, "\nOpen these in two browser windows:")?;
        writeln!(out, "  customer  {customer}")?;
        writeln!(out, "  agent     {agent}")?;
    }
    out.flush()
}

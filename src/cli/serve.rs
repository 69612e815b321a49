//! `deskwire serve`: the server, until it is told to stop.
//!
//! Owns the runtime it runs in and what is printed for a person at the start; starting and stopping
//! are `app`'s.

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
            // A closed standard output is no reason not to serve.
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

//! The log: text lines or JSON objects, on standard error.
//!
//! Owns the subscriber. Does not write to standard output, which is for the output of commands.

use std::{
    env,
    io::{self, IsTerminal},
};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogFormat, Settings};

/// Starts the log with the configured filter and format. Later calls in a process change nothing.
pub fn init_tracing(settings: &Settings) {
    // The settings are validated before. `info` is the fallback if the filter still does not parse.
    let filter = EnvFilter::try_new(&settings.logs.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let format = fmt::layer().with_writer(io::stderr);
    let layer = match settings.logs.log_format {
        LogFormat::Text => format.with_ansi(wants_colour()).boxed(),
        LogFormat::Json => format.json().boxed(),
    };
    // An error means that a subscriber exists: a test started another app in this process.
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
}

fn wants_colour() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_can_be_started_again_and_in_another_form() {
        let mut settings = Settings::default();
        init_tracing(&settings);
        settings.logs.log_format = LogFormat::Json;
        init_tracing(&settings);
    }
}

//! The log: lines for people or JSON objects, on standard error.
//!
//! Owns the subscriber. Standard output stays free for what a command was asked to print.

use std::{
    env,
    io::{self, IsTerminal},
};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogFormat, Settings};

/// Starts the log as the settings say. The first call of a process counts; later ones change nothing.
pub fn init_tracing(settings: &Settings) {
    // The settings were checked; should this one not parse all the same, something is better than nothing.
    let filter = EnvFilter::try_new(&settings.logs.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let format = fmt::layer().with_writer(io::stderr);
    let layer = match settings.logs.log_format {
        LogFormat::Text => format.with_ansi(wants_colour()).boxed(),
        LogFormat::Json => format.json().boxed(),
    };
    // An error means that a subscriber is there already: a test started another app in this process.
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

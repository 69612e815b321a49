//! `deskwire export TICKET`: the transcript of a ticket.
//!
//! Owns the arguments and where it goes; the transcript is `chat`'s.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum};

use super::CliError;
use crate::{
    app::store_options,
    chat::export::{ExportError, Format, export},
    config::Settings,
    domain::TicketId,
    store::Store,
};

const ABOUT: &str = "\
It has what the ticket's customers see; with --internal also the notes between agents, marked as such.
It works while the server runs. Messages that were deleted are there without their text; attachments are
named, not included.

json is {\"ticket\": …, \"messages\": […], \"events\": […]} with the objects of docs/PROTOCOL.md, html one page
that loads nothing, txt plain text.

Example:
  deskwire export 17 --format html --output ticket-17.html";

/// The arguments of `export`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct ExportArgs {
    /// The ticket's id
    #[arg(value_name = "TICKET")]
    pub ticket: TicketId,
    /// What it looks like
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Also the notes between agents
    #[arg(long)]
    pub internal: bool,
    /// Where it goes, in place of standard output; there must not be such a file
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The formats by their names.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum FormatArg {
    /// One JSON object
    #[default]
    Json,
    /// A page for browsers
    Html,
    /// Plain text
    Txt,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Json => Self::Json,
            FormatArg::Html => Self::Html,
            FormatArg::Txt => Self::Text,
        }
    }
}

pub(super) fn run(args: &ExportArgs, settings: &Settings) -> Result<(), CliError> {
    let store = Store::open_beside(&store_options(settings)).map_err(CliError::failed("the export"))?;
    let transcript = |out: &mut dyn Write| -> Result<(), ExportError> {
        let mut out = BufWriter::new(out);
        let export = export(&store, args.ticket, args.format.into(), args.internal, &mut out);
        actix_web::rt::System::new().block_on(export)
    };
    match &args.output {
        None => transcript(&mut io::stdout().lock()).map_err(CliError::failed("the export")),
        Some(path) => {
            let mut file = create(path)?;
            let written = transcript(&mut file).and_then(|()| Ok(file.sync_all()?));
            written.map_err(|error| {
                // A part of a transcript is not one.
                let _ = std::fs::remove_file(path);
                CliError::failed("the export")(error)
            })
        }
    }
}

/// A new file that only its owner reads.
fn create(path: &PathBuf) -> Result<File, CliError> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|error| CliError::Usage(format!("cannot make {}: {error}", path.display())))
}

//! `deskwire export TICKET`: writes the transcript of a ticket.
//!
//! Owns the arguments and the destination. Does not know the formats: `chat` writes them.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum};

use super::CliError;
use crate::{
    app::store_options,
    chat::transcripts::{ExportError, Format, export},
    config::Settings,
    domain::TicketId,
    store::Store,
};

const ABOUT: &str = "\
The transcript has what the ticket's customers see. --internal adds the marked notes between agents.
It works while the server runs. Deleted messages appear without their text. Attachments are named, not
included.

json is {\"ticket\": …, \"messages\": […], \"events\": […]} with the objects of docs/PROTOCOL.md, html one page
that loads nothing, txt plain text.

Example:
  deskwire export 17 --format html --output ticket-17.html";

/// Arguments of `export`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct ExportArgs {
    /// The ticket's id
    #[arg(value_name = "TICKET")]
    pub ticket: TicketId,
    /// Format of the transcript
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Include the notes between agents
    #[arg(long)]
    pub internal: bool,
    /// File to write instead of standard output; it must not exist
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Values of `--format`.
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
                // An incomplete file would pass for a transcript.
                let _ = std::fs::remove_file(path);
                CliError::failed("the export")(error)
            })
        }
    }
}

/// Creates a new file with mode 0600.
fn create(path: &PathBuf) -> Result<File, CliError> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|error| CliError::Usage(format!("cannot create {}: {error}", path.display())))
}

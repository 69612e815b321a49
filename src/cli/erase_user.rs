//! `deskwire erase-user ID`: erases a user's personal data and messages.
//!
//! Owns the confirmation and the output. Does not erase: `app` and `chat` do.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;

use super::CliError;
use crate::{
    app::erase_user::{EraseUserError, Eraser},
    chat::erasure::{EraseError, Erased},
    config::Settings,
    domain::UserId,
    store::erasure::Scrubbed,
};

const ABOUT: &str = "\
The user's name becomes \"Erased user\", and sign-in is refused for good. The user's messages stay in place
as deleted messages. Removed are their earlier versions, the subjects of tickets that the user requested,
comments on ratings, attachments with their files, notifications and personal canned responses. The user's
id stays, and so do emoji, participation in tickets and read positions.

It works while the server runs: clients are notified of each message, and the user's connections are
closed. Run it again after an interruption.

At the end a SQLite database is rewritten, so that no copy stays in unused parts of the file. That needs the
size of the database once more beside it, and in the folder for temporary files (or SQLITE_TMPDIR). A running
server accepts no writes during it. --no-vacuum skips it. PostgreSQL keeps removed rows in free space, in its
write-ahead log and in archives until it overwrites or removes them.

Backups, and copies that clients made, are not changed.

Example:
  deskwire erase-user --yes customer-17";

/// Arguments of `erase-user`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct EraseUserArgs {
    /// The user's id
    #[arg(value_name = "ID")]
    pub user: UserId,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// Do not rewrite the database; copies may stay in unused parts of its file
    #[arg(long)]
    pub no_vacuum: bool,
}

pub(super) fn run(args: &EraseUserArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    let runtime = actix_web::rt::System::new();
    let failed = CliError::failed::<EraseUserError>;
    let eraser = Eraser::open(settings).map_err(failed("erasing"))?;
    let user = &args.user;
    let name = runtime.block_on(eraser.name(user)).map_err(failed("erasing"))?;
    let unknown = || EraseUserError::Erase(EraseError::UnknownUser(user.clone()));
    let name = name.ok_or_else(unknown).map_err(failed("erasing"))?;
    if !args.yes && !confirmed(user, &name, out)? {
        return Err(CliError::Usage("nothing was erased".to_owned()));
    }
    let erased = runtime.block_on(eraser.erase(user)).map_err(failed("erasing"))?;
    print(user, erased, out)?;
    if !args.no_vacuum && eraser.is_served() {
        writeln!(out, "rewriting the database; a running server accepts no writes until it is done")?;
    }
    let scrubbed = runtime.block_on(eraser.scrub(!args.no_vacuum)).map_err(failed("clearing the files"))?;
    writeln!(out, "{}", rest(scrubbed))?;
    Ok(())
}

/// Asks for confirmation on a terminal. Fails without one.
fn confirmed(user: &UserId, name: &str, out: &mut impl Write) -> Result<bool, CliError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(CliError::Usage("erase-user cannot be undone: confirm it with --yes".to_owned()));
    }
    write!(out, "Erase {name:?} ({user:?}) and all that they wrote? It cannot be undone. [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn print(user: &UserId, erased: Erased, out: &mut impl Write) -> Result<(), CliError> {
    let Erased { person, messages, texts, files } = erased;
    let state = if person { "erased" } else { "had been erased before" };
    writeln!(
        out,
        "{}: {state}; {messages} messages emptied, {texts} subjects and comments removed, {files} files removed",
        user.as_str()
    )?;
    Ok(())
}

/// Text on copies that remain, for the operator.
fn rest(scrubbed: Scrubbed) -> &'static str {
    match scrubbed {
        Scrubbed::Rewritten => "no copy is left in the database's files; backups still hold the text",
        Scrubbed::Merged => {
            "copies may be left in unused parts of the database's file until a run without --no-vacuum; \
             backups still hold the text"
        }
        Scrubbed::Vacuumed => {
            "PostgreSQL vacuumed the old rows; their bytes stay in free space until they are overwritten \
             (VACUUM FULL rewrites the tables), and in the write-ahead log, its archives and backups"
        }
    }
}

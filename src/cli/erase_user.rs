//! `deskwire erase-user ID`: what someone wrote and who they were, gone.
//!
//! Owns the question before it, and what is printed; the erasure is `app`'s and `chat`'s.

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
The user is called \"Erased user\" from then on and cannot come in any more. Their messages become deleted
ones, in their places; gone are earlier versions of them, the subjects of tickets that they requested,
what they wrote about a rating, their attachments with the files, their notifications and personal canned
responses. Their id stays, and so do emoji, who took part where, and read positions.

It works while the server runs: clients are told of each message, and the user's connections are closed.
Interrupted, it is finished by running it again.

At the end a SQLite database is written anew, so that no copy is left in unused parts of the file: that
takes as much room again beside it (and in the system's folder for temporary files, or SQLITE_TMPDIR), and a
running server takes no writes meanwhile. With --no-vacuum that is left out. PostgreSQL keeps
what it removed in free space, in its write-ahead log and archives until it overwrites or removes them.

Backups, and copies that clients made, are not changed.

Example:
  deskwire erase-user --yes customer-17";

/// The arguments of `erase-user`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct EraseUserArgs {
    /// The user's id
    #[arg(value_name = "ID")]
    pub user: UserId,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Do not write the database anew; traces may stay in unused parts of its file until that is done
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
        writeln!(out, "writing the database anew; a server that runs takes no writes meanwhile")?;
    }
    let scrubbed = runtime.block_on(eraser.scrub(!args.no_vacuum)).map_err(failed("clearing the files"))?;
    writeln!(out, "{}", rest(scrubbed))?;
    Ok(())
}

/// Asks, where there is someone to answer.
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

/// What remains for the operator to do.
fn rest(scrubbed: Scrubbed) -> &'static str {
    match scrubbed {
        Scrubbed::Rewritten => "nothing of it is left in the database's files; backups still hold it",
        Scrubbed::Merged => {
            "traces may be left in unused parts of the database's file until this is run without --no-vacuum; \
             backups still hold it"
        }
        Scrubbed::Vacuumed => {
            "PostgreSQL was told to forget old rows; their bytes stay in free space until they are overwritten \
             (VACUUM FULL writes the tables anew), and in the write-ahead log, its archives and backups"
        }
    }
}

//! `deskwire user put ID`: saves a user before their first sign-in.
//!
//! Owns the arguments and the output. Does not save: `store` does.

use std::io::Write;

use clap::{Args, Subcommand};

use super::{CliError, token::role};
use crate::{
    app::store_options,
    config::Settings,
    domain::{Role, User, UserId},
    guard::{self, PlainText},
    store::{SaveUser, Store},
};

const ABOUT: &str = "\
Users are saved at their first sign-in. A user saved before it can already be requester, participant or
assignee of a ticket. An existing user gets the name and role given here, until the next sign-in. Without
--email the address stays.

It works while the server runs, without blocking it.

Example:
  deskwire user put agent-7 --name 'Ada Lovelace' --role agent --email ada@example.com";

/// Arguments of `user`.
#[derive(Args)]
pub struct UserArgs {
    /// Chosen subcommand.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// Subcommands of `user`.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Save a user, or change a saved user; the server may run
    Put(PutArgs),
}

/// Arguments of `user put`.
#[derive(Args)]
#[command(after_help = ABOUT)]
pub struct PutArgs {
    /// The user's id, as in tokens: 1 to 128 characters
    #[arg(value_name = "ID")]
    pub id: UserId,
    /// The user's name
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The user's role
    #[arg(long, value_parser = role())]
    pub role: Role,
    /// The user's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
}

pub(super) fn run(args: &UserArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    match &args.command {
        UserCommand::Put(put) => self::put(put, settings, out),
    }
}

fn put(args: &PutArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    let save = described(args, settings)?;
    let line =
        format!("{} is known as {}, {}", save.user.id.as_str(), save.user.name, save.user.role.as_str());
    let store =
        Store::open_beside(&store_options(settings)).map_err(CliError::failed("opening the database"))?;
    store.save_user_once(save).map_err(CliError::failed("saving the user"))?;
    writeln!(out, "{line}")?;
    Ok(())
}

fn described(args: &PutArgs, settings: &Settings) -> Result<SaveUser, CliError> {
    let usage = |what: &'static str| move |error| CliError::Usage(format!("{what} {error}"));
    let name = PlainText::new(&args.name, settings.bounds.name_chars).map_err(usage("a name"))?;
    let email = args.email.as_deref().map(guard::email).transpose();
    let email = email.map_err(usage("an e-mail address"))?.map(PlainText::into_string);
    let user = User { id: args.id.clone(), name: name.into_string(), role: args.role };
    Ok(SaveUser { user, email })
}

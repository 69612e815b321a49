//! Flags and subcommands, and their help.
//!
//! Owns the spelling. Does not check the values of settings: `config` does, with one message for flag,
//! variable and file.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand,
    builder::{OsStringValueParser, TypedValueParser},
};

use super::{
    backup::BackupArgs, erase_user::EraseUserArgs, export::ExportArgs, migrate::MigrateArgs,
    restore::RestoreArgs, token::TokenArgs, user::UserArgs,
};
use crate::config::Sources;

const EXAMPLES: &str = "\
Settings, from weakest to strongest: defaults, deskwire.toml, DESKWIRE_… variables, flags.
Nested keys take two underscores: DESKWIRE_LIMITS__MESSAGE__PER_SECOND=5. Lists are comma-separated.

Examples:
  deskwire                                         serve on 127.0.0.1:8080 with a development secret
  deskwire --listen 127.0.0.1:9000 --data-dir /tmp/desk
  DESKWIRE_JWT_SECRET=… deskwire --listen 0.0.0.0:8080
  deskwire token --sub agent-7 --name 'Ada' --role agent --ttl 30d
  deskwire user put agent-7 --name 'Ada' --role agent
  deskwire check-config --config /etc/deskwire.toml
  deskwire backup /var/backups/deskwire-monday.tar
  deskwire restore --force /var/backups/deskwire-monday.tar
  deskwire export 17 --format html --output ticket-17.html
  deskwire erase-user customer-17

Exit codes: 0 done, 1 failed, 2 usage or settings refused.";

const GLOBAL: &str = "Settings (every command takes them)";

/// Ticket-support chat over raw WebSockets.
#[derive(Parser)]
#[command(name = "deskwire", version, about, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// Flags for settings.
    #[command(flatten)]
    pub globals: Globals,
    /// Chosen command; `None` means `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags for settings, accepted by every command.
#[derive(Args, Default)]
pub struct Globals {
    /// Settings file; it must exist [default: ./deskwire.toml if it exists]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE", env = "DESKWIRE_CONFIG", hide_env_values = true, value_parser = file())]
    pub config: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8080] [env: DESKWIRE_LISTEN]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Directory of database, attachments and development secret [default: ./data] [env: DESKWIRE_DATA_DIR]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// sqlite://PATH or postgres://… [default: sqlite://{data_dir}/deskwire.db] [env: DESKWIRE_DATABASE_URL]
    ///
    /// Other users of the machine can see flags. Put a URL with a password into the variable or the file.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "URL")]
    pub database_url: Option<String>,
    /// Level or directives such as info,deskwire::chat=debug [default: info] [env: DESKWIRE_LOG]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILTER")]
    pub log: Option<String>,
}

/// Parser of a path that accepts an empty text, unlike that of clap; see [`Globals::sources`].
fn file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

impl Globals {
    /// Adds the flags to the settings of `base`. Flags win.
    pub(super) fn sources(&self, base: Sources) -> Sources {
        let flags = [
            ("listen", &self.listen),
            ("data_dir", &self.data_dir),
            ("database_url", &self.database_url),
            ("log", &self.log),
        ];
        let set = flags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        // Compose files pass on an unset DESKWIRE_CONFIG as an empty value.
        let file = self.config.clone().filter(|path| !path.as_os_str().is_empty());
        Sources { file, overrides: set.collect(), ..base }
    }
}

/// Commands, with their one-line help.
#[derive(Subcommand, Default)]
pub enum Command {
    /// Run the server until SIGTERM or SIGINT (the default)
    #[default]
    Serve,
    /// Print a token that this server accepts, for trials and scripts
    Token(TokenArgs),
    /// Save users before their first sign-in
    User(UserArgs),
    /// Migrate the database to this version; `serve` does so by itself
    Migrate(MigrateArgs),
    /// Print the settings in effect and where each comes from, secrets redacted
    CheckConfig,
    /// Write the database and its attachments to one file, while the server runs or not
    Backup(BackupArgs),
    /// Replace the database and its attachments by a backup; the server must not run
    Restore(RestoreArgs),
    /// Erase a user's personal data and messages, while the server runs or not
    EraseUser(EraseUserArgs),
    /// Write the transcript of a ticket, while the server runs or not
    Export(ExportArgs),
}

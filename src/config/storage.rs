//! Settings of storage: the data directory and the database.
//!
//! Owns the parsing and redaction of a database URL. Does not open anything.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::Secret;

/// Settings of storage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Storage {
    /// Directory of the SQLite database, of attachments and of the development secret.
    pub data_dir: PathBuf,
    /// Database; `None` for `deskwire.db` in `data_dir`.
    #[serde(default, skip_serializing)]
    pub database_url: Option<Database>,
    /// Durability of an acknowledged write (SQLite only).
    pub durability: Durability,
    /// Fills an empty database with demo tickets if the development secret is in use. Default: `true`.
    pub demo: bool,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./data"),
            database_url: None,
            durability: Durability::default(),
            demo: true,
        }
    }
}

impl Storage {
    /// Configured database, or the default one in `data_dir`.
    pub fn database(&self) -> Database {
        self.database_url.clone().unwrap_or_else(|| Database::Sqlite(self.data_dir.join("deskwire.db")))
    }
}

/// Durability of an acknowledged write: `synchronous` of SQLite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Survives a crash of the machine.
    #[default]
    Full,
    /// Survives a crash of the program. A crash of the machine may lose the last writes, in order.
    Normal,
}

/// Database, chosen by the scheme of its URL.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// Path of a SQLite file, from `sqlite://PATH`.
    Sqlite(PathBuf),
    /// URL `postgres://…` or `postgresql://…`, which may contain a password.
    Postgres(Secret),
}

/// Form that a database URL must have. Never contains the refused text, which may have a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Text without one of the known schemes.
    #[error("a URL that begins with sqlite://, postgres:// or postgresql://")]
    Scheme,
    /// `sqlite://` without a path.
    #[error("sqlite:// and then the path of a file, such as sqlite://./data/deskwire.db")]
    NoPath,
    /// Database in memory, which has one connection and does not survive a restart.
    #[error("the path of a file after sqlite://; a database in memory is not supported")]
    InMemory,
    /// SQLite URL with parameters, which are not supported.
    #[error("a plain path after sqlite://, without parameters")]
    Parameters,
    /// Text that does not parse as a URL.
    #[error("a URL such as postgres://user:password@host:5432/database")]
    Malformed,
}

impl Database {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidDatabaseUrl::Scheme)?;
        match scheme {
            "sqlite" if rest.is_empty() => Err(InvalidDatabaseUrl::NoPath),
            "sqlite" if rest.contains(":memory:") => Err(InvalidDatabaseUrl::InMemory),
            "sqlite" if rest.contains('?') => Err(InvalidDatabaseUrl::Parameters),
            "sqlite" => Ok(Self::Sqlite(PathBuf::from(rest))),
            "postgres" | "postgresql" => {
                Url::parse(text).map_err(|_| InvalidDatabaseUrl::Malformed)?;
                Ok(Self::Postgres(Secret::new(text.to_owned())))
            }
            _ => Err(InvalidDatabaseUrl::Scheme),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = InvalidDatabaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

/// Shows the URL without password and parameters, which may contain a password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(secret) => match Url::parse(secret.expose()) {
                Ok(url) => f.write_str(&redacted(&url)),
                Err(_) => f.write_str("postgres://<redacted>"),
            },
        }
    }
}

fn redacted(url: &Url) -> String {
    let mut text = format!("{}://", url.scheme());
    if !url.username().is_empty() || url.password().is_some() {
        text += url.username();
        text += if url.password().is_some() { ":<redacted>@" } else { "@" };
    }
    text += url.host_str().unwrap_or_default();
    if let Some(port) = url.port() {
        text += &format!(":{port}");
    }
    text += url.path();
    text += if url.query().is_some() { "?<redacted>" } else { "" };
    text
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_chosen_by_the_scheme() {
        let sqlite = |path: &str| Ok(Database::Sqlite(PathBuf::from(path)));
        assert_eq!(Database::parse("sqlite:///var/lib/deskwire.db"), sqlite("/var/lib/deskwire.db"));
        assert_eq!(Database::parse("sqlite://./data/deskwire.db"), sqlite("./data/deskwire.db"));
        let url = "postgresql://desk@db/desk";
        assert_eq!(Database::parse(url), Ok(Database::Postgres(Secret::new(url.to_owned()))));
    }

    #[test]
    fn what_is_no_database_url_is_refused() {
        for text in
            ["", "deskwire.db", "mysql://x", "sqlite://", "sqlite://:memory:", "sqlite://a?b", "postgres://["]
        {
            assert!(Database::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://desk:hunter2@db.example.com:6432/desk?sslmode=require",
            "postgres://desk@db/desk?password=hunter2",
            "postgres://:hunter2@db/desk",
        ] {
            let database = Database::parse(text).unwrap();
            assert!(!format!("{database} {database:?}").contains("hunter2"));
            assert!(database.to_string().contains("db"));
        }
    }

    #[test]
    fn the_default_database_lies_in_the_data_directory() {
        let storage = Storage { data_dir: PathBuf::from("/srv"), ..Storage::default() };
        assert_eq!(storage.database(), Database::Sqlite(PathBuf::from("/srv/deskwire.db")));
    }
}

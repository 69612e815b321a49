//! FLOOR 1. The settings: one struct a subject, read from defaults, a file, the environment and flags.
//!
//! Owns the keys, their spelling, their checks and the messages about them. Does not open a database, bind a
//! socket or verify a token: other floors do, with these values.

mod auth;
mod dev_secret;
mod keys;
mod load;
mod logs;
mod network;
mod problem;
mod show;
mod sources;
mod storage;
mod suggest;
mod timing;
mod validate;
mod validators;
mod value;
mod webhooks;
mod widget;

use serde::{Deserialize, Serialize};

use crate::domain::{Bounds, Policy, Rates, Secret};

pub use auth::{Auth, Claims, TokenSource};
pub use dev_secret::development_secret;
pub use keys::{Key, keys};
pub use load::{Loaded, Sources, load};
pub use logs::{LogFormat, Logs};
pub use network::Network;
pub use problem::{Problem, SettingsError};
pub use show::Effective;
pub use storage::{Database, Durability, InvalidDatabaseUrl, Storage};
pub use timing::Timing;
pub use validators::Form;
pub use value::ValueType;
pub use webhooks::Webhooks;
pub use widget::Widget;

/// All settings.
///
/// The keys are flat (`listen`, `jwt_secret`), except `jwt_claims.*`, `bounds.*` and `limits.*`. [`keys()`]
/// lists them. `Settings::default()` are the settings without file, variables and flags.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Settings {
    /// Address to listen on, allowed origins and trusted proxies.
    #[serde(flatten)]
    pub network: Network,
    /// Data directory and database.
    #[serde(flatten)]
    pub storage: Storage,
    /// Keys and claims of tokens.
    #[serde(flatten)]
    pub auth: Auth,
    /// Sessions of anonymous visitors.
    #[serde(flatten)]
    pub widget: Widget,
    /// Timeouts and intervals.
    #[serde(flatten)]
    pub timing: Timing,
    /// Filter and format of the log.
    #[serde(flatten)]
    pub logs: Logs,
    /// Rights in conversations and their time limits.
    #[serde(flatten)]
    pub policy: Policy,
    /// Permitted receivers of webhooks.
    #[serde(flatten)]
    pub webhooks: Webhooks,
    /// Bounds on what callers send and hold.
    #[serde(default)]
    pub bounds: Bounds,
    /// Rate limits of callers.
    #[serde(default)]
    pub limits: Rates,
    /// Media types that attachments may have; `None` for the built-in list.
    #[serde(default)]
    pub attachment_types: Option<Vec<String>>,
    /// Bearer token of `/metrics`. Without it only loopback peers may read them.
    #[serde(default, skip_serializing)]
    pub metrics_token: Option<Secret>,
}

impl Settings {
    /// Configured key for verifying tokens, or the development secret.
    pub fn token_source(&self) -> TokenSource<'_> {
        self.auth.token_source()
    }

    /// Configured database, or the default one in `data_dir`.
    pub fn database(&self) -> Database {
        self.storage.database()
    }

    /// Returns `true` if an empty database gets demo tickets: `demo` is set, and the development secret is in
    /// use.
    pub fn wants_demo(&self) -> bool {
        self.storage.demo && self.token_source() == TokenSource::Development
    }
}

//! FLOOR 1. The settings: one struct a concern, read from defaults, a file, the environment and flags.
//!
//! Owns what can be set, how it is spelled, what is refused and with which words. Does not open a
//! database, bind a socket or verify a token; whoever does takes its numbers from here.

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

/// Everything that an operator may set.
///
/// The keys are flat (`listen`, `jwt_secret`) but for `jwt_claims.*`, `bounds.*` and `limits.*`;
/// [`keys()`] lists them. `Settings::default()` is what a start without file, variables and flags has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Settings {
    /// Where it listens, and who may reach it from where.
    #[serde(flatten)]
    pub network: Network,
    /// Where things are kept.
    #[serde(flatten)]
    pub storage: Storage,
    /// How tokens are verified.
    #[serde(flatten)]
    pub auth: Auth,
    /// How anonymous visitors come in.
    #[serde(flatten)]
    pub widget: Widget,
    /// How long things may take.
    #[serde(flatten)]
    pub timing: Timing,
    /// What is logged.
    #[serde(flatten)]
    pub logs: Logs,
    /// Who may do what in a conversation, and for how long.
    #[serde(flatten)]
    pub policy: Policy,
    /// Where events are told over HTTP.
    #[serde(flatten)]
    pub webhooks: Webhooks,
    /// What callers may send and hold.
    #[serde(default)]
    pub bounds: Bounds,
    /// How often callers may do what.
    #[serde(default)]
    pub limits: Rates,
    /// Media types that attachments may have; `None` is the list that comes with the program.
    #[serde(default)]
    pub attachment_types: Option<Vec<String>>,
    /// Who bears it may read `/metrics`; without it only loopback peers may.
    #[serde(default, skip_serializing)]
    pub metrics_token: Option<Secret>,
}

impl Settings {
    /// What tokens are verified with.
    pub fn token_source(&self) -> TokenSource<'_> {
        self.auth.token_source()
    }

    /// The database, the default one in `data_dir` when none is set.
    pub fn database(&self) -> Database {
        self.storage.database()
    }

    /// Whether an empty database gets the demo tickets: asked for, and nobody's real users are behind it.
    pub fn wants_demo(&self) -> bool {
        self.storage.demo && self.token_source() == TokenSource::Development
    }
}

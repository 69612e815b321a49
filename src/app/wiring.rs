//! Opens the parts of the server from the settings.
//!
//! Owns the wiring between the floors. Does not start a server or a task.

use std::{
    fs, io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::sync::Notify;

use super::AppError;
use crate::{
    auth::{ClaimNames, TokenKeys, Verifier, VisitorSessionKey, generate_secret},
    blobs::Blobs,
    bus::Bus,
    chat::{
        Chat, ChatParts, Connections,
        jobs::queue_feed::QueueFeed,
        publishing::{commit_listeners::Followers, publisher::publisher},
        statuses::Availabilities,
        visitors::Sessions,
        webhooks::Webhooks,
    },
    config::{self, Settings, TokenSource},
    domain::{AttachmentId, Clock, Secret},
    guard::{AllowedTypes, IdentityKey, Limits},
    store::{Database, Durability, Store, StoreOptions},
};

/// Connections to the database for reading.
const READ_CONNECTIONS: u32 = 4;

/// Opened parts of a server.
pub(super) struct Wiring {
    pub(super) chat: Arc<Chat>,
    /// Key for demo tokens: the development secret, or `None` with real keys.
    pub(super) demo_key: Option<Secret>,
    /// States that no other process can write to this database and attachment folder: it is SQLite.
    pub(super) is_sole_owner: bool,
}

/// Options for opening the database, with the system's clock.
pub fn store_options(settings: &Settings) -> StoreOptions {
    StoreOptions {
        database: match settings.database() {
            config::Database::Sqlite(path) => Database::Sqlite(path),
            config::Database::Postgres(url) => Database::Postgres(url.expose().to_owned()),
        },
        durability: match settings.storage.durability {
            config::Durability::Full => Durability::Full,
            config::Durability::Normal => Durability::Normal,
        },
        read_connections: READ_CONNECTIONS,
        clock: Clock::system(),
        policy: settings.policy,
        bounds: settings.bounds.clone(),
    }
}

/// Folder of the attachment files.
pub(super) fn attachments_dir(settings: &Settings) -> std::path::PathBuf {
    settings.storage.data_dir.join("attachments")
}

impl Wiring {
    pub(super) fn open(settings: &Settings, clock: Clock) -> Result<Self, AppError> {
        fs::create_dir_all(&settings.storage.data_dir).map_err(setting("data_dir"))?;
        let (keys, demo_key) = keys(settings)?;
        let verifier = Verifier::new(&keys, claim_names(settings), settings.auth.jwt_audience.clone())
            .map_err(setting(key_setting(settings)))?
            .with_name_chars(settings.bounds.name_chars);
        let allowed_types = match &settings.attachment_types {
            Some(types) => AllowedTypes::new(types).map_err(setting("attachment_types"))?,
            None => AllowedTypes::default(),
        };
        let limits = Limits::new(&settings.limits).map_err(setting("limits"))?;
        let options = StoreOptions { clock, ..store_options(settings) };
        let is_sole_owner = matches!(options.database, Database::Sqlite(_));
        let clock = options.clock.clone();
        let store = Store::open(&options)?;
        let sessions = settings.widget.widget_sessions.then(|| Sessions {
            key: Arc::new(VisitorSessionKey::new(store.session_key())),
            identity: settings.widget.identity_secret.as_ref().map(IdentityKey::new),
            token_ttl: settings.widget.widget_token_ttl,
            max_age: settings.widget.widget_session_max,
        });
        let verifier = match &sessions {
            Some(sessions) => verifier.with_sessions(Arc::clone(&sessions.key)),
            None => verifier,
        };
        let bus = Arc::new(Bus::new());
        let assignment = Arc::new(Notify::new());
        let availability = Arc::new(Availabilities::new(clock.clone(), Arc::clone(&assignment)));
        let queue = Arc::new(QueueFeed::default());
        let connections = Arc::new(Connections::new(Arc::clone(&availability)));
        let webhooks = Arc::new(Webhooks::new(settings.webhooks.webhooks_allow_private));
        let followers = Followers {
            availability: Arc::clone(&availability),
            connections: Arc::clone(&connections),
            queue: Arc::clone(&queue),
            assignment: Arc::clone(&assignment),
            webhooks: Arc::clone(&webhooks),
        };
        let writer = store.writer(publisher(Arc::clone(&bus), followers))?;
        let blobs = Blobs::open(&attachments_dir(settings))?;
        let chat = Chat::from(ChatParts {
            bounds: settings.bounds.clone(),
            policy: settings.policy,
            clock,
            store,
            writer,
            blobs,
            limits,
            allowed_types,
            verifier,
            bus,
            typing_timeout: settings.timing.typing_timeout,
            connections,
            sessions,
            availability,
            queue,
            assignment,
            webhooks,
        });
        Ok(Self { chat: Arc::new(chat), demo_key, is_sole_owner })
    }
}

fn setting<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    key: &'static str,
) -> impl FnOnce(E) -> AppError {
    move |cause| AppError::Setting { key, cause: cause.into() }
}

fn keys(settings: &Settings) -> Result<(TokenKeys, Option<Secret>), AppError> {
    let key = key_setting(settings);
    let read = |path: &std::path::Path| fs::read(path).map_err(setting(key));
    Ok(match settings.token_source() {
        TokenSource::Secret(secret) => (TokenKeys::Secret(secret.clone()), None),
        TokenSource::PublicKeyFile(path) => (TokenKeys::PublicKeyPem(read(path)?), None),
        TokenSource::JwksFile(path) => (TokenKeys::Jwks(read(path)?), None),
        TokenSource::Development => {
            let secret = config::development_secret(&settings.storage.data_dir, generate_secret)
                .map_err(setting("data_dir"))?;
            (TokenKeys::Secret(secret.clone()), Some(secret))
        }
    })
}

fn key_setting(settings: &Settings) -> &'static str {
    match settings.token_source() {
        TokenSource::Secret(_) => "jwt_secret",
        TokenSource::PublicKeyFile(_) => "jwt_public_key_file",
        TokenSource::JwksFile(_) => "jwt_jwks_file",
        TokenSource::Development => "data_dir",
    }
}

/// Claim names of the settings.
pub fn claim_names(settings: &Settings) -> ClaimNames {
    let names = &settings.auth.jwt_claims;
    ClaimNames { id: names.id.clone(), name: names.name.clone(), role: names.role.clone() }
}

/// Removes expired uploads, then attachment files older than `grace` that no row names. Errors are logged.
pub(super) async fn sweep(chat: &Chat, grace: Duration) {
    chat.forget_uploads().await;
    let named = async |ids: Vec<AttachmentId>| chat.store.named_attachments(ids).await;
    match chat.blobs.sweep(grace, SystemTime::now(), named).await {
        Ok(swept) => tracing::debug!(?swept, "swept unused attachments"),
        Err(error) => tracing::warn!(%error, "unused attachments could not be swept"),
    }
}

/// Sets TCP_NODELAY and TCP_USER_TIMEOUT (tcp(7)). The kernel closes a connection whose data stays
/// unacknowledged, or unsent at a closed window, for `write_timeout`.
pub(super) fn tune_socket(io: &dyn std::any::Any, write_timeout: Duration) {
    let Some(stream) = io.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    let socket = socket2::SockRef::from(stream);
    let tuned = socket.set_tcp_nodelay(true).and_then(|()| limit_silence(&socket, write_timeout));
    if let Err(error) = tuned {
        let peer: Option<SocketAddr> = stream.peer_addr().ok();
        tracing::debug!(?peer, %error, "a socket could not be tuned");
    }
}

#[cfg(target_os = "linux")]
fn limit_silence(socket: &socket2::SockRef<'_>, timeout: Duration) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(timeout))
}

#[cfg(not(target_os = "linux"))]
fn limit_silence(_: &socket2::SockRef<'_>, _: Duration) -> io::Result<()> {
    Ok(())
}

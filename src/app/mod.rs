//! FLOOR 7. From settings to a running server: the only place where concrete parts meet.
//!
//! Owns the order of starting and of stopping. The command line and the tests both start here.

pub mod backup;
mod demo;
pub mod erase_user;
mod wiring;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix::Actor;
use actix_web::{App as WebApp, HttpServer, dev::Server, web};
use tokio::time::{Instant, sleep, timeout};

use self::wiring::Wiring;
use crate::{
    chat::{Chat, RoomRegistry, background::Background},
    config::Settings,
    domain::{Clock, NotificationId},
    guard::MemoryBudget,
    http::{self, MetricsAccess, Probe, Site},
    telemetry,
    ws::{self, Gateway},
};

pub use demo::DemoLinks;
pub use wiring::{claim_names, store_options};

/// Why the server could not start or run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A setting that only shows to be bad when it is used.
    #[error("the setting `{key}` cannot be used")]
    Setting {
        /// Its name.
        key: &'static str,
        /// What is wrong with it.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database could not be opened.
    #[error("the database could not be opened")]
    Store(#[from] crate::store::OpenError),
    /// The attachment store could not be opened.
    #[error("the attachment store could not be opened")]
    Blobs(#[from] crate::blobs::BlobError),
    /// The address could not be bound.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// The server failed while running.
    #[error("the server failed")]
    Run(#[from] std::io::Error),
    /// The demo could not be set up.
    #[error("the demo tickets could not be made")]
    Demo,
}

/// A server that listens, and serves once [`App::run`] is polled.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// For a person who tries it out; `None` when it runs with real keys.
    pub demo: Option<DemoLinks>,
    chat: Arc<Chat>,
    server: Server,
    shutdown_timeout: Duration,
    heal_interval: Duration,
}

/// How often abandoned rate-limit keys are forgotten and metrics are folded.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// How often files that no row names are looked for, and how old they must be to be removed while
/// messages are being sent.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// How often users are looked for who have more notifications than are kept, and uploads that were never sent.
const FORGET: Duration = Duration::from_secs(5 * 60);

/// How long the client is told to wait before it comes back after a restart, at most.
const RECONNECT_JITTER: Duration = Duration::from_secs(5);

/// What is left for stopping itself, however long draining took.
const MIN_STOP: Duration = Duration::from_millis(800);

/// How long a finished connection waits for the peer to close first: not at all. A WebSocket has had its
/// closing handshake by then, and browsers report the end only when TCP is closed (RFC 6455, section
/// 7.1.1). Less than a second but more than nothing would be worse: actix reckons from a clock that it
/// reads twice a second, and waits for ever for a time that has passed already.
const LINGER: Duration = Duration::ZERO;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

/// Connections of one worker; the files that the process may open are the real limit.
const MAX_CONNECTIONS: usize = 1_000_000;

impl App {
    /// Opens everything and binds the address.
    ///
    /// # Errors
    /// Whatever cannot be opened or bound, by name.
    pub async fn build(settings: Settings) -> Result<Self, AppError> {
        Self::build_at(settings, Clock::system()).await
    }

    /// The same by another clock, for tests.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_at(settings: Settings, clock: Clock) -> Result<Self, AppError> {
        raise_open_files();
        let metrics = telemetry::install_metrics();
        let Wiring { chat, demo_key, is_sole_owner } = Wiring::open(&settings, clock)?;
        // A single process owns the files of an embedded database: what is orphaned now stays so.
        let grace = if is_sole_owner { Duration::ZERO } else { SWEEP };
        wiring::sweep(&chat, grace).await;
        let demo_tokens = demo::prepare(&chat, &settings, demo_key.as_ref()).await?;

        let network = Arc::new(settings.network.clone());
        let budget = MemoryBudget::new(settings.bounds.inbound_bytes, settings.bounds.frame_bytes);
        let timing = settings.timing.clone();
        let access = Arc::new(MetricsAccess { handle: metrics, token: settings.metrics_token.clone() });
        let probe = Arc::new(Probe::default());
        let site_chat = Arc::clone(&chat);
        let write_timeout = timing.write_timeout;
        let server = HttpServer::new(move || {
            // Runs once on each worker's own thread.
            let chat = Arc::clone(&site_chat);
            let registry = RoomRegistry::new(
                &chat.bus,
                chat.store.clone(),
                Arc::clone(&chat.presence),
                Arc::clone(&chat.typing),
                Arc::clone(&chat.connections),
                timing.heal_interval,
            )
            .start();
            let gateway = Gateway {
                chat: Arc::clone(&chat),
                registry,
                budget: Arc::clone(&budget),
                network: Arc::clone(&network),
                auth_timeout: timing.auth_timeout,
                heartbeat: timing.heartbeat,
            };
            let site = Site {
                chat,
                registry: gateway.registry.clone(),
                budget: Arc::clone(&budget),
                network: Arc::clone(&network),
                probe: Arc::clone(&probe),
                timing: timing.clone(),
                metrics: Arc::clone(&access),
            };
            WebApp::new()
                .wrap(http::headers(&network))
                .app_data(web::Data::new(gateway))
                .app_data(web::Data::new(site))
                .service(web::resource("/ws").route(web::get().to(ws::connect)))
                .configure(http::routes(Arc::clone(&network)))
        })
        .on_connect(move |io, _| wiring::tune_socket(io, write_timeout))
        .workers(settings.network.worker_threads())
        .max_connections(MAX_CONNECTIONS)
        .backlog(BACKLOG)
        .disable_signals()
        .shutdown_timeout(1)
        .client_disconnect_timeout(LINGER)
        .bind(settings.network.listen)
        .map_err(|cause| AppError::Bind(settings.network.listen, cause))?;
        let address = server.addrs().first().copied().unwrap_or(settings.network.listen);
        let demo = demo_tokens.map(|tokens| tokens.links(&settings, address));
        let shutdown_timeout = settings.timing.shutdown_timeout;
        let heal_interval = settings.timing.heal_interval;
        Ok(Self { address, demo, chat, server: server.run(), shutdown_timeout, heal_interval })
    }

    /// Serves until `shutdown` completes, then drains: clients are told to come back, what is in
    /// flight is committed and answered, and every connection is closed.
    ///
    /// # Errors
    /// When the server itself fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
        let Self { chat, server, shutdown_timeout, heal_interval, .. } = self;
        let handle = server.handle();
        let housekeeping = actix_web::rt::spawn(housekeeping(Arc::clone(&chat)));
        let background = Background::start(&chat);
        let erasures = actix_web::rt::spawn(erase_user::show_out(Arc::clone(&chat), heal_interval));
        let mut server = std::pin::pin!(server);
        tokio::select! {
            ended = &mut server => return Ok(ended?),
            () = shutdown => {}
        }
        tracing::info!(connections = chat.connections.count(), "draining");
        let started = Instant::now();
        chat.connections.drain(shutdown_timeout / 4, RECONNECT_JITTER);
        let closed = async {
            while chat.connections.count() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let in_time = timeout(shutdown_timeout.mul_f64(0.8), closed).await.is_ok();
        housekeeping.abort();
        erasures.abort();
        let stop = async {
            handle.stop(in_time).await;
            background.stop(&chat).await;
            chat.writer.close().await;
        };
        let released = async {
            // The workers' threads end a little after the server, and hold the database until then: whoever
            // starts the next one when this returns must not find it in use.
            while Arc::strong_count(&chat) > 1 || chat.store.holders() > 1 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let left = shutdown_timeout.saturating_sub(started.elapsed()).max(MIN_STOP);
        let stopped = async {
            let _ = tokio::join!(server, stop);
            released.await;
        };
        if timeout(left, stopped).await.is_err() {
            tracing::warn!("stopped before everything was closed");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Serves with these settings until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps the server from starting or running.
pub async fn serve(settings: Settings, ready: impl FnOnce(&App)) -> Result<(), AppError> {
    let app = App::build(settings).await?;
    ready(&app);
    app.run(stop_signal()).await
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be watched; the server stops only when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

async fn housekeeping(chat: Arc<Chat>) {
    let mut last_sweep = Instant::now();
    let (mut last_forget, mut forgotten_to) = (Instant::now(), NotificationId(0));
    loop {
        sleep(HOUSEKEEPING).await;
        chat.limits.forget_idle();
        telemetry::install_metrics().upkeep();
        if last_forget.elapsed() >= FORGET {
            last_forget = Instant::now();
            forgotten_to = chat.forget_notifications(forgotten_to).await;
            chat.forget_uploads().await;
        }
        if last_sweep.elapsed() >= SWEEP {
            last_sweep = Instant::now();
            wiring::sweep(&chat, SWEEP).await;
        }
    }
}

/// Each connection is an open file, and the usual soft limit is 1,024.
fn raise_open_files() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit on open files could not be raised"),
    }
}

#[cfg(test)]
mod tests;

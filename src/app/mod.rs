//! FLOOR 7. Builds the server from the settings: the only place where concrete parts meet.
//!
//! Owns the order of starting and stopping. Does not parse arguments: the command line and the tests call it.

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
    chat::{Chat, RoomRegistry, jobs::Background},
    config::Settings,
    domain::{Clock, NotificationId},
    guard::MemoryBudget,
    http::{self, MetricsAccess, Probe, Site},
    telemetry,
    ws::{self, Gateway},
};

pub use demo::DemoLinks;
pub use wiring::{claim_names, store_options};

/// Failure to start or run the server.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Setting whose value fails only when it is used, such as a file that cannot be read.
    #[error("the setting `{key}` cannot be used")]
    Setting {
        /// Name of the setting.
        key: &'static str,
        /// Error from using the value.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Database that cannot be opened.
    #[error("the database could not be opened")]
    Store(#[from] crate::store::OpenError),
    /// Attachment folder that cannot be opened.
    #[error("the attachment store could not be opened")]
    Blobs(#[from] crate::blobs::BlobError),
    /// Address that cannot be bound, such as a port in use.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// Failure of the HTTP server after the start.
    #[error("the server failed")]
    Run(#[from] std::io::Error),
    /// Failure to write the demo tickets or to sign its links.
    #[error("the demo tickets could not be made")]
    Demo,
}

/// Server with a bound address. It serves once [`App::run`] is polled.
pub struct App {
    /// Bound address, with the port that the system chose for port 0.
    pub address: SocketAddr,
    /// Links for a trial; `None` with real keys.
    pub demo: Option<DemoLinks>,
    chat: Arc<Chat>,
    server: Server,
    shutdown_timeout: Duration,
    heal_interval: Duration,
}

/// Interval of removing idle rate-limit keys and of the metrics' upkeep.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// Interval of sweeping attachment files. Also the age below which a sweep keeps a file while messages are
/// sent.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Interval of trimming notifications to `bounds.notifications`, and of removing unsent uploads.
const CLEANUP: Duration = Duration::from_secs(5 * 60);

/// Longest delay that a draining server suggests to a client before it reconnects.
const RECONNECT_JITTER: Duration = Duration::from_secs(5);

/// Shortest time for stopping after draining, also if draining used up the shutdown timeout.
const MIN_STOP: Duration = Duration::from_millis(800);

/// Time that a finished connection waits for the peer to close first: none. A WebSocket has completed its
/// closing handshake by then. Browsers report the end only when TCP is closed (RFC 6455, section 7.1.1).
///
/// Values between zero and a second are worse: actix reads its clock twice a second, and never wakes for a
/// time in the past.
const LINGER: Duration = Duration::ZERO;

/// Connections that the kernel queues before they are accepted.
const BACKLOG: u32 = 4_096;

/// Connections of one worker. The limit on open files is the real bound.
const MAX_CONNECTIONS: usize = 1_000_000;

impl App {
    /// Opens all parts and binds the address, with the system's clock.
    ///
    /// # Errors
    /// Names the part or setting that cannot be opened or bound.
    pub async fn build(settings: Settings) -> Result<Self, AppError> {
        Self::build_at(settings, Clock::system()).await
    }

    /// Opens all parts and binds the address, with the given clock. For tests.
    ///
    /// # Errors
    /// Names the part or setting that cannot be opened or bound.
    pub async fn build_at(settings: Settings, clock: Clock) -> Result<Self, AppError> {
        raise_open_files();
        let metrics = telemetry::install_metrics();
        let Wiring { chat, demo_key, is_sole_owner } = Wiring::open(&settings, clock)?;
        // A single process owns the files of an embedded database, so unused files stay unused.
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
            // Runs once on the thread of each worker.
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

    /// Serves until `shutdown` completes, then drains. Clients get a delay for reconnecting, writes in
    /// progress are committed and acknowledged, and all connections are closed.
    ///
    /// # Errors
    /// Fails if the HTTP server itself fails.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
        let Self { chat, server, shutdown_timeout, heal_interval, .. } = self;
        let handle = server.handle();
        let housekeeping = actix_web::rt::spawn(housekeeping(Arc::clone(&chat)));
        let background = Background::start(&chat);
        let erasures =
            actix_web::rt::spawn(erase_user::disconnect_locked_elsewhere(Arc::clone(&chat), heal_interval));
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
            // The workers' threads end shortly after the server and hold the database until then. On return,
            // the next server must find it unused.
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
            tracing::warn!("shutdown timed out; some connections or writes were not closed in order");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Serves with these settings until SIGTERM or SIGINT. Calls `ready` once the address is bound.
///
/// # Errors
/// Fails if the server cannot start, or fails while it runs.
pub async fn serve(settings: Settings, ready: impl FnOnce(&App)) -> Result<(), AppError> {
    let app = App::build(settings).await?;
    ready(&app);
    app.run(stop_signal()).await
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signal handlers could not be installed; the server stops only when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

async fn housekeeping(chat: Arc<Chat>) {
    let mut last_sweep = Instant::now();
    let (mut last_cleanup, mut trimmed_to) = (Instant::now(), NotificationId(0));
    loop {
        sleep(HOUSEKEEPING).await;
        chat.limits.forget_idle();
        telemetry::install_metrics().upkeep();
        if last_cleanup.elapsed() >= CLEANUP {
            last_cleanup = Instant::now();
            trimmed_to = chat.forget_notifications(trimmed_to).await;
            chat.forget_uploads().await;
        }
        if last_sweep.elapsed() >= SWEEP {
            last_sweep = Instant::now();
            wiring::sweep(&chat, SWEEP).await;
        }
    }
}

/// Raises the soft limit on open files, usually 1,024. Each connection is one open file.
fn raise_open_files() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit on open files could not be raised"),
    }
}

#[cfg(test)]
mod tests;

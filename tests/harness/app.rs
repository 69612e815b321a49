//! A server in this process: its own thread and runtime, its own folder, stopped when dropped.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use deskwire::{
    app::{App, AppError},
    auth::{ClaimNames, Signer},
    config::{self, Settings},
    domain::{Clock, Rate, Rates, Role, Secret, Timestamp, UserId},
    store::OpenError,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{PATIENCE, WsClient, postgres::TestDatabase};

/// The secret of every test server; the program would refuse one that looks like it.
pub const SECRET: &str = "Zq8vT1nXc5Rw2LkYh7Bd9JmGs4PfEu6A";

/// Where a test keeps its data.
#[derive(Clone, Debug)]
pub enum Database {
    /// In the test's folder.
    Sqlite,
    /// On the process's throwaway server.
    Postgres(TestDatabase),
}

impl Database {
    /// What a test over SQLite is given.
    pub async fn on_sqlite() -> Self {
        Self::Sqlite
    }

    /// What a test over PostgreSQL is given.
    pub async fn on_postgres() -> Option<Self> {
        Self::postgres()
    }

    /// A new PostgreSQL database, where there is PostgreSQL.
    pub fn postgres() -> Option<Self> {
        TestDatabase::create().map(Self::Postgres)
    }
}

/// A running server.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    settings: Settings,
    clock: Clock,
    database: Database,
    dir: Option<TempDir>,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// The rate of every class: no test reaches it unless it sets its own.
pub const GENEROUS: Rate = Rate { per_second: 1e6, burst: 1_000_000 };

impl TestApp {
    /// A server with generous limits.
    pub async fn start(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }

    /// A server with other settings.
    pub async fn with(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        Self::with_clock(database, Clock::system(), change).await
    }

    /// A server with other settings, by another clock.
    pub async fn with_clock(database: Database, clock: Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.network.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.network.workers = 2;
        settings.storage.data_dir = dir.path().to_owned();
        settings.storage.demo = false;
        settings.auth.jwt_secret = Some(Secret::new(SECRET));
        settings.limits = Rates::all(GENEROUS);
        // A quarter of it is the jitter of closing, which every test would wait for.
        settings.timing.shutdown_timeout = Duration::from_millis(400);
        if let Database::Postgres(database) = &database {
            settings.storage.database_url = config::Database::parse(&database.url).ok();
        }
        change(&mut settings);
        let (address, running) = launch(settings.clone(), clock.clone()).await;
        Self { address, settings, clock, database, dir: Some(dir), running: Some(running) }
    }

    /// Stops the server as SIGTERM would, and waits until it is gone.
    pub async fn stop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            let _ = stop.send(());
            tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
        }
    }

    /// Stops it and starts it again over the same data, at another address.
    pub async fn restart(&mut self) {
        self.restart_with(|_| {}).await;
    }

    /// The same with other settings.
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Settings)) {
        self.stop().await;
        change(&mut self.settings);
        let (address, running) = launch(self.settings.clone(), self.clock.clone()).await;
        self.address = address;
        self.running = Some(running);
    }

    /// The folder with its data.
    pub fn data_dir(&self) -> &Path {
        &self.settings.storage.data_dir
    }

    /// The settings it runs with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it keeps its data.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A URL of its.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A token that is good for an hour. The name is the id with a capital.
    pub fn token(&self, id: &str, role: Role) -> String {
        self.token_for(id, role, Duration::from_secs(3_600))
    }

    /// A token that is good for `ttl`.
    pub fn token_for(&self, id: &str, role: Role, ttl: Duration) -> String {
        let signer = Signer::hs256(&Secret::new(SECRET), ClaimNames::default(), None);
        let mut name = id.to_owned();
        name[..1].make_ascii_uppercase();
        signer.sign(&UserId::new(id).unwrap(), Some(&name), role, ttl, now()).unwrap()
    }

    /// A connection that has got its `hello`, and is not authenticated.
    pub async fn open(&self) -> WsClient {
        WsClient::open(self.address).await
    }

    /// An authenticated connection.
    pub async fn connect(&self, id: &str, role: Role) -> WsClient {
        let mut client = self.open().await;
        client.authenticate(&self.token(id, role)).await;
        client
    }

    /// A connection of a customer.
    pub async fn customer(&self, id: &str) -> WsClient {
        self.connect(id, Role::Customer).await
    }

    /// A connection of an agent.
    pub async fn agent(&self, id: &str) -> WsClient {
        self.connect(id, Role::Agent).await
    }

    /// The files of stored attachments.
    pub fn attachment_files(&self) -> Vec<PathBuf> {
        files_below(&self.data_dir().join("attachments"))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let Some(Running { stop, thread }) = self.running.take() else { return };
        let _ = stop.send(());
        let joined = thread.join();
        // A second panic would abort and hide the first.
        if !std::thread::panicking() {
            joined.unwrap();
        }
    }
}

async fn launch(settings: Settings, clock: Clock) -> (SocketAddr, Running) {
    let (stop, stopped) = oneshot::channel();
    let (listens, address) = mpsc::channel();
    let serve = move || {
        actix_web::rt::System::new().block_on(async move {
            let app = build(settings, clock).await;
            listens.send(app.address).unwrap();
            let shutdown = async {
                let _ = stopped.await;
            };
            app.run(shutdown).await.unwrap();
        });
    };
    let thread = std::thread::Builder::new().name("test-server".to_owned()).spawn(serve).unwrap();
    let address = tokio::task::spawn_blocking(move || address.recv().unwrap()).await.unwrap();
    (address, Running { stop, thread })
}

/// The threads of a server that was stopped in this process may hold its database a moment longer.
async fn build(settings: Settings, clock: Clock) -> App {
    let started = Instant::now();
    loop {
        match App::build_at(settings.clone(), clock.clone()).await {
            Err(AppError::Store(OpenError::InUse(_))) if started.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            built => return built.unwrap(),
        }
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The time now.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

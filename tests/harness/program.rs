//! The real program in a process of its own, killed when dropped.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use deskwire::{
    auth::{ClaimNames, Signer},
    domain::{Class, Role, Secret, UserId},
};
use rustix::process::{Pid, Signal, kill_process};
use strum::VariantArray;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

use super::{
    Api, Database, PATIENCE, TestApp, WsClient,
    app::{GENEROUS, SECRET, now},
};

/// The program, in an empty environment and with this working directory.
pub fn deskwire(dir: &Path, arguments: &[&str]) -> Command {
    // The variable of the run names the program of the run, the one of the build what it was then.
    let program = std::env::var_os("CARGO_BIN_EXE_deskwire")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_deskwire")), PathBuf::from);
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir).env_clear().kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server over this database, with the tests' secret and limits that nobody reaches.
pub fn server(dir: &Path, database: &Database) -> Command {
    let mut command = deskwire(dir, &["--listen", "127.0.0.1:0"]);
    command.env("DESKWIRE_JWT_SECRET", SECRET).env("DESKWIRE_WORKERS", "2");
    for class in Class::VARIANTS {
        let variable = format!("DESKWIRE_LIMITS__{}", class.as_str().to_ascii_uppercase());
        command.env(format!("{variable}__PER_SECOND"), GENEROUS.per_second.to_string());
        command.env(format!("{variable}__BURST"), GENEROUS.burst.to_string());
    }
    if let Database::Postgres(database) = database {
        command.env("DESKWIRE_DATABASE_URL", &database.url);
    }
    command
}

/// A command beside a server of this process, over the same data.
pub fn beside(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = deskwire(app.data_dir(), arguments);
    command.arg("--data-dir").arg(app.data_dir()).env("DESKWIRE_JWT_SECRET", SECRET);
    if let Database::Postgres(database) = app.database() {
        command.env("DESKWIRE_DATABASE_URL", &database.url);
    }
    command
}

/// Runs a command that is expected to end.
pub async fn outcome(mut command: Command) -> Output {
    timeout(PATIENCE, command.output()).await.expect("the program ends").unwrap()
}

/// Standard error of a command that must fail with this code.
pub async fn failure(command: Command, code: i32) -> String {
    let output = outcome(command).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    error
}

/// Standard output of a command that must succeed.
pub async fn success(command: Command) -> String {
    let output = outcome(command).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A token that servers with the tests' secret take.
pub fn token(id: &str, role: Role) -> String {
    let signer = Signer::hs256(&Secret::new(SECRET), ClaimNames::default(), None);
    signer.sign(&UserId::new(id).unwrap(), None, role, Duration::from_secs(3_600), now()).unwrap()
}

/// A running server.
pub struct Program {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    printed: mpsc::UnboundedReceiver<String>,
    log: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Program {
    /// Starts a server and waits until it says where it listens.
    pub async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Arc::default();
        let reading = tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&log)));
        let (print, mut printed) = mpsc::unbounded_channel();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _ = print.send(line);
            }
        });
        let first = timeout(PATIENCE, printed.recv()).await.expect("the server starts");
        let Some(first) = first else {
            reading.await.unwrap();
            panic!("the server did not start: {}", log.lock().unwrap());
        };
        let (_, address) = first.split_once("http://").expect("the address");
        Self { address: address.parse().unwrap(), child, printed, log, reading }
    }

    /// The next line that it prints.
    pub async fn line(&mut self) -> String {
        timeout(PATIENCE, self.printed.recv()).await.expect("another line").expect("another line")
    }

    /// The lines that it printed and nobody asked for, once it ended.
    pub async fn printed(mut self) -> Vec<String> {
        self.exit().await;
        let mut lines = Vec::new();
        while let Some(line) = self.printed.recv().await {
            lines.push(line);
        }
        lines
    }

    /// The API of a server with the tests' secret.
    pub fn api(&self, id: &str, role: Role) -> Api {
        let bearer = ("Authorization".to_owned(), format!("Bearer {}", token(id, role)));
        Api { address: self.address, headers: vec![bearer] }
    }

    /// A connection of a server with the tests' secret.
    pub async fn connect(&self, id: &str, role: Role) -> WsClient {
        let mut client = WsClient::open(self.address).await;
        client.authenticate(&token(id, role)).await;
        client
    }

    /// Asks it to stop, as an operator or a service manager does.
    pub fn terminate(&self) {
        self.send(Signal::TERM);
    }

    /// Kills it without a warning, and waits until it is gone.
    pub async fn kill(&mut self) {
        self.send(Signal::KILL);
        assert_eq!(self.exit().await.code(), None, "it was killed");
    }

    fn send(&self, signal: Signal) {
        let pid = self.child.id().expect("it runs");
        kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
    }

    /// Waits until it ended.
    pub async fn exit(&mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("the server ends").unwrap()
    }

    /// Stops it, which must work.
    pub async fn stop(&mut self) {
        self.terminate();
        let status = self.exit().await;
        assert!(status.success(), "{status}: {}", self.log.lock().unwrap());
    }

    /// All that it logged, once it ended.
    pub async fn log(mut self) -> String {
        self.exit().await;
        self.reading.await.unwrap();
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

async fn collect(mut from: impl AsyncRead + Unpin, into: Arc<Mutex<String>>) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        into.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

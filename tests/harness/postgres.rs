//! A throwaway PostgreSQL server for one test process.
//!
//! Owns finding the binaries, starting one cluster a process and making one database a test. The server
//! is supervised by a shell that waits for the end of its standard input, which the kernel closes when
//! the test process dies, however it dies; the shell then stops the server and removes its folder.

#![allow(dead_code, unreachable_pub, clippy::expect_used, clippy::print_stderr)]

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};

/// A database of its own on the process's server.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// How to connect to it.
    pub url: String,
    /// Where the server listens.
    pub port: u16,
}

impl TestDatabase {
    /// Makes a new, empty database; `None`, said on standard error, where there is no PostgreSQL.
    ///
    /// With `TEST_REQUIRE=postgres` in the environment, absence is a failure.
    pub fn create() -> Option<Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(cluster) = CLUSTER.get_or_init(Cluster::start) else {
            let required = std::env::var("TEST_REQUIRE").is_ok_and(|it| it.contains("postgres"));
            assert!(!required, "TEST_REQUIRE=postgres, but no PostgreSQL was found");
            eprintln!("skipped: no PostgreSQL");
            return None;
        };
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        cluster.execute(&format!("CREATE DATABASE {name}"));
        Some(Self { url: cluster.url(&name), port: cluster.port })
    }

    /// A session of its own.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).expect("a session of the test's database")
    }

    /// Runs statements in a session of their own.
    pub fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).expect("the test's statements");
    }

    /// Ends all sessions of this database but the one that asks.
    pub fn end_sessions(&self) {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
}

struct Cluster {
    port: u16,
    /// Its standard input is what keeps the server up.
    _supervisor: Child,
}

const SUPERVISE: &str = r#"
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB \
    -c logging_collector=off -c lc_messages=C 2>&1 &
server=$!
read -r _
kill -QUIT "$server"
wait "$server"
rm -rf "$2"
"#;

impl Cluster {
    fn start() -> Option<Self> {
        let bin = binaries()?;
        let owner = unprivileged_owner();
        let dir = std::env::temp_dir().join(format!("deskwire-pg-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder for the test server");
        if let Some((uid, gid)) = owner {
            chown(&dir, Some(uid), Some(gid)).expect("the folder's owner");
        }
        let mut initdb = Command::new(bin.join("initdb"));
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]);
        initdb.arg(dir.join("data")).current_dir(&dir);
        let output = as_owner(&mut initdb, owner).output().expect("initdb runs");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));

        let port = free_port();
        let mut supervise = Command::new("sh");
        supervise.args(["-c", SUPERVISE, "supervise"]).arg(&bin).arg(&dir).arg(port.to_string());
        supervise.current_dir(&dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut supervisor = as_owner(&mut supervise, owner).spawn().expect("the supervisor starts");
        wait_until_ready(&mut supervisor);
        Some(Self { port, _supervisor: supervisor })
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn execute(&self, sql: &str) {
        let mut session = PgConnection::establish(&self.url("postgres")).expect("a session");
        session.batch_execute(sql).expect("the harness's statement");
    }
}

/// Reads the log until the server says that it is ready, and on, so that it never blocks.
fn wait_until_ready(supervisor: &mut Child) {
    let log = supervisor.stdout.take().expect("the log");
    let (ready, is_ready) = mpsc::channel();
    std::thread::spawn(move || {
        let show = std::env::var_os("TEST_POSTGRES_LOG").is_some();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains("ready to accept connections") {
                let _ = ready.send(());
            }
            if show {
                eprintln!("{line}");
            }
        }
    });
    is_ready.recv_timeout(Duration::from_secs(60)).expect("PostgreSQL starts");
}

fn binaries() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut packaged: Vec<PathBuf> = packaged.map(|version| version.path().join("bin")).collect();
    packaged.sort();
    let complete = |dir: &PathBuf| dir.join("postgres").is_file() && dir.join("initdb").is_file();
    // Links from a folder of the path would hide the libraries beside the real ones.
    let real = |dir: PathBuf| {
        let postgres = dir.join("postgres").canonicalize().unwrap_or_default();
        postgres.parent().map_or(dir, Path::to_owned)
    };
    in_path.chain(packaged.into_iter().rev()).find(complete).map(real)
}

/// PostgreSQL refuses to run as root: who to be instead.
fn unprivileged_owner() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("the list of users");
    let find = |name: &str| {
        let mut fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let user = fields.find(|fields| fields.len() > 3 && fields[0] == name)?;
        Some((user[2].parse().ok()?, user[3].parse().ok()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("an unprivileged user"))
}

fn as_owner(command: &mut Command, owner: Option<(u32, u32)>) -> &mut Command {
    if let Some((uid, gid)) = owner {
        command.uid(uid).gid(gid);
    }
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port()
}

//! Commit rate of the store: messages over many tickets, through the writer's queue.
//!
//! `cargo bench --bench commit` measures SQLite and, if installed, PostgreSQL with the settings of the test
//! harness and `fsync=off`. The time per message is that of one thread. The bench also prints the CPU time of
//! the writer's thread per message.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark")]

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deskwire::{
    domain::{Bounds, ClientKey, Clock, Policy, Priority, Role, Stream, TicketId, User, UserId, Viewer},
    guard::{Digest, DigestKey, PlainText, Sanitised},
    store::{
        Database, Durability, Effects, NewMessage, NewTicket, SaveUser, Store, StoreOptions, WriteError,
        Writer,
    },
};
use tokio::runtime::Runtime;

#[path = "../tests/harness/postgres.rs"]
mod postgres;

const TICKETS: usize = 2_000;

/// Writer with `TICKETS` open tickets, each with its own customer.
struct Bench {
    runtime: Runtime,
    writer: Writer<()>,
    /// How many writes were committed together.
    done: mpsc::Receiver<usize>,
    tickets: Vec<(TicketId, User)>,
    sent: usize,
    /// Sender in every ticket, whose messages notify the absent customers; `None`: customers send.
    agent: Option<User>,
}

impl Bench {
    fn new(database: Database, durability: Durability) -> Self {
        let options = StoreOptions {
            database,
            durability,
            read_connections: 1,
            clock: Clock::system(),
            policy: Policy::default(),
            bounds: Bounds::default(),
        };
        let store = Store::open(&options).unwrap();
        let (committed, done) = mpsc::channel();
        let on_commit = move |results: &[Result<Effects, WriteError>]| {
            results.iter().for_each(|result| assert!(result.is_ok(), "{result:?}"));
            let _ = committed.send(results.len());
            vec![(); results.len()]
        };
        let writer = store.writer(on_commit).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut bench = Self { runtime, writer, done, tickets: Vec::new(), sent: 0, agent: None };
        let customers: Vec<User> = (0..TICKETS).map(customer).collect();
        bench.save(&customers);
        bench.tickets = bench.open(customers);
        bench.forget_commits();
        bench
    }

    fn save(&self, users: &[User]) {
        self.runtime.block_on(async {
            let mut saved = Vec::new();
            for user in users {
                let save = SaveUser { user: user.clone(), email: None };
                saved.push(self.writer.save_user(save).await.unwrap());
            }
            for saved in saved {
                saved.await.unwrap();
            }
        });
    }

    /// Opens a ticket for each customer.
    fn open(&self, customers: Vec<User>) -> Vec<(TicketId, User)> {
        self.runtime.block_on(async {
            let mut opened = Vec::new();
            for customer in &customers {
                opened.push(self.writer.create_ticket(new_ticket(customer)).await.unwrap());
            }
            let mut tickets = Vec::new();
            for (customer, opened) in customers.into_iter().zip(opened) {
                tickets.push((opened.await.unwrap().done.ticket.id, customer));
            }
            tickets
        })
    }

    /// Empties the channel of commits that were waited for otherwise.
    fn forget_commits(&self) {
        while self.done.try_recv().is_ok() {}
    }

    fn messages(&mut self, count: usize) -> Vec<NewMessage> {
        let messages = (0..count).map(|n| {
            let number = self.sent + n;
            let (ticket_id, customer) = self.tickets[number % TICKETS].clone();
            let sender = self.agent.clone().unwrap_or(customer);
            message(ticket_id, sender, number)
        });
        let messages = messages.collect();
        self.sent += count;
        messages
    }

    /// Time to commit `count` messages, with at most `at_once` in flight.
    fn measure(&mut self, count: usize, at_once: usize) -> Duration {
        let messages = self.messages(count);
        let start = Instant::now();
        let mut flying = 0;
        for message in messages {
            if flying == at_once {
                flying -= self.done.recv().unwrap();
            }
            self.runtime.block_on(self.writer.send_message(message)).expect("room in the queue");
            flying += 1;
        }
        while flying > 0 {
            flying -= self.done.recv().unwrap();
        }
        start.elapsed()
    }
}

impl Bench {
    /// Makes every message notify a user.
    fn notifying(mut self) -> Self {
        let agent = User { id: UserId::new("agent").unwrap(), name: "Agent".to_owned(), role: Role::Agent };
        self.save(std::slice::from_ref(&agent));
        self.forget_commits();
        self.agent = Some(agent);
        self
    }
}

fn customer(number: usize) -> User {
    let id = UserId::new(&format!("customer-{number}")).unwrap();
    User { id, name: format!("Customer {number}"), role: Role::Customer }
}

fn new_ticket(user: &User) -> NewTicket {
    NewTicket {
        creator: Viewer { id: user.id.clone(), role: user.role },
        requester: user.id.clone(),
        subject: PlainText::new("Printer on fire", 200).unwrap(),
        priority: Priority::Normal,
        participants: Vec::new(),
        client_ticket_id: None,
        digest: Digest::new(&DigestKey::derive(b"bench")).finish(),
        message: None,
    }
}

fn message(ticket_id: TicketId, sender: User, number: usize) -> NewMessage {
    let text = format!("Message {number}: it is still on fire, and the smoke alarm has joined in by now.");
    NewMessage {
        ticket_id,
        sender,
        stream: Stream::Public,
        digest: Digest::new(&DigestKey::derive(b"bench")).part(text.as_bytes()).finish(),
        body: Sanitised::from_text(&text),
        client_message_id: ClientKey::new(&format!("{number:08x}-bench-client-message")),
        reply_to: None,
        attachments: Vec::new(),
        if_position: None,
        present: Vec::new(),
        mentions: Vec::new(),
    }
}

/// CPU time of the writer's thread so far, user and system (Linux only).
fn writer_cpu() -> Option<Duration> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let nanos = tasks.flatten().filter_map(|task| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanos: u64 = stat.split(' ').next()?.parse().ok()?;
        (name.trim() == "deskwire-writer").then_some(nanos)
    });
    Some(Duration::from_nanos(nanos.sum()))
}

fn measure(criterion: &mut Criterion, name: &str, mut bench: Bench) {
    let mut group = criterion.benchmark_group(format!("commit/{name}"));
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(4));
    for at_once in [1, 16, 128, 1_024] {
        let (before, sent) = (writer_cpu(), bench.sent);
        group.bench_function(BenchmarkId::new("in_flight", at_once), |bencher| {
            bencher.iter_custom(|count| bench.measure(usize::try_from(count).unwrap(), at_once));
        });
        if let (Some(before), Some(after)) = (before, writer_cpu()) {
            let each = (after - before).as_secs_f64() * 1e6 / (bench.sent - sent).max(1) as f64;
            println!("commit/{name}/in_flight/{at_once}: {each:.1} µs of the writer's CPU per message");
        }
    }
    group.finish();
}

fn commit(criterion: &mut Criterion) {
    for (name, durability) in [("sqlite_full", Durability::Full), ("sqlite_normal", Durability::Normal)] {
        // Not in a temporary folder, which may be in memory: the bench measures the disk.
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        measure(criterion, name, Bench::new(Database::Sqlite(dir.path().join("bench.db")), durability));
    }
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let database = Database::Sqlite(dir.path().join("bench.db"));
    measure(criterion, "sqlite_normal_notifying", Bench::new(database, Durability::Normal).notifying());
    if let Some(database) = postgres::TestDatabase::create() {
        measure(
            criterion,
            "postgres_notifying",
            Bench::new(Database::Postgres(database.url), Durability::Full).notifying(),
        );
    }
    if let Some(database) = postgres::TestDatabase::create() {
        measure(criterion, "postgres", Bench::new(Database::Postgres(database.url), Durability::Full));
    }
}

criterion_group!(benches, commit);
criterion_main!(benches);

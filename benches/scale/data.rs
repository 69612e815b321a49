//! Data of a million messages, created once and kept.
//!
//! Owns the distribution over tickets, users, streams and words. Most rows are inserted by SQL; the newest
//! messages go through the writer. The store itself builds the search index.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
};

use deskwire::{
    domain::{Bounds, Clock, Policy, Role, Stream, TicketId, User, UserId, Viewer},
    guard::{Digest, DigestKey, Sanitised},
    store::{Database, Durability, Effects, NewMessage, Store, StoreOptions, WriteError},
};
use diesel::{
    Connection, ExpressionMethods, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

pub const TICKETS: usize = 10_000;
pub const MESSAGES: usize = 1_000_000;
pub const CUSTOMERS: usize = 2_000;
pub const AGENTS: usize = 50;
const VOCABULARY: usize = 20_000;
/// Number of messages sent through the writer at the end, a few in each transaction. They leave the index in
/// the state of a busy server.
const SENT: usize = 20_000;

diesel::table! {
    messages (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        stream -> SmallInt,
        seq -> BigInt,
        pos -> BigInt,
        sender_id -> Text,
        body_digest -> Binary,
        body -> Text,
        attachments -> SmallInt,
        created_at -> BigInt,
    }
}

/// Pseudo-random numbers with a fixed seed.
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub fn below(&mut self, end: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % end
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 30) as f64 / f64::from(1 << 30)
    }
}

/// Words by falling frequency: the nth is about n times as rare as the first.
pub struct Vocabulary {
    pub words: Vec<String>,
    sums: Vec<f64>,
}

impl Vocabulary {
    pub fn new() -> Self {
        const SYLLABLES: [&str; 28] = [
            "ba", "co", "di", "fe", "gu", "ha", "in", "jo", "ka", "le", "mi", "no", "or", "pa", "qui", "re",
            "su", "ta", "un", "va", "wi", "ex", "ya", "zo", "ster", "prin", "ment", "ing",
        ];
        let word = |mut n: usize| {
            let mut word = String::new();
            n += SYLLABLES.len();
            while n > 0 {
                word.push_str(SYLLABLES[n % SYLLABLES.len()]);
                n /= SYLLABLES.len();
            }
            word
        };
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(VOCABULARY);
        for rank in 1..=VOCABULARY {
            sum += 1.0 / rank as f64;
            sums.push(sum);
        }
        Self { words: (0..VOCABULARY).map(word).collect(), sums }
    }

    fn any(&self, dice: &mut Dice) -> &str {
        let at = dice.unit() * self.sums[VOCABULARY - 1];
        &self.words[self.sums.partition_point(|sum| *sum <= at).min(VOCABULARY - 1)]
    }

    fn text(&self, dice: &mut Dice) -> String {
        let count = 3 + dice.below(13) + dice.below(13);
        let words: Vec<&str> = (0..count).map(|_| self.any(dice)).collect();
        words.join(" ") + "."
    }
}

/// Ticket of the next message: ten huge ones, a hundred large ones, and the rest.
fn any_ticket(dice: &mut Dice) -> usize {
    match dice.below(10) {
        0 => dice.below(10),
        1 => 10 + dice.below(100),
        _ => 110 + dice.below(TICKETS - 110),
    }
}

pub fn customer(number: usize) -> User {
    let number = number % CUSTOMERS;
    User {
        id: UserId::new(&format!("customer-{number}")).unwrap(),
        name: format!("Customer {number}"),
        role: Role::Customer,
    }
}

pub fn agent(number: usize) -> User {
    let number = number % AGENTS;
    User {
        id: UserId::new(&format!("agent-{number}")).unwrap(),
        name: format!("Agent {number}"),
        role: Role::Agent,
    }
}

pub fn viewer(user: &User) -> Viewer {
    Viewer { id: user.id.clone(), role: user.role }
}

fn options(path: &Path) -> StoreOptions {
    StoreOptions {
        database: Database::Sqlite(path.to_owned()),
        durability: Durability::Normal,
        read_connections: 2,
        clock: Clock::system(),
        policy: Policy::default(),
        bounds: Bounds::default(),
    }
}

/// Opens the data, and creates it if missing. A changed schema gets new data.
pub fn open() -> (Store, PathBuf) {
    let folder = std::env::var_os("DESKWIRE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let tables = include_str!("../../migrations/sqlite/2026-11-21-000000_conversations/up.sql");
    let version = hex::encode(
        &Digest::new(&DigestKey::derive(b"scale")).part(tables.as_bytes()).finish().as_bytes()[..4],
    );
    let path = folder.join(format!("deskwire-scale-{version}.db"));
    if !path.exists() {
        let partial = folder.join(format!("deskwire-scale-{version}.partial"));
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", partial.display()));
        }
        println!("creating {}", path.display());
        build(&partial);
        fs::rename(&partial, &path).unwrap();
    }
    (Store::open(&options(&path)).unwrap(), path)
}

fn build(path: &Path) {
    drop(Store::open(&options(path)).unwrap());
    let (dice, vocabulary) = (&mut Dice::new(), Vocabulary::new());
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
        .unwrap();
    connection
        .transaction(|connection| {
            insert_people(connection)?;
            insert_tickets(connection, dice, &vocabulary)?;
            insert_messages(connection, dice, &vocabulary)?;
            // Without this key, a store rebuilds its index when opened.
            connection.batch_execute("DELETE FROM meta WHERE key = 'search_index'; ANALYZE;")
        })
        .unwrap();
    drop(connection);
    println!("indexing");
    let store = Store::open(&options(path)).unwrap();
    println!("sending the last {SENT}");
    send(&store, dice, &vocabulary);
    while store.holders() > 1 {
        std::thread::yield_now();
    }
    drop(store);
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

fn insert_people(connection: &mut SqliteConnection) -> diesel::QueryResult<()> {
    for user in (0..CUSTOMERS).map(customer).chain((0..AGENTS).map(agent)) {
        sql_query("INSERT INTO users (id, name, role, created_at) VALUES (?, ?, ?, 0)")
            .bind::<Text, _>(user.id.as_str())
            .bind::<Text, _>(&user.name)
            .bind::<Text, _>(user.role.as_str())
            .execute(connection)?;
    }
    Ok(())
}

fn insert_tickets(
    connection: &mut SqliteConnection,
    dice: &mut Dice,
    vocabulary: &Vocabulary,
) -> diesel::QueryResult<()> {
    for number in 0..TICKETS {
        let requester = customer(number);
        sql_query(
            "INSERT INTO tickets (id, subject, status, priority, requester_id, creator_id, assignee_id, \
             public_seq, internal_seq, created_at, updated_at) VALUES (?, ?, ?, 'normal', ?, ?, ?, 0, 0, 0, 0)",
        )
        .bind::<BigInt, _>(i64::try_from(number + 1).unwrap())
        .bind::<Text, _>(vocabulary.text(dice))
        .bind::<Text, _>(["open", "pending", "closed", "closed"][dice.below(4)])
        .bind::<Text, _>(requester.id.as_str())
        .bind::<Text, _>(requester.id.as_str())
        .bind::<Nullable<Text>, _>((number % 10 > 0).then(|| agent(number).id.as_str().to_owned()))
        .execute(connection)?;
        sql_query("INSERT INTO ticket_labels (ticket_id, label) VALUES (?, ?)")
            .bind::<BigInt, _>(i64::try_from(number + 1).unwrap())
            .bind::<Text, _>(label(number))
            .execute(connection)?;
    }
    Ok(())
}

/// One of twenty labels.
pub fn label(number: usize) -> String {
    format!("label-{}", number % 20)
}

fn insert_messages(
    connection: &mut SqliteConnection,
    dice: &mut Dice,
    vocabulary: &Vocabulary,
) -> diesel::QueryResult<()> {
    let mut heads = vec![[0_i64; 2]; TICKETS];
    for number in 0..MESSAGES - SENT {
        let ticket = any_ticket(dice);
        let stream = usize::from(dice.below(20) == 0);
        heads[ticket][stream] += 1;
        let sender = if stream == 1 || dice.below(2) == 0 { agent(ticket) } else { customer(ticket) };
        let id = i64::try_from(number + 1).unwrap();
        diesel::insert_into(messages::table)
            .values((
                messages::id.eq(id),
                messages::ticket_id.eq(i64::try_from(ticket + 1).unwrap()),
                messages::stream.eq(i16::try_from(stream).unwrap()),
                messages::seq.eq(heads[ticket][stream]),
                messages::pos.eq(heads[ticket][0] + heads[ticket][1]),
                messages::sender_id.eq(sender.id.as_str()),
                messages::body_digest.eq(&[0_u8; 32][..]),
                messages::body.eq(vocabulary.text(dice)),
                messages::attachments.eq(0),
                messages::created_at.eq(id),
            ))
            .execute(connection)?;
    }
    for (heads, id) in heads.iter().zip(1_i64..) {
        sql_query(
            "UPDATE tickets SET public_seq = ?, internal_seq = ?, updated_at = ?, last_message_at = ? WHERE id = ?",
        )
        .bind::<BigInt, _>(heads[0])
        .bind::<BigInt, _>(heads[1])
        .bind::<BigInt, _>(id * 7_919 % 1_000_000)
        .bind::<BigInt, _>(id * 7_919 % 1_000_000)
        .bind::<BigInt, _>(id)
        .execute(connection)?;
    }
    // The first agent has read most of every other ticket.
    connection.batch_execute(
        "INSERT INTO read_positions (ticket_id, user_id, stream, delivered_seq, read_seq) \
         SELECT id, 'agent-0', 0, public_seq, MAX(public_seq - id % 40, 0) FROM tickets WHERE id % 2 = 0; \
         INSERT INTO read_positions (ticket_id, user_id, stream, delivered_seq, read_seq) \
         SELECT id, requester_id, 0, public_seq, MAX(public_seq - id % 10, 0) FROM tickets;",
    )
}

fn send(store: &Store, dice: &mut Dice, vocabulary: &Vocabulary) {
    let (committed, done) = mpsc::channel();
    let writer = store
        .writer(move |results: &[Result<Effects, WriteError>]| {
            results.iter().for_each(|result| assert!(result.is_ok(), "{result:?}"));
            let _ = committed.send(results.len());
            vec![(); results.len()]
        })
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut flying = 0;
    for _ in 0..SENT {
        let ticket = any_ticket(dice);
        let text = vocabulary.text(dice);
        let message = NewMessage {
            ticket_id: TicketId(i64::try_from(ticket + 1).unwrap()),
            sender: customer(ticket),
            stream: Stream::Public,
            digest: Digest::new(&DigestKey::derive(b"bench")).part(text.as_bytes()).finish(),
            body: Sanitised::from_text(&text),
            client_message_id: None,
            reply_to: None,
            attachments: Vec::new(),
            mentions: Vec::new(),
            present: Vec::new(),
            if_position: None,
        };
        runtime.block_on(writer.send_message(message)).expect("room in the queue");
        flying += 1;
        while flying >= 16 {
            flying -= done.recv().unwrap();
        }
    }
    while flying > 0 {
        flying -= done.recv().unwrap();
    }
}

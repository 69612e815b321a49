//! Lost connections, lost commits, full disks: what is answered, and what is in the log then.

use std::{
    io::{Read, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use deskwire::{
    domain::{MessageId, Position, TicketId, User, Visible},
    guard::Emoji,
    store::{
        Change, Database, Effects, Store, StoreError, StoreOptions, WriteError, Writer,
        changes::{AddReaction, DeleteMessage, EditMessage, RemoveReaction},
    },
};
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_types::BigInt};

use crate::{postgres::TestDatabase, support::*};

pub fn postgres(body: impl AsyncFnOnce(World, TestDatabase)) {
    if let Some(place) = Place::postgres() {
        let database = place.postgres.clone().unwrap();
        run(place, |world| body(world, database));
    }
}

async fn texts(store: &Store, ticket: TicketId) -> Vec<String> {
    let log =
        messages_of(store.events_after(ticket, Visible::Both, Position::default(), 1_000).await.unwrap());
    log.iter().map(|it| it.body.clone()).collect()
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn wait_until_positive(session: &mut diesel::PgConnection, count: &str) {
    loop {
        let found: Count = diesel::sql_query(count).get_result(session).unwrap();
        if found.count > 0 {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_batch_whose_connection_is_cut_happens_once() {
    postgres(async |world, database| {
        let ticket = world.open().await;
        let mut blocker = database.connect();
        blocker
            .batch_execute(&format!("BEGIN; SELECT 1 FROM tickets WHERE id = {ticket} FOR UPDATE"))
            .unwrap();
        let sending = world.send(message(ticket, ada(), "once"));
        let cutting = tokio::task::spawn_blocking(move || {
            wait_until_positive(
                &mut blocker,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            blocker.batch_execute(cut).unwrap();
            blocker.batch_execute("COMMIT").unwrap();
        });
        let (sent, cut) = tokio::join!(sending, cutting);
        cut.unwrap();
        assert_eq!(sent.unwrap().0.seq, 1);
        // The readers' connections were cut too, and are replaced by use.
        assert_eq!(texts(&world.store, ticket).await, ["once"]);
    });
}

#[test]
fn reads_and_writes_go_on_after_all_sessions_were_ended() {
    postgres(async |world, database| {
        let ticket = world.open().await;
        for n in 0..3 {
            database.end_sessions();
            world.say(ticket, ada(), deskwire::domain::Stream::Public, &n.to_string()).await;
            database.end_sessions();
            assert_eq!(texts(&world.store, ticket).await.len(), n + 1);
        }
        assert_eq!(world.store.ready().await, Ok(()));
    });
}

#[test]
fn a_commit_that_the_server_undid_is_done_again() {
    postgres(async |world, database| {
        let ticket = world.open().await;
        // The first commit kills its own session, before it is one.
        database.execute(
            "CREATE SEQUENCE commits; \
             CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; \
               RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER die AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION die_once()",
        );
        let (sent, duplicate) = world.send(message(ticket, ada(), "once")).await.unwrap();
        assert_eq!((sent.seq, duplicate), (1, false));
        assert_eq!(texts(&world.store, ticket).await, ["once"]);
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_found() {
    postgres(async |world, database| {
        let ticket = world.open().await;
        let lose = Arc::new(AtomicBool::new(false));
        let port = proxy(database.port, lose.clone());
        let url = database.url.replace(&format!(":{}/", database.port), &format!(":{port}/"));
        let options = StoreOptions { database: Database::Postgres(url), ..world.place.options.clone() };
        let store = Store::open(&options).unwrap();
        let writer = start_writer(&store);
        lose.store(true, Ordering::SeqCst);
        let new = message(ticket, ada(), "once");
        let sent = settled(writer.send_message(new)).await.unwrap().done;
        assert!(!lose.load(Ordering::SeqCst), "the answer was lost");
        assert!(!sent.duplicate);
        assert_eq!(texts(&world.store, ticket).await, ["once"]);
    });
}

/// Makes one of four changes of a message with one emoji of Bob's under it.
async fn change(
    writer: &Writer<Effects>,
    message_id: MessageId,
    which: usize,
) -> Result<Effects, WriteError> {
    async fn by<C: Change>(writer: &Writer<Effects>, actor: User, change: C) -> Result<Effects, WriteError> {
        settled(writer.submit(Some(actor), change)).await.map(|it| it.published)
    }
    let body = deskwire::guard::Sanitised::from_text("twice");
    let emoji = |text| Emoji::new(text, 32).unwrap();
    match which {
        0 => by(writer, ada(), EditMessage { message_id, body }).await,
        1 => by(writer, ada(), AddReaction { message_id, emoji: emoji("👍") }).await,
        2 => by(writer, bob(), RemoveReaction { message_id, emoji: emoji("🎉") }).await,
        _ => by(writer, ada(), DeleteMessage { message_id }).await,
    }
}

async fn message_to_change(world: &World) -> (TicketId, MessageId) {
    let ticket = world.open().await;
    let message_id = world.say(ticket, ada(), deskwire::domain::Stream::Public, "once").await;
    let emoji = Emoji::new("🎉", 32).unwrap();
    world.change(bob(), AddReaction { message_id, emoji }).await.unwrap();
    (ticket, message_id)
}

/// One change of the message was made and told of, as number 3 of the stream.
async fn assert_changed_once(world: &World, ticket: TicketId, told: Result<Effects, WriteError>) {
    let log = world.store.events_after(ticket, Visible::Both, Position::default(), 10).await.unwrap();
    assert_eq!(log.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let entries = told.unwrap().entries;
    assert_eq!(entries.len(), 1, "others are told");
    assert_eq!((entries[0].seq, &entries[0].event), (3, &log[2].event));
}

#[test]
fn a_change_whose_commit_was_answered_to_nobody_happens_once_and_is_told() {
    postgres(async |world, database| {
        let lose = Arc::new(AtomicBool::new(false));
        let port = proxy(database.port, lose.clone());
        let url = database.url.replace(&format!(":{}/", database.port), &format!(":{port}/"));
        let options = StoreOptions { database: Database::Postgres(url), ..world.place.options.clone() };
        let store = Store::open(&options).unwrap();
        let writer = start_writer(&store);
        for n in 0..4 {
            let (ticket, message_id) = message_to_change(&world).await;
            lose.store(true, Ordering::SeqCst);
            let told = change(&writer, message_id, n).await;
            assert!(!lose.load(Ordering::SeqCst), "the answer was lost");
            assert_changed_once(&world, ticket, told).await;
        }
        let kept = "SELECT count(*) FROM message_revisions";
        let kept: Count = diesel::sql_query(kept).get_result(&mut database.connect()).unwrap();
        assert_eq!(kept.count, 2, "what the edit and the deletion replaced");
    });
}

#[test]
fn a_change_whose_commit_the_server_undid_is_made_again() {
    postgres(async |world, database| {
        let mut prepared = Vec::new();
        for n in 0..4 {
            let (ticket, message_id) = message_to_change(&world).await;
            prepared.push((ticket, message_id, n));
        }
        // Every other commit kills its own session, before it is one.
        database.execute(
            "CREATE SEQUENCE commits; \
             CREATE FUNCTION die_often() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               IF nextval('commits') % 2 = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; \
               RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER die AFTER INSERT ON ticket_events DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION die_often()",
        );
        for (ticket, message_id, n) in prepared {
            let told = change(&world.writer, message_id, n).await;
            assert_changed_once(&world, ticket, told).await;
        }
        let tried: Count = diesel::sql_query("SELECT last_value AS count FROM commits")
            .get_result(&mut database.connect())
            .unwrap();
        assert_eq!(tried.count, 8, "each was tried twice");
    });
}

/// Passes bytes on to a server; once told so, cuts a connection right after a COMMIT was answered,
/// without passing the answer on.
pub fn proxy(server: u16, lose: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let swallow = Arc::new(AtomicBool::new(false));
            let (there, back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (lose, told) = (lose.clone(), swallow.clone());
            std::thread::spawn(move || {
                pass(there, server, |bytes| {
                    if bytes.windows(6).any(|it| it == b"COMMIT") && lose.swap(false, Ordering::SeqCst) {
                        told.store(true, Ordering::SeqCst);
                    }
                    true
                });
            });
            std::thread::spawn(move || pass(back, client, |_| !swallow.load(Ordering::SeqCst)));
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !look(&buffer[..count]) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

pub fn sqlite(world: &World) -> diesel::SqliteConnection {
    let Database::Sqlite(path) = &world.place.options.database else { panic!("not SQLite") };
    diesel::Connection::establish(path.to_str().unwrap()).unwrap()
}

#[test]
fn a_locked_database_makes_writes_unavailable_for_as_long() {
    run(Place::sqlite(), async |world: World| {
        let ticket = world.open().await;
        let mut other = sqlite(&world);
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let (refused, ready) =
            tokio::join!(world.send(message(ticket, ada(), "during")), world.store.ready());
        assert_eq!(refused, Err(WriteError::Unavailable));
        assert_eq!(ready, Err(StoreError::Unavailable));
        other.batch_execute("ROLLBACK").unwrap();
        assert!(world.send(message(ticket, ada(), "after")).await.is_ok());
        assert_eq!(world.store.ready().await, Ok(()));
        assert_eq!(texts(&world.store, ticket).await, ["after"]);
    });
}

#[test]
fn a_full_disk_makes_the_whole_batch_unavailable_and_leaves_nothing() {
    run(Place::sqlite(), async |world: World| {
        let ticket = world.open().await;
        // Says what SQLite says, without filling a disk.
        let full = "CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.body = 'much' \
                    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
        sqlite(&world).batch_execute(full).unwrap();
        let messages = ["little", "much"].map(|text| message(ticket, ada(), text));
        let answers = crate::messages::send_in_one_batch(&world, messages.into()).await;
        assert_eq!(answers, [Err(WriteError::Unavailable), Err(WriteError::Unavailable)]);
        sqlite(&world).batch_execute("DROP TRIGGER full").unwrap();
        assert_eq!(world.send(message(ticket, ada(), "after")).await.unwrap().0.seq, 1);
        assert_eq!(texts(&world.store, ticket).await, ["after"]);
    });
}

#[test]
fn a_writer_that_panics_answers_nobody_wrongly_and_goes_on() {
    run(Place::sqlite(), async |world: World| {
        let ticket = world.open().await;
        let mut commits = 0;
        let writer = world
            .store
            .writer(move |results: &[Result<Effects, WriteError>]| {
                commits += 1;
                assert_ne!(commits, 1, "the first announcement fails");
                vec![(); results.len()]
            })
            .unwrap();
        for expected in [false, true] {
            let pending = writer.send_message(message(ticket, ada(), "x")).await.unwrap();
            assert_eq!(pending.await.is_ok(), expected, "nobody waits for ever");
        }
    });
}

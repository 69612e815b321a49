//! Receipts and unread counts: exact, whatever comes in between and however much of it at once.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use deskwire::{
    domain::{
        Confirmation, MessageStatus, Position, Receipt, Role, Stream, TicketId, User, UserEvent, UserId,
        Visible,
    },
    store::{
        Committed, Effects, NewMessage, WriteError,
        changes::{ConfirmMessages, EditMessage, UpTo},
    },
};
use diesel::connection::SimpleConnection;
use proptest::{prelude::*, test_runner::TestRunner};
use tokio::runtime::Handle;

use crate::{messages::in_one_batch, support::*};

/// Something that happens in a ticket.
#[derive(Clone, Debug)]
enum Step {
    /// One of the users writes.
    Send { who: usize, stream: Stream },
    /// One of the users confirms up to a number, which may be ahead of the stream.
    Mark { who: usize, stream: Stream, seq: i64, what: Confirmation },
    /// A message of the public stream is edited, which takes a number and is no message.
    Edit,
}

fn people() -> [User; 4] {
    [ada(), bob(), amy(), root()]
}

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![3 => Just(Stream::Public), 2 => Just(Stream::Internal)]
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![Just(Confirmation::Delivered), Just(Confirmation::Read)];
    prop_oneof![
        4 => (0..4_usize, stream()).prop_map(|(who, stream)| Step::Send { who, stream }),
        5 => (0..4_usize, stream(), 0..10_i64, what)
            .prop_map(|(who, stream, seq, what)| Step::Mark { who, stream, seq, what }),
        1 => Just(Step::Edit),
    ]
}

/// What receipts were taken, by user and stream: the furthest delivered and read.
type Taken = BTreeMap<(UserId, Stream), (i64, i64)>;

/// Takes the steps, and gives the receipts that were not refused.
async fn take(world: &World, ticket: TicketId, steps: Vec<Step>) -> Taken {
    let mut taken = Taken::new();
    for step in steps {
        match step {
            Step::Send { who, stream } => {
                let sent =
                    world.send(NewMessage { stream, ..message(ticket, people()[who].clone(), "x") }).await;
                assert_eq!(sent.is_ok(), people()[who].role.visible().includes(stream), "{sent:?}");
            }
            Step::Mark { who, stream, seq, what } => {
                let user = people()[who].clone();
                let id = user.id.clone();
                let up_to = UpTo::Seq(seq);
                let mark = ConfirmMessages { ticket_id: ticket, stream: Some(stream), up_to, what, by: None };
                let Ok(Committed { done: receipt, .. }) = world.change(user, mark).await else { continue };
                assert!(receipt.delivered_seq >= receipt.read_seq);
                let (delivered, read) = taken.entry((id, stream)).or_default();
                *delivered = seq.max(*delivered);
                if what == Confirmation::Read {
                    *read = seq.max(*read);
                }
            }
            Step::Edit => {
                let log = world
                    .store
                    .events_after(ticket, Visible::PublicOnly, Position::default(), 1)
                    .await
                    .unwrap();
                if let Some(first) = log.first().cloned() {
                    let message = messages_of(vec![first]).remove(0);
                    let body = deskwire::guard::Sanitised::from_text(&format!("{}x", message.body));
                    world.change(root(), EditMessage { message_id: message.id, body }).await.unwrap();
                }
            }
        }
    }
    taken
}

/// Counts everything again, one message after the other.
async fn check(world: &World, ticket: TicketId, taken: &Taken, deleted: &HashSet<i64>) {
    let log = world.store.events_after(ticket, Visible::Both, Position::default(), 10_000).await.unwrap();
    let log: Vec<_> = log
        .into_iter()
        .filter_map(|entry| match entry.event {
            deskwire::domain::LogEvent::MessageSent(message) => Some(message),
            _ => None,
        })
        .collect();
    for user in people() {
        let overview = world.store.ticket_overview(&viewer(&user), ticket).await.unwrap().unwrap();
        let seen = || log.iter().filter(|it| user.role.visible().includes(it.stream));
        let unread = seen().filter(|message| {
            let (_, read) = taken.get(&(user.id.clone(), message.stream)).copied().unwrap_or_default();
            message.seq > read && message.sender.id != user.id && !deleted.contains(&message.id.0)
        });
        assert_eq!(overview.unread, i64::try_from(unread.count()).unwrap(), "{}", user.id);
        assert_eq!(overview.last_message.map(|it| it.id), seen().map(|it| it.id).max());
        let (_, receipts) = world.store.ticket_and_receipts(&viewer(&user), ticket).await.unwrap().unwrap();
        let expected = taken
            .iter()
            .filter(|((_, stream), (delivered, _))| user.role.visible().includes(*stream) && *delivered > 0)
            .map(|((id, stream), (delivered, read))| Receipt {
                user_id: id.clone(),
                stream: *stream,
                delivered_seq: *delivered,
                read_seq: *read,
            });
        assert_eq!(receipts, expected.collect::<Vec<_>>());
    }
    for message in &log {
        let others =
            taken.iter().filter(|((id, stream), _)| *stream == message.stream && *id != message.sender.id);
        let status = others.map(|(_, (delivered, read))| match message.seq {
            seq if seq <= *read => MessageStatus::Read,
            seq if seq <= *delivered => MessageStatus::Delivered,
            _ => MessageStatus::Sent,
        });
        assert_eq!(message.status, status.max().unwrap_or_default(), "{message:?}");
    }
}

fn execute(world: &World, sql: &str) {
    match &world.place.postgres {
        Some(database) => database.execute(sql),
        None => {
            let deskwire::store::Database::Sqlite(path) = &world.place.options.database else { panic!() };
            let mut connection =
                <diesel::SqliteConnection as diesel::Connection>::establish(path.to_str().unwrap()).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
            connection.batch_execute(sql).unwrap();
        }
    }
}

/// One case: the steps are dealt out to so many tasks that run at once, then some messages are deleted.
async fn case(world: &Arc<World>, steps: Vec<Step>, tasks: usize, deleted: Vec<prop::sample::Index>) {
    let ticket = world.open().await;
    let mut hands = vec![Vec::new(); tasks];
    for (n, step) in steps.into_iter().enumerate() {
        hands[n % tasks].push(step);
    }
    let running: Vec<_> = hands
        .into_iter()
        .map(|steps| {
            let world = Arc::clone(world);
            tokio::spawn(async move { take(&world, ticket, steps).await })
        })
        .collect();
    let mut all = Taken::new();
    for task in running {
        for (key, (delivered, read)) in task.await.unwrap() {
            let known = all.entry(key).or_default();
            *known = (known.0.max(delivered), known.1.max(read));
        }
    }
    // What is read was delivered.
    for (delivered, read) in all.values_mut() {
        *delivered = (*delivered).max(*read);
    }
    check(world, ticket, &all, &HashSet::new()).await;
    let log = world.store.events_after(ticket, Visible::Both, Position::default(), 10_000).await.unwrap();
    let sent: Vec<i64> = log
        .into_iter()
        .filter_map(|entry| match entry.event {
            deskwire::domain::LogEvent::MessageSent(message) => Some(message.id.0),
            _ => None,
        })
        .collect();
    if !sent.is_empty() {
        let gone: HashSet<i64> = deleted.iter().map(|index| *index.get(&sent)).collect();
        for id in &gone {
            execute(world, &format!("UPDATE messages SET deleted_at = 1 WHERE id = {id}"));
        }
        check(world, ticket, &all, &gone).await;
    }
}

on_each_database! {
    async fn unread_counts_and_receipts_are_what_a_recount_says(world) {
        let world = Arc::new(world);
        let steps = prop::collection::vec(step(), 1..40);
        let deleted = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
        let tasks = prop_oneof![Just(1_usize), Just(4)];
        let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) });
        tokio::task::block_in_place(|| {
            runner.run(&(steps, tasks, deleted), |(steps, tasks, deleted)| {
                Handle::current().block_on(case(&world, steps, tasks, deleted));
                Ok(())
            })
        }).unwrap();
    }

    async fn a_batch_of_receipts_and_messages_leaves_each_position_at_its_furthest(world) {
        let ticket = world.open().await;
        world.say(ticket, ada(), Stream::Public, "1").await;
        let mark = |seq, what| ConfirmMessages { ticket_id: ticket, stream: None, up_to: UpTo::Seq(seq), what, by: None };
        let send = |text| message(ticket, ada(), text);
        let (receipts, messages) = in_one_batch(&world, async |writer| {
            let one = writer.submit(Some(amy()), mark(2, Confirmation::Read)).await.unwrap();
            let second = writer.send_message(send("2")).await.unwrap();
            let two = writer.submit(Some(amy()), mark(1, Confirmation::Delivered)).await.unwrap();
            let three = writer.submit(Some(zoe()), mark(1, Confirmation::Read)).await.unwrap();
            let four = writer.submit(Some(amy()), mark(9, Confirmation::Read)).await.unwrap();
            let third = writer.send_message(send("3")).await.unwrap();
            let five = writer.submit(Some(bob()), mark(3, Confirmation::Delivered)).await.unwrap();
            ([one, two, three, four, five], [second, third])
        }).await;
        for sent in messages {
            sent.await.unwrap();
        }
        let mut answers = Vec::new();
        for receipt in receipts {
            answers.push(receipt.await.map(|it| (it.done.delivered_seq, it.done.read_seq)));
        }
        // A receipt comes behind the messages that share its batch.
        assert_eq!([&answers[0], &answers[1], &answers[4]], [&Ok((2, 2)), &Ok((2, 2)), &Ok((3, 0))]);
        assert_eq!(answers[2], Err(WriteError::NotFound));
        assert!(matches!(answers[3], Err(WriteError::Invalid { field: "seq", .. })));
    }

    async fn a_receipt_names_what_it_newly_covers(world) {
        let ticket = world.open().await;
        let one = world.say(ticket, ada(), Stream::Public, "1").await;
        world.say(ticket, amy(), Stream::Public, "2").await;
        let three = world.say(ticket, bob(), Stream::Public, "3").await;
        let mark = |up_to, what| {
            world.change(amy(), ConfirmMessages { ticket_id: ticket, stream: None, up_to, what, by: None })
        };
        let covered = |it: Committed<Receipt, Effects>| {
            assert!(it.published.entries.is_empty(), "a receipt is in no log");
            let confirmed = |event| match event {
                UserEvent::Confirmed(it) => (it.what, it.seq, it.message_ids),
                other => panic!("{other:?}"),
            };
            it.published.user_events.into_iter().map(confirmed).collect::<Vec<_>>()
        };
        let first = mark(UpTo::Seq(2), Confirmation::Read).await.unwrap();
        assert_eq!(covered(first), [(Confirmation::Read, 2, vec![one])]);
        let again = mark(UpTo::Message(one), Confirmation::Read).await.unwrap();
        assert_eq!(covered(again), []);
        let next = mark(UpTo::Message(three), Confirmation::Delivered).await.unwrap();
        assert_eq!(covered(next), [(Confirmation::Delivered, 3, vec![three])]);
        let read = mark(UpTo::Seq(3), Confirmation::Read).await.unwrap();
        assert_eq!(covered(read), [(Confirmation::Read, 3, vec![three])]);
    }

    async fn a_role_that_shrank_before_the_commit_confirms_no_notes(world) {
        let ticket = world.open().await;
        let note = world.say(ticket, amy(), Stream::Internal, "psst").await;
        let was_agent = User { role: Role::Customer, ..root() };
        let mark = |user: User, stream, up_to| {
            let what = Confirmation::Read;
            world.change(user, ConfirmMessages { ticket_id: ticket, stream, up_to, what, by: None })
        };
        let refused = mark(was_agent, None, UpTo::Message(note)).await;
        assert_eq!(refused, Err(WriteError::NotFound), "a stranger now");
        let hidden = mark(bob(), None, UpTo::Message(note)).await;
        assert_eq!(hidden, Err(WriteError::MessageNotFound));
        let refused = mark(bob(), Some(Stream::Internal), UpTo::Seq(1)).await;
        assert!(matches!(refused, Err(WriteError::Forbidden(_))));
    }
}

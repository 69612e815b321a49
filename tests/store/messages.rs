//! Sending: numbers, retries, refusals and what they leave behind.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use deskwire::{
    domain::{MessageId, Position, Stream, TicketId, Timestamp, UserId, Visible},
    store::{Conflict, Effects, IfPosition, NewMessage, SentMessage, WriteError, Writer},
};
use strum::VariantArray;

use crate::support::*;

on_each_database! {
    async fn numbers_are_dense_under_many_concurrent_senders(world) {
        let tickets = [world.open().await, world.open().await, world.open().await];
        let world = Arc::new(world);
        let mut tasks = Vec::new();
        for sender in 0..24 {
            let world = world.clone();
            tasks.push(tokio::spawn(async move {
                for n in 0..25 {
                    let ticket = tickets[(sender + n) % 3];
                    let stream = if n % 5 == 0 { Stream::Internal } else { Stream::Public };
                    let new = NewMessage { stream, ..message(ticket, amy(), &format!("{sender}-{n}")) };
                    world.send(new).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        for ticket in tickets {
            let all = messages_of(world.store.events_after(ticket, Visible::Both, Position::default(), 10_000).await.unwrap());
            assert_eq!(all.len(), 200);
            let places: Vec<i64> = all.iter().map(|it| it.pos).collect();
            assert_eq!(places, (1..=200).collect::<Vec<_>>());
            assert!(all.is_sorted_by_key(|it| it.id), "ids grow with the order of commit");
            for &stream in Stream::VARIANTS {
                let of_stream = all.iter().filter(|it| it.stream == stream);
                assert!(of_stream.zip(1..).all(|(message, n)| message.seq == n), "{stream} is dense");
            }
        }
    }

    async fn a_sent_message_reads_as_it_was_acknowledged(world) {
        let ticket = world.open().await;
        world.place.options.clock.set(Timestamp(5_000));
        let first = world.say(ticket, ada(), Stream::Public, "hello").await;
        let new = NewMessage { client_message_id: key("c1"), reply_to: Some(first), ..message(ticket, bob(), "hi & <b>bye</b>") };
        let (sent, duplicate) = world.send(new).await.unwrap();
        assert!(!duplicate);
        assert_eq!((sent.seq, sent.pos, sent.created_at), (2, 2, Timestamp(5_000)));
        let read = messages_of(world.store.events_after(ticket, Visible::PublicOnly, Position { public: 1, internal: 0 }, 10).await.unwrap());
        assert_eq!(read, [sent]);
        let read = world.store.ticket(&viewer(&ada()), ticket).await.unwrap().unwrap();
        assert_eq!(read.last_message_at, Some(Timestamp(5_000)));
        assert_eq!(read.updated_at, Timestamp(5_000));
        assert_eq!(read.position, Position { public: 2, internal: 0 });
    }

    async fn an_internal_message_is_no_last_message(world) {
        let ticket = world.open().await;
        world.say(ticket, amy(), Stream::Internal, "psst").await;
        let read = world.store.ticket(&viewer(&amy()), ticket).await.unwrap().unwrap();
        assert_eq!(read.last_message_at, None);
        assert_eq!(read.position, Position { public: 0, internal: 1 });
    }

    async fn a_retry_gets_the_first_message_again(world) {
        let ticket = world.open().await;
        let new = || NewMessage { client_message_id: key("k"), ..message(ticket, ada(), "once") };
        let (first, _) = world.send(new()).await.unwrap();
        world.say(ticket, amy(), Stream::Public, "meanwhile").await;
        // What made sense the first time is not held against a retry.
        let retry = NewMessage {
            if_position: Some(IfPosition { public: Some(0), internal: None }),
            ..new()
        };
        assert_eq!(world.send(retry).await, Ok((first, true)));
        assert_eq!(heads(&world, ticket).await, Position { public: 2, internal: 0 });
    }

    async fn a_key_used_for_other_content_is_a_conflict(world) {
        let ticket = world.open().await;
        let new = |text: &str| NewMessage { client_message_id: key("k"), ..message(ticket, ada(), text) };
        world.send(new("one")).await.unwrap();
        let refused = world.send(new("two")).await;
        assert_eq!(refused, Err(WriteError::Conflict(Conflict::SameKeyOtherContent { field: "clientMessageId" })));
        assert_eq!(heads(&world, ticket).await.public, 1);
    }

    async fn keys_are_per_ticket_and_sender(world) {
        let (one, two) = (world.open().await, world.open().await);
        for (ticket, sender) in [(one, ada()), (one, bob()), (two, ada())] {
            let new = NewMessage { client_message_id: key("k"), ..message(ticket, sender, "same") };
            assert!(!world.send(new).await.unwrap().1);
        }
    }

    async fn retries_in_one_batch_are_recognised(world) {
        let ticket = world.open().await;
        let answers = send_in_one_batch(&world, ["x", "x", "y", "x"].map(|text| {
            NewMessage { client_message_id: key("k"), ..message(ticket, ada(), text) }
        }).into()).await;
        let [Ok(SentMessage { message: first, duplicate: false }), rest @ ..] = &answers[..] else { panic!("{answers:?}") };
        let again = Ok(SentMessage { message: first.clone(), duplicate: true });
        let conflict = Err(WriteError::Conflict(Conflict::SameKeyOtherContent { field: "clientMessageId" }));
        assert_eq!(rest, [again.clone(), conflict, again]);
        assert_eq!(heads(&world, ticket).await.public, 1);
    }

    async fn who_may_not_see_a_ticket_cannot_send_to_it(world) {
        let ticket = world.open().await;
        for (ticket, sender) in [(ticket, zoe()), (TicketId(ticket.0 + 1_000), amy()), (TicketId(-1), ada())] {
            assert_eq!(world.send(message(ticket, sender, "x")).await, Err(WriteError::NotFound));
        }
        for sender in [ada(), bob(), amy(), root()] {
            assert!(world.send(message(ticket, sender, "x")).await.is_ok());
        }
        assert_eq!(heads(&world, ticket).await.public, 4);
    }

    async fn customers_cannot_send_internally(world) {
        let ticket = world.open().await;
        let new = NewMessage { stream: Stream::Internal, ..message(ticket, ada(), "x") };
        assert_eq!(world.send(new).await, Err(WriteError::NotFound));
        assert_eq!(heads(&world, ticket).await, Position::default());
    }

    async fn an_unknown_sender_is_named(world) {
        let ticket = world.open().await;
        let mut sender = amy();
        sender.id = UserId::new("nobody").unwrap();
        let refused = world.send(message(ticket, sender.clone(), "x")).await;
        assert_eq!(refused, Err(WriteError::UnknownUser { user: sender.id, field: "participants" }));
    }

    async fn a_refused_write_leaves_nothing_and_does_not_hurt_its_neighbours(world) {
        let ticket = world.open().await;
        let mut stranger = amy();
        stranger.id = UserId::new("nobody").unwrap();
        let writes = [
            message(ticket, ada(), "1"),
            message(ticket, zoe(), "refused"),
            message(ticket, stranger, "fails"),
            NewMessage { reply_to: Some(MessageId(999_999)), ..message(ticket, ada(), "refused") },
            message(ticket, bob(), "2"),
        ];
        let answers = send_in_one_batch(&world, writes.into()).await;
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, false, true]);
        let log = messages_of(world.store.events_after(ticket, Visible::Both, Position::default(), 10).await.unwrap());
        let log: Vec<_> = log.iter().map(|it| (it.seq, it.pos, it.body.as_str())).collect();
        assert_eq!(log, [(1, 1, "1"), (2, 2, "2")]);
        assert_eq!(heads(&world, ticket).await.public, 2);
    }

    async fn a_reply_stays_in_its_ticket_and_never_shows_what_is_internal(world) {
        let (ticket, other) = (world.open().await, world.open().await);
        let public = world.say(ticket, ada(), Stream::Public, "p").await;
        let internal = world.say(ticket, amy(), Stream::Internal, "i").await;
        let elsewhere = world.say(other, ada(), Stream::Public, "o").await;
        let reply = |sender, stream, to| {
            world.send(NewMessage { stream, reply_to: Some(to), ..message(ticket, sender, "r") })
        };
        let refused = Err(WriteError::ReplyNotFound);
        assert_eq!(reply(ada(), Stream::Public, internal).await, refused, "not visible to the sender");
        assert_eq!(reply(amy(), Stream::Public, internal).await, refused, "would show it");
        assert_eq!(reply(amy(), Stream::Public, elsewhere).await, refused, "another ticket");
        assert_eq!(reply(amy(), Stream::Public, MessageId(1 << 40)).await, refused, "missing");
        assert_eq!(reply(ada(), Stream::Public, public).await.unwrap().0.reply_to, Some(public));
        assert_eq!(reply(amy(), Stream::Internal, public).await.unwrap().0.reply_to, Some(public));
        assert_eq!(reply(amy(), Stream::Internal, internal).await.unwrap().0.reply_to, Some(internal));
    }

    async fn a_ticket_that_moved_on_is_a_conflict(world) {
        let ticket = world.open().await;
        world.say(ticket, ada(), Stream::Public, "1").await;
        world.say(ticket, amy(), Stream::Internal, "2").await;
        let at = |sender, public, internal| {
            let if_position = Some(IfPosition { public, internal });
            world.send(NewMessage { if_position, ..message(ticket, sender, "x") })
        };
        let moved = |public, internal| Err(WriteError::Conflict(Conflict::Moved(Position { public, internal })));
        assert_eq!(at(amy(), Some(0), None).await, moved(1, 1));
        assert_eq!(at(amy(), Some(1), Some(0)).await, moved(1, 1));
        assert_eq!(at(ada(), Some(0), Some(0)).await, moved(1, 0), "customers are told of their stream only");
        assert!(at(amy(), Some(1), Some(1)).await.is_ok());
        assert!(at(ada(), Some(2), Some(0)).await.is_ok(), "what is hidden does not move for them");
        assert!(at(amy(), None, Some(1)).await.is_ok());
    }

    async fn of_two_writes_for_the_same_position_one_happens(world) {
        let ticket = world.open().await;
        let new = || NewMessage {
            if_position: Some(IfPosition { public: Some(0), internal: None }),
            ..message(ticket, ada(), "x")
        };
        let answers = send_in_one_batch(&world, vec![new(), new()]).await;
        assert!(answers[0].is_ok());
        assert_eq!(answers[1], Err(WriteError::Conflict(Conflict::Moved(Position { public: 1, internal: 0 }))));
    }

    async fn commits_are_told_in_order_and_each_once(world) {
        let ticket = world.open().await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = told.clone();
        let writer = world.store.writer(move |results: &[Result<Effects, WriteError>]| {
            let mut log = log.lock().unwrap();
            results.iter().map(|result| {
                let effects = result.as_ref().unwrap();
                log.extend(effects.entries.iter().map(|entry| entry.seq));
                log.len()
            }).collect()
        }).unwrap();
        let mut answers = Vec::new();
        for _ in 0..700 {
            answers.push(writer.send_message(message(ticket, ada(), "x")).await.unwrap());
        }
        writer.close().await;
        assert_eq!(*told.lock().unwrap(), (1..=700).collect::<Vec<i64>>(), "the thread works its queue off before it ends");
        for (answer, n) in answers.into_iter().zip(1..) {
            let sent = answer.await.unwrap();
            assert_eq!((sent.done.message.seq, sent.published), (n, usize::try_from(n).unwrap()), "each gets its own");
        }
    }

    async fn two_servers_on_one_database_keep_numbers_dense(world) {
        // Two writers of one store stand in for two servers on PostgreSQL.
        let tickets = [world.open().await, world.open().await];
        let writers = [world.writer.clone(), start_writer(&world.store)];
        let mut tasks = Vec::new();
        for sender in 0..16 {
            let writer = writers[sender % 2].clone();
            tasks.push(tokio::spawn(async move {
                for n in 0..20 {
                    // The same keys on both: each is sent once.
                    let new = NewMessage { client_message_id: key(&format!("{}-{n}", sender / 2)), ..message(tickets[n % 2], ada(), "x") };
                    settled(writer.send_message(new)).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        for ticket in tickets {
            let log = messages_of(world.store.events_after(ticket, Visible::Both, Position::default(), 1_000).await.unwrap());
            assert_eq!(log.iter().map(|it| it.seq).collect::<Vec<_>>(), (1..=80).collect::<Vec<_>>());
            assert!(log.is_sorted_by_key(|it| it.id));
            assert_eq!(log.iter().map(|it| it.client_message_id.clone()).collect::<HashSet<_>>().len(), 80);
        }
    }
}

async fn heads(world: &World, ticket: TicketId) -> Position {
    world.store.position(&viewer(&amy()), ticket).await.unwrap().unwrap()
}

/// Submits while the thread is held up, so that all of it is one batch; gives what `submit` gives.
pub async fn in_one_batch<T>(world: &World, submit: impl AsyncFnOnce(&Writer<Effects>) -> T) -> T {
    let (count, counts) = std::sync::mpsc::channel();
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let mut first = true;
    let writer = world
        .store
        .writer(move |results: &[Result<Effects, WriteError>]| {
            if std::mem::take(&mut first) {
                let _ = hold.recv();
            } else {
                count.send(results.len()).unwrap();
            }
            results.iter().map(|result| result.clone().unwrap_or_default()).collect()
        })
        .unwrap();
    let hello = deskwire::store::SaveUser { user: ada(), email: None };
    let hello = writer.save_user(hello).await.unwrap();
    // The first commit is told alone: wait until the thread took it, then queue the rest behind it.
    while writer.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let submitted = submit(&writer).await;
    let waiting = writer.waiting();
    release.send(()).unwrap();
    hello.await.unwrap();
    let committed = tokio::task::spawn_blocking(move || counts.recv().unwrap()).await.unwrap();
    assert_eq!(committed, waiting, "all of it is one batch");
    submitted
}

/// Sends messages in one batch.
pub async fn send_in_one_batch(
    world: &World,
    messages: Vec<NewMessage>,
) -> Vec<Result<SentMessage, WriteError>> {
    let pending = in_one_batch(world, async |writer| {
        let mut pending = Vec::new();
        for new in messages {
            pending.push(writer.send_message(new).await.unwrap());
        }
        pending
    });
    let mut answers = Vec::new();
    for pending in pending.await {
        answers.push(pending.await.map(|sent| sent.done));
    }
    answers
}

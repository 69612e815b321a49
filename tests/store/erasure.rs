//! Erasing users, as the writer does it.

use deskwire::{
    domain::{Lockout, LogEvent, Position, TicketId, Timestamp, Visible},
    store::{
        SaveUser, WriteError,
        changes::{ERASED_USER, Erasure},
    },
};

use crate::support::*;

async fn erase(world: &World, erasure: Erasure) -> Written<usize> {
    world.by_server(erasure).await
}

fn count(erased: Written<usize>) -> usize {
    erased.unwrap().done
}

on_each_database! {
    async fn a_token_that_comes_too_late_does_not_bring_the_name_back(world) {
        world.place.options.clock.set(Timestamp(5_000));
        assert_eq!(count(erase(&world, Erasure::Person(ada().id)).await), 1);
        let save = SaveUser { user: ada(), email: Some("ada@example.com".to_owned()) };
        assert_eq!(world.save_user(save).await, Err(WriteError::Erased(ada().id)));

        let known = world.store.user(&ada().id).await.unwrap().unwrap();
        assert_eq!((known.user.name.as_str(), known.email, known.disabled), (ERASED_USER, None, true));
        assert_eq!(known.tokens_valid_after, Timestamp(5_000));
        let lockout = Lockout { user: ada().id, disabled: true, tokens_valid_after: Timestamp(5_000) };
        assert_eq!(world.store.locked_out_since(Timestamp(5_000)).await.unwrap(), [lockout]);
        assert!(world.store.locked_out_since(Timestamp(5_001)).await.unwrap().is_empty());
        assert_eq!(count(erase(&world, Erasure::Person(ada().id)).await), 0, "it is done already");
        assert_eq!(erase(&world, Erasure::Person(user_id("nobody"))).await, Err(WriteError::UnknownUser { user: user_id("nobody"), field: "userId" }));
    }

    async fn what_an_erased_user_sent_is_refused_and_the_rest_of_its_batch_happens(world) {
        let ticket = world.open().await;
        erase(&world, Erasure::Person(ada().id)).await.unwrap();
        let mut answers = Vec::new();
        for number in 0..40 {
            let sender = if number % 3 == 0 { ada() } else { bob() };
            let send = message(ticket, sender, &format!("text {number}"));
            answers.push((number, world.writer.send_message(send).await.unwrap()));
        }
        let mut next = 1;
        for (number, answer) in answers {
            match answer.await {
                Err(WriteError::Erased(user)) => assert_eq!((number % 3, user), (0, ada().id)),
                Ok(sent) => {
                    let message = sent.done.message;
                    assert_eq!((message.seq, message.body.clone()), (next, format!("text {number}")));
                    next += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn messages_are_erased_once_in_both_streams_and_only_their_own(world) {
        let ticket = world.open().await;
        let sent = world.send(deskwire::store::NewMessage { client_message_id: key("k"), ..message(ticket, ada(), "one") }).await.unwrap().0;
        let others = world.say(ticket, bob(), deskwire::domain::Stream::Public, "two").await;
        let piece = Erasure::Messages { ticket_id: ticket, user: ada().id, messages: vec![others, sent.id] };
        let done = erase(&world, piece.clone()).await.unwrap();
        assert_eq!(done.done, 1);
        assert_eq!(done.published.entries.len(), 1);
        assert_eq!(done.published.entries[0].event, LogEvent::MessageDeleted(sent.id));
        assert_eq!(count(erase(&world, piece).await), 0);

        let log = world.store.events_after(ticket, Visible::Both, Position::default(), 10).await.unwrap();
        assert_eq!(log.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
        let LogEvent::MessageSent(first) = &log[0].event else { panic!("{log:?}") };
        assert_eq!((first.body.as_str(), &first.client_message_id), ("", &None));
        let stretch = world.store.unerased_messages(&ada().id, 0).await.unwrap();
        assert_eq!((stretch.found.len(), stretch.next), (0, None));
        let stretch = world.store.unerased_messages(&bob().id, 0).await.unwrap();
        assert_eq!(stretch.found, [(ticket, others)]);
        let gone = Erasure::Ticket { ticket_id: TicketId(999), user: ada().id };
        assert_eq!(erase(&world, gone).await, Err(WriteError::NotFound));
    }

    async fn a_long_table_is_looked_through_in_stretches(world) {
        let ticket = world.open().await;
        let first = world.say(ticket, ada(), deskwire::domain::Stream::Public, "one").await;
        for table in ["notifications", "message_search"] {
            world.place.execute(&format!("DELETE FROM {table}"));
        }
        world.place.execute("UPDATE messages SET id = 170000");
        let mut next = Some(0);
        let (mut found, mut stretches) = (Vec::new(), 0);
        while let Some(after) = next {
            let stretch = world.store.unerased_messages(&ada().id, after).await.unwrap();
            found.extend(stretch.found);
            next = stretch.next;
            stretches += 1;
        }
        assert_eq!((found.len(), stretches), (1, 4));
        assert_ne!(found[0].1, first);
    }
}

fn user_id(text: &str) -> deskwire::domain::UserId {
    deskwire::domain::UserId::new(text).unwrap()
}

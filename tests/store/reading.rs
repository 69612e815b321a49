//! Who sees what: tickets, positions, attachments.

use std::collections::HashSet;

use deskwire::{
    blobs::{Blobs, Stored},
    domain::{AttachmentId, Position, Stream, TicketId, Visible},
    guard::{AllowedTypes, PlainText, files::attachment},
    store::{Cursor, NewAttachment, NewMessage, Page, WriteError},
};

use crate::{messages::send_in_one_batch, support::*};

async fn file(world: &World, number: u128) -> Stored {
    let blobs = Blobs::open(&world.place.dir.path().join("blobs")).unwrap();
    let allowed = AllowedTypes::new(["text/plain"]).unwrap();
    let checked = attachment::check("notes.txt", "hello".as_bytes().to_vec(), &allowed, 100, 100).unwrap();
    blobs.put(checked, AttachmentId::from_random(number)).await.unwrap()
}

fn link(number: u128) -> NewAttachment {
    NewAttachment::Link {
        id: AttachmentId::from_random(number),
        name: PlainText::new("Manual", 100).unwrap(),
        url: "https://example.org/manual".to_owned(),
    }
}

on_each_database! {
    async fn tickets_and_positions_are_for_those_who_take_part(world) {
        let ticket = world.open().await;
        world.say(ticket, amy(), Stream::Internal, "x").await;
        for (user, sees) in [(ada(), true), (bob(), true), (zoe(), false), (amy(), true), (root(), true)] {
            let viewer = viewer(&user);
            assert_eq!(world.store.ticket(&viewer, ticket).await.unwrap().is_some(), sees, "{user:?}");
            let position = world.store.position(&viewer, ticket).await.unwrap();
            assert_eq!(position, sees.then_some(Position { public: 0, internal: 1 }), "{user:?}");
            assert_eq!(world.store.ticket(&viewer, TicketId(77_777)).await, Ok(None));
            assert_eq!(world.store.position(&viewer, TicketId(77_777)).await, Ok(None));
        }
    }

    async fn heads_of_many_tickets_come_in_one_answer(world) {
        let (one, two) = (world.open().await, world.open().await);
        world.say(two, ada(), Stream::Public, "x").await;
        let mut heads = world.store.heads(vec![two, TicketId(99_999), one]).await.unwrap();
        heads.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(heads, [(one, Position::default()), (two, Position { public: 1, internal: 0 })]);
        assert_eq!(world.store.heads(Vec::new()).await, Ok(Vec::new()));
    }

    async fn attachments_come_with_their_message_in_the_order_sent(world) {
        let ticket = world.open().await;
        let attachments = vec![link(9), NewAttachment::File(file(&world, 3).await), link(1)];
        let new = NewMessage { attachments, client_message_id: key("k"), ..message(ticket, ada(), "see") };
        let (sent, _) = world.send(new).await.unwrap();
        let names: Vec<_> = sent.attachments.iter().map(|it| (it.name.as_str(), it.size, it.link.is_some())).collect();
        assert_eq!(names, [("Manual", 0, true), ("notes.txt", 5, false), ("Manual", 0, true)]);
        world.say(ticket, ada(), Stream::Public, "none").await;
        let page = Page { limit: 10, cursor: Cursor::Offset(0) };
        let history = world.store.history(&viewer(&bob()), ticket, page).await.unwrap().unwrap();
        assert_eq!(history.messages[0], *sent);
        assert!(history.messages[1].attachments.is_empty());
        let log = messages_of(world.store.events_after(ticket, Visible::Both, Position::default(), 1).await.unwrap());
        assert_eq!(log, std::slice::from_ref(&sent));
        let retry = NewMessage { client_message_id: key("k"), ..message(ticket, ada(), "see") };
        assert_eq!(world.send(retry).await, Ok((sent, true)));
    }

    async fn an_attachment_is_for_those_who_see_its_message(world) {
        let ticket = world.open().await;
        for (number, stream) in [(1, Stream::Public), (2, Stream::Internal)] {
            let attachments = vec![NewAttachment::File(file(&world, number).await)];
            world.send(NewMessage { stream, attachments, ..message(ticket, amy(), "x") }).await.unwrap();
        }
        for (user, public, internal) in
            [(ada(), true, false), (bob(), true, false), (zoe(), false, false), (amy(), true, true)]
        {
            for (number, sees) in [(1, public), (2, internal), (3, false)] {
                let id = AttachmentId::from_random(number);
                let found = world.store.attachment(&viewer(&user), &id).await.unwrap();
                assert_eq!(found.map(|(it, _)| it.id), sees.then_some(id), "{user:?} {number}");
            }
        }
    }

    async fn ids_that_a_row_names_are_told_from_others(world) {
        let ticket = world.open().await;
        world.send(NewMessage { attachments: vec![link(1), link(2)], ..message(ticket, ada(), "x") }).await.unwrap();
        let ids = |numbers: &[u128]| numbers.iter().map(|&n| AttachmentId::from_random(n)).collect::<Vec<_>>();
        let named = world.store.named_attachments(ids(&[2, 3, 1, 4])).await.unwrap();
        assert_eq!(named, ids(&[1, 2]).into_iter().collect::<HashSet<_>>());
    }

    async fn a_write_that_the_database_refuses_fails_alone(world) {
        let ticket = world.open().await;
        world.send(NewMessage { attachments: vec![link(1)], ..message(ticket, ada(), "0") }).await.unwrap();
        let writes = (1..=9).map(|n| {
            let attachments = if n == 4 { vec![link(1)] } else { vec![] };
            NewMessage { attachments, ..message(ticket, ada(), &n.to_string()) }
        });
        let answers = send_in_one_batch(&world, writes.collect()).await;
        let failed: Vec<_> = answers.iter().enumerate().filter(|(_, it)| it.is_err()).collect();
        assert!(matches!(failed[..], [(3, Err(WriteError::Internal(_)))]), "{failed:?}");
        let log = messages_of(world.store.events_after(ticket, Visible::Both, Position::default(), 100).await.unwrap());
        let log: Vec<_> = log.iter().map(|it| (it.seq, it.body.as_str())).collect();
        assert_eq!(log, (1..).zip(["0", "1", "2", "3", "5", "6", "7", "8", "9"]).collect::<Vec<_>>());
    }

    async fn a_fresh_store_is_ready_and_empty(world) {
        assert_eq!(world.store.ready().await, Ok(()));
        assert_eq!(world.store.is_empty().await, Ok(true));
        world.open().await;
        assert_eq!(world.store.is_empty().await, Ok(false));
        assert_eq!(world.store.ready().await, Ok(()));
    }
}

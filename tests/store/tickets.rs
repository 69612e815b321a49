//! Opening tickets: who is in them, retries, refusals.

use deskwire::{
    domain::{Position, Priority, Role, Stream, TicketId, UserId},
    store::{Conflict, CreatedTicket, NewMessage, NewTicket, SaveUser, WriteError},
};

use crate::{messages::in_one_batch, support::*};

async fn create_in_one_batch(
    world: &World,
    tickets: Vec<NewTicket>,
) -> Vec<Result<CreatedTicket, WriteError>> {
    let pending = in_one_batch(world, async |writer| {
        let mut pending = Vec::new();
        for new in tickets {
            pending.push(writer.create_ticket(new).await.unwrap());
        }
        pending
    });
    let mut answers = Vec::new();
    for pending in pending.await {
        answers.push(pending.await.map(|created| created.done));
    }
    answers
}

on_each_database! {
    async fn a_new_ticket_reads_as_it_was_acknowledged(world) {
        let new = NewTicket {
            creator: viewer(&amy()),
            priority: Priority::Urgent,
            participants: vec![bob().id, zoe().id, bob().id, ada().id],
            message: Some(message(TicketId(0), amy(), "hello")),
            ..new_ticket()
        };
        let (ticket, first, duplicate) = world.create(new).await.unwrap();
        assert!(!duplicate);
        assert_eq!(ticket.requester, ada());
        assert_eq!(ticket.participants, [bob(), zoe()], "each once, and without the requester");
        assert_eq!((ticket.priority, ticket.position), (Priority::Urgent, Position { public: 1, internal: 0 }));
        let first = first.unwrap();
        assert_eq!((first.ticket_id, first.seq, first.pos), (ticket.id, 1, 1));
        for user in [ada(), bob(), zoe(), amy(), root()] {
            assert_eq!(world.store.ticket(&viewer(&user), ticket.id).await, Ok(Some(ticket.clone())));
        }
        let log = world.store.events_after(ticket.id, viewer(&ada()).visible(), Position::default(), 9).await;
        assert_eq!(log.map(messages_of), Ok(vec![first]));
        let second = world.say(ticket.id, zoe(), Stream::Public, "hi").await;
        assert!(second.0 > 0);
    }

    async fn ids_differ_and_grow(world) {
        let answers = create_in_one_batch(&world, (0..5).map(|_| new_ticket()).collect()).await;
        let ids: Vec<TicketId> = answers.into_iter().map(|answer| answer.unwrap().ticket.id).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }

    async fn a_retry_gets_the_first_ticket_again_as_it_is_now(world) {
        let new = || NewTicket {
            client_ticket_id: key("t1"),
            message: Some(message(TicketId(0), ada(), "first")),
            ..new_ticket()
        };
        let (ticket, first, _) = world.create(new()).await.unwrap();
        world.say(ticket.id, amy(), Stream::Public, "answer").await;
        let (again, again_first, duplicate) = world.create(new()).await.unwrap();
        assert!(duplicate);
        assert_eq!((again.id, again.position.public), (ticket.id, 2));
        assert_eq!(again_first, first);
        let other = NewTicket { digest: digest("other"), ..new() };
        assert_eq!(world.create(other).await, Err(WriteError::Conflict(Conflict::SameKeyOtherContent { field: "clientTicketId" })));
        let of_another = NewTicket { creator: viewer(&amy()), ..new() };
        assert!(!world.create(of_another).await.unwrap().2, "keys are per creator");
    }

    async fn retries_of_a_ticket_in_one_batch_are_recognised(world) {
        let new = |text: &str| NewTicket {
            client_ticket_id: key("t"), digest: digest(text), message: Some(message(TicketId(0), ada(), text)), ..new_ticket()
        };
        let answers = create_in_one_batch(&world, vec![new("a"), new("a"), new("b")]).await;
        let [Ok(first @ CreatedTicket { duplicate: false, .. }), again, conflict] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!(*again, Ok(CreatedTicket { duplicate: true, ..first.clone() }));
        assert_eq!(*conflict, Err(WriteError::Conflict(Conflict::SameKeyOtherContent { field: "clientTicketId" })));
    }

    async fn unknown_people_are_named_and_nothing_stays(world) {
        let ghost = UserId::new("ghost").unwrap();
        for new in [
            NewTicket { requester: ghost.clone(), ..new_ticket() },
            NewTicket { participants: vec![bob().id, ghost.clone()], ..new_ticket() },
        ] {
            assert_eq!(world.create(new).await, Err(WriteError::UnknownUser { user: ghost.clone(), field: "participants" }));
        }
        assert_eq!(world.store.is_empty().await, Ok(true));
    }

    async fn a_ticket_is_not_opened_without_its_first_message(world) {
        let refused = [
            (NewMessage { stream: Stream::Internal, ..message(TicketId(0), ada(), "x") }, WriteError::NotFound),
            (message(TicketId(0), zoe(), "x"), WriteError::NotFound),
            (NewMessage { reply_to: Some(deskwire::domain::MessageId(1)), ..message(TicketId(0), ada(), "x") }, WriteError::ReplyNotFound),
        ];
        for (first, error) in refused {
            assert_eq!(world.create(NewTicket { message: Some(first), ..new_ticket() }).await, Err(error));
        }
        assert_eq!(world.store.is_empty().await, Ok(true));
    }

    async fn a_user_saved_in_the_same_batch_can_open_a_ticket(world) {
        let mut eve = ada();
        eve.id = UserId::new("eve").unwrap();
        let new = NewTicket { creator: viewer(&eve), requester: eve.id.clone(), ..new_ticket() };
        let save = SaveUser { user: eve, email: None };
        let (saved, created) = in_one_batch(&world, async |writer| {
            (writer.save_user(save).await.unwrap(), writer.create_ticket(new).await.unwrap())
        }).await;
        saved.await.unwrap();
        created.await.unwrap();
    }

    async fn saving_a_user_again_brings_them_up_to_date(world) {
        let read = || async { world.store.user(&ada().id).await.unwrap().unwrap() };
        let save = |name: &str, role, email: Option<&str>| {
            let mut user = ada();
            (user.name, user.role) = (name.to_owned(), role);
            world.save_user(SaveUser { user, email: email.map(str::to_owned) })
        };
        assert_eq!((read().await.user, read().await.email), (ada(), None));
        save("Ada L.", Role::Agent, Some("ada@example.org")).await.unwrap();
        assert_eq!((read().await.user.name.as_str(), read().await.user.role), ("Ada L.", Role::Agent));
        assert_eq!(read().await.email.as_deref(), Some("ada@example.org"));
        save("Ada", Role::Customer, None).await.unwrap();
        assert_eq!(read().await.email.as_deref(), Some("ada@example.org"), "a token without an address keeps it");
        save("Ada", Role::Customer, Some("new@example.org")).await.unwrap();
        assert_eq!(read().await.email.as_deref(), Some("new@example.org"));
        assert!(!read().await.disabled);
        assert_eq!(world.store.user(&UserId::new("ghost").unwrap()).await, Ok(None));
    }
}

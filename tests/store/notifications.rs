//! Notifications in the store: what a commit gives, in batches, and what is forgotten.

use deskwire::{
    domain::{ConnectionId, Notification, NotificationId, NotificationKind, Stream, User},
    store::{Change, NewMessage, NewTicket, NotificationPage, Outcome, What, Write, WriteError},
};

use crate::{messages::in_one_batch, support::*};

/// All but those of having been added to a ticket, which come with every ticket here.
async fn list(world: &World, user: &User) -> Vec<Notification> {
    let page = NotificationPage { unread_only: false, before: None, limit: 200 };
    let (mut all, _) = world.store.notifications(&viewer(user), page).await.unwrap();
    all.retain(|it| it.kind != NotificationKind::ParticipantAdded);
    all
}

fn told(notifications: &[Notification]) -> Vec<(&str, NotificationKind)> {
    notifications.iter().map(|it| (it.user_id.as_str(), it.kind)).collect()
}

on_each_database! {
    async fn a_message_gives_its_notifications_with_it(world) {
        let ticket = world.open().await;
        let new = NewMessage { present: vec![bob().id], mentions: vec!["amy".into()], ..message(ticket, root(), "x & y") };
        let done = world.effects_of(Write::SendMessage(new)).await.unwrap();
        let given = done.effects.notifications;
        assert_eq!(told(&given), [("amy", NotificationKind::Mention), ("ada", NotificationKind::NewMessage)]);
        for notification in &given {
            assert_eq!((notification.subject.as_str(), notification.excerpt.as_str()), ("Printer on fire", "x & y"));
            assert_eq!(notification.actor, Some(root()));
            assert_eq!(notification.for_staff, notification.user_id == amy().id, "Amy sees it as an agent alone");
            let reader = if notification.user_id == amy().id { amy() } else { ada() };
            assert_eq!(list(&world, &reader).await, std::slice::from_ref(notification), "the list has it as it was given");
        }
        assert_eq!(list(&world, &bob()).await, []);
    }

    async fn each_message_of_a_batch_gives_its_own_and_a_retry_none(world) {
        let (one, two) = (world.open().await, world.open().await);
        let keyed = |text: &str| NewMessage { client_message_id: key("k"), ..message(one, ada(), text) };
        let outcomes = in_one_batch(&world, vec![
            Write::SendMessage(keyed("first")),
            Write::SendMessage(keyed("first")),
            Write::SendMessage(message(two, amy(), "second")),
            Write::SendMessage(message(one, zoe(), "refused")),
            Write::SendMessage(NewMessage { stream: Stream::Internal, ..message(two, root(), "note") }),
        ]).await;
        assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 4);
        let bodies = |all: Vec<Notification>| all.into_iter().map(|it| it.excerpt).collect::<Vec<_>>();
        assert_eq!(bodies(list(&world, &bob()).await), ["second", "first"]);
        assert_eq!(bodies(list(&world, &ada()).await), ["second"]);
        assert_eq!(bodies(list(&world, &amy()).await), [""; 0], "she has nothing to do with them");
    }

    async fn a_role_that_changed_within_the_batch_counts(world) {
        let new = NewTicket { participants: vec![amy().id], ..new_ticket() };
        let ticket = world.create(new).await.unwrap().0.id;
        let demoted = User { role: deskwire::domain::Role::Customer, ..amy() };
        let save = deskwire::store::SaveUser { user: demoted.clone(), email: None };
        in_one_batch(&world, vec![
            Write::SaveUser(save),
            Write::SendMessage(NewMessage { stream: Stream::Internal, mentions: vec!["amy".into()], ..message(ticket, root(), "note") }),
        ]).await;
        assert_eq!(list(&world, &demoted).await, []);
        world.save(amy()).await;
        assert_eq!(list(&world, &amy()).await, [], "it was never given");
    }

    async fn a_common_name_of_customers_mentions_none_of_them(world) {
        let ticket = world.open().await;
        let new = NewMessage { mentions: vec!["Zoe".into(), "zoe".into()], ..message(ticket, amy(), "x") };
        let done = world.effects_of(Write::SendMessage(new)).await.unwrap();
        assert_eq!(told(&done.effects.notifications), [("ada", NotificationKind::NewMessage), ("bob", NotificationKind::NewMessage)]);
    }

    async fn reading_tells_once(world) {
        let ticket = world.open().await;
        world.say(ticket, amy(), Stream::Public, "one").await;
        let id = list(&world, &ada()).await[0].id;
        let read = || What::ReadNotification { id, from: ConnectionId(7) };
        let done = world.change(ada(), read()).await.unwrap();
        assert_eq!(done.outcome, Outcome::NotificationRead(id));
        assert_eq!((done.effects.notifications_read[0].id, done.effects.notifications_read[0].from), (Some(id), ConnectionId(7)));
        assert_eq!(world.change(ada(), read()).await.unwrap().effects.notifications_read, []);
        assert!(matches!(world.change(bob(), read()).await, Err(WriteError::Missing { field: "notificationId", .. })));
        let all = || What::ReadAllNotifications { from: ConnectionId(7) };
        assert_eq!(world.change(bob(), all()).await.unwrap().effects.notifications_read.len(), 1);
        assert_eq!(world.change(bob(), all()).await.unwrap().effects.notifications_read, []);
    }

    async fn marking_all_read_leaves_what_comes_after_it_in_the_batch(world) {
        let ticket = world.open().await;
        let all = Write::Change(Change { actor: Some(ada()), what: What::ReadAllNotifications { from: ConnectionId(7) } });
        in_one_batch(&world, vec![
            Write::SendMessage(message(ticket, amy(), "before")),
            all,
            Write::SendMessage(message(ticket, amy(), "after")),
        ]).await;
        let read: Vec<bool> = list(&world, &ada()).await.iter().map(|it| it.read_at.is_some()).collect();
        assert_eq!(read, [false, true]);
    }

    async fn the_oldest_are_forgotten_beyond_the_bound(world) {
        let ticket = world.open().await;
        let kept = world.place.options.bounds.notifications;
        let writes = (0..kept + 3).map(|n| Write::SendMessage(message(ticket, amy(), &n.to_string())));
        for chunk in writes.collect::<Vec<_>>().chunks_mut(400) {
            let chunk = chunk.iter_mut().map(|it| std::mem::replace(it, Write::SaveUser(deskwire::store::SaveUser { user: ada(), email: None })));
            in_one_batch(&world, chunk.collect()).await;
        }
        let surplus = world.store.notification_surplus(NotificationId(0)).await.unwrap();
        assert_eq!(surplus.users.iter().map(|(user, _)| user.as_str()).collect::<Vec<_>>(), ["ada", "bob"]);
        for (user, up_to) in surplus.users {
            let forget = || What::ForgetNotifications { user: user.clone(), up_to };
            assert!(matches!(world.change(ada(), forget()).await, Err(WriteError::Forbidden(_))), "the server's own to do");
            // Bob was told that he was added to the ticket, too.
            let surplus = if user == bob().id { 4 } else { 3 };
            for expected in [surplus, 0] {
                let done = world.effects_of(Write::Change(Change { actor: None, what: forget() })).await.unwrap();
                assert_eq!(done.outcome, Outcome::NotificationsForgotten(expected));
            }
        }
        let next = surplus.next.unwrap();
        let page = NotificationPage { unread_only: true, before: None, limit: kept + 10 };
        let (left, unread) = world.store.notifications(&viewer(&ada()), page).await.unwrap();
        assert_eq!((left.len(), unread as usize, left.last().unwrap().excerpt.as_str()), (kept, kept, "3"));
        let again = world.store.notification_surplus(NotificationId(0)).await.unwrap();
        assert_eq!((again.users, again.next), (Vec::new(), Some(next)));
        assert_eq!(world.store.notification_surplus(next).await.unwrap().next, None);
    }
}

//! Notifications in the store: what a commit gives, in batches, and what is forgotten.

use deskwire::{
    domain::{
        ConnectionId, Notification, NotificationId, NotificationKind, NotificationsRead, Stream, User,
        UserEvent,
    },
    store::{
        Effects, NewMessage, NewTicket, NotificationPage, WriteError,
        changes::{DeleteNotifications, ReadAllNotifications, ReadNotification},
    },
};

use crate::{
    messages::{in_one_batch, send_in_one_batch},
    support::*,
};

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
        let given = notifications(&world.sent(new).await.unwrap().published);
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
        let outcomes = send_in_one_batch(&world, vec![
            keyed("first"),
            keyed("first"),
            message(two, amy(), "second"),
            message(one, zoe(), "refused"),
            NewMessage { stream: Stream::Internal, ..message(two, root(), "note") },
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
        let note = NewMessage { stream: Stream::Internal, mentions: vec!["amy".into()], ..message(ticket, root(), "note") };
        let (saved, sent) = in_one_batch(&world, async |writer| {
            (writer.save_user(save).await.unwrap(), writer.send_message(note).await.unwrap())
        }).await;
        saved.await.unwrap();
        sent.await.unwrap();
        assert_eq!(list(&world, &demoted).await, []);
        world.save(amy()).await;
        assert_eq!(list(&world, &amy()).await, [], "it was never given");
    }

    async fn a_common_name_of_customers_mentions_none_of_them(world) {
        let ticket = world.open().await;
        let new = NewMessage { mentions: vec!["Zoe".into(), "zoe".into()], ..message(ticket, amy(), "x") };
        let given = notifications(&world.sent(new).await.unwrap().published);
        assert_eq!(told(&given), [("ada", NotificationKind::NewMessage), ("bob", NotificationKind::NewMessage)]);
    }

    async fn reading_tells_once(world) {
        let ticket = world.open().await;
        world.say(ticket, amy(), Stream::Public, "one").await;
        let id = list(&world, &ada()).await[0].id;
        let read = || ReadNotification { id, from: ConnectionId(7) };
        let done = world.change(ada(), read()).await.unwrap();
        let told = NotificationsRead { user: ada().id, id: Some(id), from: ConnectionId(7) };
        assert_eq!(done.published, Effects { user_events: vec![UserEvent::NotificationsRead(told)], ..Effects::default() });
        assert_eq!(world.change(ada(), read()).await.unwrap().published, Effects::default());
        assert!(matches!(world.change(bob(), read()).await, Err(WriteError::Missing { field: "notificationId", .. })));
        let all = || ReadAllNotifications { from: ConnectionId(7) };
        assert_eq!(world.change(bob(), all()).await.unwrap().published.user_events.len(), 1);
        assert_eq!(world.change(bob(), all()).await.unwrap().published.user_events, []);
    }

    async fn marking_all_read_leaves_what_comes_after_it_in_the_batch(world) {
        let ticket = world.open().await;
        let all = ReadAllNotifications { from: ConnectionId(7) };
        let (before, read, after) = in_one_batch(&world, async |writer| (
            writer.send_message(message(ticket, amy(), "before")).await.unwrap(),
            writer.submit(Some(ada()), all).await.unwrap(),
            writer.send_message(message(ticket, amy(), "after")).await.unwrap(),
        )).await;
        before.await.unwrap();
        read.await.unwrap();
        after.await.unwrap();
        let read: Vec<bool> = list(&world, &ada()).await.iter().map(|it| it.read_at.is_some()).collect();
        assert_eq!(read, [false, true]);
    }

    async fn the_oldest_are_forgotten_beyond_the_bound(world) {
        let ticket = world.open().await;
        let kept = world.place.options.bounds.notifications;
        for chunk in (0..kept + 3).collect::<Vec<_>>().chunks(400) {
            let messages = chunk.iter().map(|n| message(ticket, amy(), &n.to_string()));
            for answer in send_in_one_batch(&world, messages.collect()).await {
                answer.unwrap();
            }
        }
        let surplus = world.store.notification_surplus(NotificationId(0)).await.unwrap();
        assert_eq!(surplus.users.iter().map(|(user, _)| user.as_str()).collect::<Vec<_>>(), ["ada", "bob"]);
        for (user, up_to) in surplus.users {
            let delete = || DeleteNotifications { user: user.clone(), up_to };
            assert!(matches!(world.change(ada(), delete()).await, Err(WriteError::Forbidden(_))), "the server's own to do");
            // Bob was told that he was added to the ticket, too.
            let surplus = if user == bob().id { 4 } else { 3 };
            for expected in [surplus, 0] {
                assert_eq!(world.by_server(delete()).await.unwrap().done, expected);
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

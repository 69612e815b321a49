//! Tickets that are given to agents and taken back, and when users were seen.

use deskwire::{
    domain::{Availability, ConnectionId, LogEvent, Role, TicketId, TicketStatus, Timestamp, User, UserId},
    store::{
        Committed, Database, Effects, QueueFilter, SaveUser,
        changes::{AutoAssign, AutoAssigned, Erasure, NoteSeen, ReturnToQueue, SetStatus},
    },
};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use crate::support::*;

fn candidates(users: &[User]) -> Vec<UserId> {
    users.iter().map(|user| user.id.clone()).collect()
}

type Done<D> = Committed<D, Effects>;

/// What changed nothing.
fn nothing<D>(done: D) -> Done<D> {
    Committed { done, published: Effects::default() }
}

async fn assign(world: &World, ticket_id: TicketId, to: &[User], by_load: bool) -> Done<AutoAssigned> {
    world.by_server(AutoAssign { ticket_id, candidates: candidates(to), by_load }).await.unwrap()
}

/// Closes a ticket behind the store's back.
fn close(world: &World, ticket: TicketId) {
    let sql = format!("UPDATE tickets SET status = 'closed' WHERE id = {ticket}");
    match (&world.place.postgres, &world.place.options.database) {
        (Some(postgres), _) => postgres.execute(&sql),
        (None, Database::Sqlite(path)) => {
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            connection.batch_execute(&sql).unwrap();
        }
        (None, other) => panic!("{other:?}"),
    }
}

async fn seen(world: &World, user: User, at: i64) {
    world.by_server(NoteSeen { seen: vec![(user.id, Timestamp(at))] }).await.unwrap();
}

async fn take_back(world: &World, ticket_id: TicketId, from: User, away_since: i64) -> Done<bool> {
    let away_since = Timestamp(away_since);
    world.by_server(ReturnToQueue { ticket_id, assignee: from.id, away_since }).await.unwrap()
}

on_each_database! {
    async fn a_ticket_is_given_once_and_its_agent_is_told(world) {
        let ticket = world.open().await;
        assert_eq!(world.store.waiting_tickets(10).await, Ok(vec![ticket]));
        let given = assign(&world, ticket, &[amy(), root()], false).await;
        assert_eq!(given.done, AutoAssigned::To(amy().id));
        let [entry] = &given.published.entries[..] else { panic!("{given:?}") };
        let LogEvent::TicketUpdated { actor: None, changes } = &entry.event else { panic!("{entry:?}") };
        let change = changes.assignee_id.as_ref().unwrap();
        assert_eq!((&change.from, &change.to), (&None, &Some(amy().id)));
        let [told] = &notifications(&given.published)[..] else { panic!("{given:?}") };
        assert_eq!(told.user_id, amy().id);

        let again = assign(&world, ticket, &[root()], false).await;
        assert_eq!(again, nothing(AutoAssigned::NotWaiting));
        assert_eq!(world.store.waiting_tickets(10).await, Ok(vec![]));
        let now = world.store.tickets_now(vec![ticket]).await.unwrap();
        assert_eq!(world.store.ticket(&viewer(&amy()), ticket).await.unwrap().as_ref(), now.first());
    }
}

on_each_database! {
    async fn the_least_busy_has_the_fewest_unclosed_tickets(world) {
        for agent in [amy(), amy(), root()] {
            let ticket = world.open().await;
            assign(&world, ticket, &[agent], false).await;
        }
        let ticket = world.open().await;
        let given = assign(&world, ticket, &[amy(), root()], true).await;
        assert_eq!(given.done, AutoAssigned::To(root().id));
        let ticket = world.open().await;
        let given = assign(&world, ticket, &[amy(), root()], true).await;
        assert_eq!(given.done, AutoAssigned::To(amy().id), "the first of equals");
        let mine = QueueFilter { assignee: Some(Some(amy().id)), ..QueueFilter::default() };
        assert_eq!(world.store.queue_length(mine).await, Ok(3));
        let closed = QueueFilter { status: Some(TicketStatus::Closed), ..QueueFilter::default() };
        assert_eq!(world.store.queue_length(closed).await, Ok(0));
    }
}

on_each_database! {
    async fn nobody_without_room_is_given_a_ticket(world) {
        let room = world.place.options.policy.agent_capacity;
        for _ in 0..room {
            let ticket = world.open().await;
            assign(&world, ticket, &[amy()], false).await;
        }
        let ticket = world.open().await;
        let full = assign(&world, ticket, &[amy()], false).await;
        assert_eq!(full, nothing(AutoAssigned::NoRoom));
        let unknown = User { id: UserId::new("ghost").unwrap(), name: String::new(), role: Role::Agent };
        let none = assign(&world, ticket, &[unknown], false).await;
        assert_eq!(none, nothing(AutoAssigned::NoRoom));
        let given = assign(&world, ticket, &[amy(), root()], false).await;
        assert_eq!(given.done, AutoAssigned::To(root().id));
    }
}

on_each_database! {
    async fn only_what_was_reopened_returns_and_only_from_who_was_not_seen_since(world) {
        let ticket = world.open().await;
        assign(&world, ticket, &[amy()], false).await;
        seen(&world, amy(), 500).await;
        assert_eq!(take_back(&world, ticket, amy(), 600).await, nothing(false));
        assert_eq!(world.store.deserted_tickets(Timestamp(600), TicketId(0), 10).await, Ok(vec![]));

        close(&world, ticket);
        world.say(ticket, ada(), deskwire::domain::Stream::Public, "It is back").await;
        for (since, after, found) in [(499, 0, false), (500, 0, true), (600, ticket.0, false)] {
            let deserted = world.store.deserted_tickets(Timestamp(since), TicketId(after), 10).await;
            assert_eq!(deserted, Ok(if found { vec![(ticket, amy().id)] } else { vec![] }), "{since} {after}");
        }
        assert_eq!(take_back(&world, ticket, amy(), 499).await, nothing(false));
        assert_eq!(take_back(&world, ticket, root(), 600).await, nothing(false));
        let returned = take_back(&world, ticket, amy(), 600).await;
        assert!(returned.done);
        assert_eq!(returned.published.entries.len(), 1);
        assert_eq!(world.store.waiting_tickets(10).await, Ok(vec![ticket]));
        assert_eq!(take_back(&world, ticket, amy(), 600).await, nothing(false), "once");
    }
}

on_each_database! {
    async fn whatever_is_open_of_an_erased_agent_returns_page_by_page(world) {
        let mut theirs = Vec::new();
        for _ in 0..3 {
            let ticket = world.open().await;
            assign(&world, ticket, &[amy()], false).await;
            theirs.push(ticket);
        }
        let others = world.open().await;
        assign(&world, others, &[root()], false).await;
        let page = async |after: TicketId| {
            let page = world.store.deserted_tickets(Timestamp(0), after, 2).await.unwrap();
            page.into_iter().map(|(ticket, assignee)| (assignee == amy().id).then_some(ticket).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(page(TicketId(0)).await, []);
        world.by_server(Erasure::Person(amy().id)).await.unwrap();
        // One of them was reopened as well, and is named once.
        close(&world, theirs[0]);
        world.say(theirs[0], ada(), deskwire::domain::Stream::Public, "It is back").await;
        assert_eq!(page(TicketId(0)).await, theirs[..2]);
        assert_eq!(page(theirs[1]).await, theirs[2..]);
        for ticket in &theirs {
            assert!(take_back(&world, *ticket, amy(), 0).await.done);
        }
        assert_eq!(page(TicketId(0)).await, []);
        let none = assign(&world, theirs[0], &[amy()], false).await;
        assert_eq!(none, nothing(AutoAssigned::NoRoom));
        assert_eq!(world.store.waiting_tickets(10).await, Ok(theirs));
    }
}

on_each_database! {
    async fn when_a_user_was_seen_never_goes_back(world) {
        let of = async |viewer_: &User, user: User| {
            world.store.last_seen(&viewer(viewer_), vec![user.id]).await.unwrap().pop().map(|(_, at)| at)
        };
        assert_eq!(of(&root(), amy()).await, Some(None));
        seen(&world, amy(), 500).await;
        seen(&world, amy(), 400).await;
        assert_eq!(of(&root(), amy()).await, Some(Some(Timestamp(500))));

        let set = |availability| SetStatus { availability, from: ConnectionId(7) };
        world.change(amy(), set(Availability::Busy)).await.unwrap();
        assert_eq!(of(&root(), amy()).await, Some(Some(Timestamp(500))), "nobody went");
        let hidden = world.change(amy(), set(Availability::Offline)).await.unwrap();
        assert_eq!(hidden.published.statuses, std::slice::from_ref(&hidden.done), "others are told");
        let hidden = hidden.done;
        assert_eq!((hidden.last_seen, hidden.from), (Some(Timestamp(1_000)), ConnectionId(7)));
        assert_eq!(world.store.user(&amy().id).await.unwrap().unwrap().availability, Availability::Offline);
        world.save_user(SaveUser { user: amy(), email: None }).await.unwrap();
        assert_eq!(world.store.user(&amy().id).await.unwrap().unwrap().last_seen, Some(Timestamp(1_000)));
    }
}

on_each_database! {
    async fn acquaintances_share_a_ticket_that_is_not_closed(world) {
        let ticket = world.open().await;
        assign(&world, ticket, &[amy()], false).await;
        let all = [ada(), bob(), amy(), zoe()];
        let of = async || world.store.acquaintances(candidates(&all), 10).await.unwrap();
        let shared = of().await;
        let people: Vec<Vec<&str>> =
            shared.iter().map(|it| it.people.iter().map(UserId::as_str).collect()).collect();
        assert_eq!(people, [vec!["bob"], vec!["ada"], vec!["ada", "bob"], vec![]]);
        assert!(shared[0].assignees.contains(&amy().id) && shared[2].assignees.is_empty());
        close(&world, ticket);
        assert!(of().await.iter().all(|it| it.people.is_empty() && it.tickets.is_empty()));
        // Of a closed ticket one may still ask.
        let asked = world.store.last_seen(&viewer(&ada()), candidates(&all)).await.unwrap();
        let mut known: Vec<_> = asked.iter().map(|(id, _)| id.as_str()).collect();
        known.sort_unstable();
        assert_eq!(known, ["ada", "amy", "bob"]);
    }
}

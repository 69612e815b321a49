//! The search index: it follows every write, and nobody finds through it what they do not see.

use deskwire::{
    domain::{MessageId, Stream, TicketId, User},
    guard::{Sanitised, SearchTerms},
    store::{Hits, NewMessage, NewTicket, Search, Store, changes::EditMessage},
};
use diesel::connection::SimpleConnection;
use proptest::prelude::*;

use crate::support::*;

fn query(text: &str) -> Search {
    Search { terms: SearchTerms::parse(text, 1_000).unwrap(), ticket: None, before: None, limit: 100 }
}

async fn hits(world: &World, who: &User, search: Search) -> Hits {
    world.store.search(&viewer(who), search).await.unwrap().unwrap()
}

async fn found(world: &World, who: &User, text: &str) -> Vec<MessageId> {
    hits(world, who, query(text)).await.hits.into_iter().map(|hit| hit.message.id).collect()
}

/// Sends in this order, without waiting for one before the next.
async fn say_all(world: &World, messages: Vec<NewMessage>) -> Vec<(TicketId, MessageId)> {
    let mut pending = Vec::new();
    for new in messages {
        pending.push(world.writer.send_message(new).await.unwrap());
    }
    let mut sent = Vec::new();
    for pending in pending {
        let message = pending.await.unwrap().done.message;
        sent.push((message.ticket_id, message.id));
    }
    sent
}

async fn ticket_of(world: &World, owner: &User) -> TicketId {
    let new = NewTicket {
        creator: viewer(owner),
        requester: owner.id.clone(),
        participants: Vec::new(),
        ..new_ticket()
    };
    world.create(new).await.unwrap().0.id
}

on_each_database! {
    async fn each_finds_what_they_see(world) {
        let (shared, other) = (world.open().await, ticket_of(&world, &zoe()).await);
        let public = world.say(shared, ada(), Stream::Public, "the needle").await;
        let internal = world.say(shared, amy(), Stream::Internal, "an internal needle").await;
        let of_zoe = world.say(other, zoe(), Stream::Public, "needles of Zoe").await;
        assert_eq!(found(&world, &ada(), "needle").await, [public]);
        assert_eq!(found(&world, &bob(), "needle").await, [public]);
        assert_eq!(found(&world, &zoe(), "needle").await, [of_zoe]);
        for staff in [amy(), root()] {
            assert_eq!(found(&world, &staff, "needle").await, [of_zoe, internal, public]);
            let within = Search { ticket: Some(shared), ..query("needle") };
            let within: Vec<MessageId> = hits(&world, &staff, within).await.hits.into_iter().map(|hit| hit.message.id).collect();
            assert_eq!(within, [internal, public]);
        }
        for hidden in [shared, TicketId(999_999)] {
            let within = Search { ticket: Some(hidden), ..query("needle") };
            assert_eq!(world.store.search(&viewer(&zoe()), within).await.unwrap(), None);
        }
    }

    async fn the_first_message_of_a_ticket_is_found(world) {
        let first = message(TicketId(0), ada(), "a needle to begin with");
        let (_, message, _) = world.create(NewTicket { message: Some(first), ..new_ticket() }).await.unwrap();
        assert_eq!(found(&world, &ada(), "needle").await, [message.unwrap().id]);
    }

    async fn what_is_rare_and_what_is_frequent_is_found_page_by_page(world) {
        let (ticket, other) = (world.open().await, ticket_of(&world, &zoe()).await);
        let texts = (0..1_300).map(|number| {
            let text = if number % 300 == 7 { "hay with a needle" } else { "hay without" };
            if number % 3 == 0 { message(other, zoe(), text) } else { message(ticket, ada(), text) }
        });
        let all = say_all(&world, texts.collect()).await;
        let rare: Vec<(TicketId, MessageId)> = all.iter().skip(7).step_by(300).copied().collect();
        let ids = |of: &[(TicketId, MessageId)], place: Option<TicketId>| -> Vec<MessageId> {
            of.iter().rev().filter(|it| place.is_none_or(|place| it.0 == place)).map(|it| it.1).collect()
        };
        for (who, place) in [(amy(), None), (ada(), Some(ticket)), (zoe(), Some(other))] {
            for (text, expected) in [("needle", &rare), ("hay needle", &rare), ("need", &rare), ("hay nee", &rare), ("h", &all), ("hay wit", &all), ("hay", &all)] {
                let mut pages: Vec<MessageId> = Vec::new();
                loop {
                    let before = pages.last().copied();
                    let page = hits(&world, &who, Search { before, limit: 100, ..query(text) }).await;
                    pages.extend(page.hits.iter().map(|hit| hit.message.id));
                    if !page.has_more {
                        break;
                    }
                    assert_eq!(page.hits.len(), 100);
                }
                assert_eq!(pages, ids(expected, place), "{text} by {}", who.id);
            }
        }
    }

    async fn an_edit_leaves_nothing_of_what_was(world) {
        let ticket = world.open().await;
        let id = world.say(ticket, ada(), Stream::Public, "alpha beta").await;
        for (text, gone) in [("gamma", "beta"), ("delta", "gamma"), ("alpha again", "delta")] {
            let edit = EditMessage { message_id: id, body: Sanitised::from_text(text) };
            world.change(ada(), edit).await.unwrap();
            assert_eq!(found(&world, &ada(), text).await, [id]);
            assert!(found(&world, &ada(), gone).await.is_empty());
            assert!(found(&world, &amy(), gone).await.is_empty());
        }
    }

    async fn one_who_sees_very_many_tickets_finds_in_all_of_them(world) {
        let new = || {
            let first = Some(message(TicketId(0), zoe(), "hay"));
            NewTicket { creator: viewer(&zoe()), requester: zoe().id, participants: Vec::new(), message: first, ..new_ticket() }
        };
        let mut opened = Vec::new();
        for _ in 0..1_100 {
            opened.push(world.writer.create_ticket(new()).await.unwrap());
        }
        let mut tickets = Vec::new();
        for pending in opened {
            tickets.push(pending.await.unwrap().done.ticket.id);
        }
        let needles = tickets.into_iter().step_by(250).map(|ticket| message(ticket, zoe(), "a needle")).collect();
        let expected: Vec<MessageId> = say_all(&world, needles).await.into_iter().rev().map(|(_, id)| id).collect();
        assert_eq!(expected.len(), 5);
        assert_eq!(found(&world, &zoe(), "needle").await, expected);
        let first = hits(&world, &zoe(), Search { limit: 2, ..query("needle") }).await;
        assert!(first.has_more);
        assert_eq!(first.hits.iter().map(|hit| hit.message.id).collect::<Vec<_>>(), expected[..2]);
    }

    async fn a_database_without_an_index_gets_one_when_it_is_opened(world) {
        let ticket = world.open().await;
        let id = world.say(ticket, ada(), Stream::Public, "Crème needle").await;
        forget_the_index(&world);
        let store = Store::open(&world.place.options);
        // A file of SQLite is one server's alone.
        let world = match store {
            Ok(store) => World { store, ..world },
            Err(_) => {
                let World { place, store, writer } = world;
                drop(writer);
                while store.holders() > 1 {
                    tokio::task::yield_now().await;
                }
                drop(store);
                World::new(place).await
            }
        };
        assert_eq!(found(&world, &ada(), "creme needle").await, [id]);
    }

    async fn no_query_fails_or_finds_what_is_hidden(world) {
        let (of_ada, of_zoe) = (ticket_of(&world, &ada()).await, ticket_of(&world, &zoe()).await);
        for text in ["and or not near", "a1 b2 c3", "né ß ﬁ 水 ё", "x' y\" z"] {
            world.say(of_ada, ada(), Stream::Public, text).await;
            world.say(of_zoe, zoe(), Stream::Public, text).await;
            world.say(of_zoe, amy(), Stream::Internal, text).await;
        }
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() });
        let strategy = prop_oneof![
            ".{1,40}",
            "[a-z0-9\"'*()#:^{}|&!<>@\\\\ -]{1,30}",
            "(and|or|not|near|AND|OR|NOT|NEAR\\(|words:|#[12][pi]|a|a1|né|水)([ *\"'()|&!:,]{1,3}(a|or|b2|x|ё|#2p|-1)){0,4}",
        ];
        let handle = tokio::runtime::Handle::current();
        let outcome = runner.run(&strategy, |text| {
            let Ok(terms) = SearchTerms::parse(&text, 1_000) else { return Ok(()) };
            let search = Search { terms, ..query("x") };
            let found = tokio::task::block_in_place(|| handle.block_on(world.store.search(&viewer(&zoe()), search)));
            let found = found.map_err(|error| TestCaseError::fail(format!("{error}")))?.unwrap();
            prop_assert!(found.hits.iter().all(|hit| hit.message.ticket_id == of_zoe && hit.message.stream == Stream::Public));
            Ok(())
        });
        outcome.unwrap();
    }
}

/// As a database is that was written before there was an index.
fn forget_the_index(world: &World) {
    const SQL: &str =
        "DELETE FROM message_search; DELETE FROM ticket_search; DELETE FROM meta WHERE key = 'search_index';";
    match (&world.place.postgres, &world.place.options.database) {
        (Some(postgres), _) => postgres.execute(SQL),
        (None, deskwire::store::Database::Sqlite(path)) => {
            let mut connection =
                <diesel::SqliteConnection as diesel::Connection>::establish(path.to_str().unwrap()).unwrap();
            connection.batch_execute(SQL).unwrap();
        }
        (None, other) => panic!("{other:?}"),
    }
}

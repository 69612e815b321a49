//! Pages of history and replays, with both streams and both roles.

use deskwire::{
    domain::{MessageId, Position, Stream, TicketId, User, Visible},
    store::{Cursor, History, Page},
};

use crate::support::*;

/// Bodies `0`…`9`; every third is internal: 0, 3, 6, 9. Messages of another ticket lie between.
async fn ten(world: &World) -> (TicketId, Vec<MessageId>, Vec<MessageId>) {
    let (ticket, other) = (world.open().await, world.open().await);
    let (mut ids, mut between) = (Vec::new(), Vec::new());
    for n in 0..10 {
        let stream = if n % 3 == 0 { Stream::Internal } else { Stream::Public };
        ids.push(world.say(ticket, amy(), stream, &n.to_string()).await);
        between.push(world.say(other, amy(), Stream::Public, "other").await);
    }
    (ticket, ids, between)
}

async fn page(world: &World, user: User, ticket: TicketId, limit: usize, cursor: Cursor) -> History {
    world.store.history(&viewer(&user), ticket, Page { limit, cursor }).await.unwrap().unwrap()
}

fn text(history: &History) -> String {
    history.messages.iter().map(|it| it.body.as_str()).collect()
}

on_each_database! {
    async fn an_offset_counts_back_from_the_newest_visible(world) {
        let (ticket, ..) = ten(&world).await;
        for (user, limit, offset, expected, has_more) in [
            (amy(), 4, 0, "6789", true),
            (amy(), 4, 4, "2345", true),
            (amy(), 4, 8, "01", false),
            (amy(), 10, 0, "0123456789", false),
            (amy(), 4, 10, "", false),
            (amy(), 4, u64::MAX, "", false),
            (ada(), 4, 0, "4578", true),
            (ada(), 4, 4, "12", false),
            (ada(), 2, 3, "24", true),
            (ada(), 4, 6, "", false),
        ] {
            let history = page(&world, user.clone(), ticket, limit, Cursor::Offset(offset)).await;
            assert_eq!((text(&history).as_str(), history.has_more), (expected, has_more), "{user:?} {limit} {offset}");
            assert_eq!(history.total, if user == amy() { 10 } else { 6 });
            assert_eq!(history.position, Position { public: 6, internal: 4 });
        }
    }

    async fn cursors_go_both_ways(world) {
        let (ticket, ids, _) = ten(&world).await;
        for (user, limit, cursor, expected, has_more) in [
            (amy(), 3, Cursor::Before(ids[5]), "234", true),
            (amy(), 3, Cursor::Before(ids[6]), "345", true),
            (amy(), 5, Cursor::Before(ids[5]), "01234", false),
            (amy(), 5, Cursor::Before(ids[0]), "", false),
            (amy(), 3, Cursor::After(ids[5]), "678", true),
            (amy(), 4, Cursor::After(ids[5]), "6789", false),
            (amy(), 4, Cursor::After(ids[9]), "", false),
            (ada(), 2, Cursor::Before(ids[5]), "24", true),
            (ada(), 3, Cursor::After(ids[2]), "457", true),
            // Hidden ones have their place too.
            (ada(), 3, Cursor::Before(ids[6]), "245", true),
            (ada(), 3, Cursor::After(ids[6]), "78", false),
        ] {
            let history = page(&world, user.clone(), ticket, limit, cursor).await;
            assert_eq!((text(&history).as_str(), history.has_more), (expected, has_more), "{user:?} {limit} {cursor:?}");
        }
    }

    async fn an_id_of_elsewhere_has_its_place_among_the_ids(world) {
        let (ticket, _, between) = ten(&world).await;
        for (user, cursor, expected) in [
            (amy(), Cursor::Before(between[4]), "234"),
            (amy(), Cursor::After(between[4]), "567"),
            (ada(), Cursor::Before(between[4]), "124"),
            (ada(), Cursor::After(between[4]), "578"),
            (amy(), Cursor::Before(MessageId(i64::MAX)), "789"),
            (amy(), Cursor::After(MessageId(i64::MAX)), ""),
            (amy(), Cursor::Before(MessageId(0)), ""),
            (ada(), Cursor::After(MessageId(-5)), "124"),
        ] {
            let history = page(&world, user.clone(), ticket, 3, cursor).await;
            assert_eq!(text(&history), expected, "{user:?} {cursor:?}");
        }
    }

    async fn paging_back_meets_every_message_once(world) {
        let (ticket, ..) = ten(&world).await;
        for user in [ada(), amy()] {
            let whole = page(&world, user.clone(), ticket, 100, Cursor::Offset(0)).await.messages;
            for limit in 1..5 {
                let mut found = Vec::new();
                let mut cursor = Cursor::Offset(0);
                loop {
                    let mut part = page(&world, user.clone(), ticket, limit, cursor).await;
                    cursor = Cursor::Before(part.messages[0].id);
                    part.messages.append(&mut found);
                    found = part.messages;
                    if !part.has_more {
                        break;
                    }
                }
                assert_eq!(found, whole);
            }
        }
    }

    async fn history_of_a_ticket_that_is_not_visible_is_none(world) {
        let (ticket, ..) = ten(&world).await;
        let newest = Page { limit: 5, cursor: Cursor::Offset(0) };
        assert_eq!(world.store.history(&viewer(&zoe()), ticket, newest).await, Ok(None));
        assert_eq!(world.store.history(&viewer(&amy()), TicketId(12_345), newest).await, Ok(None));
        let empty = world.open().await;
        let history = page(&world, ada(), empty, 5, Cursor::Offset(0)).await;
        assert_eq!((history.messages.len(), history.total, history.has_more), (0, 0, false));
    }

    async fn a_replay_merges_the_streams_behind_each_position(world) {
        let (ticket, ..) = ten(&world).await;
        for (visible, public, internal, limit, expected) in [
            (Visible::Both, 0, 0, 100, "0123456789"),
            (Visible::Both, 0, 0, 3, "012"),
            (Visible::Both, 3, 1, 100, "356789"),
            (Visible::Both, 6, 0, 2, "03"),
            (Visible::Both, 6, 4, 100, ""),
            (Visible::PublicOnly, 0, 0, 100, "124578"),
            (Visible::PublicOnly, 3, 99, 2, "57"),
            (Visible::PublicOnly, 99, 0, 100, ""),
        ] {
            let after = Position { public, internal };
            let log = messages_of(world.store.events_after(ticket, visible, after, limit).await.unwrap());
            let text: String = log.iter().map(|it| it.body.as_str()).collect();
            assert_eq!(text, expected, "{visible:?} {after:?} {limit}");
        }
    }

    async fn a_page_reflects_the_position_that_it_names(world) {
        let ticket = world.open().await;
        let writing = async {
            for n in 0..200 {
                world.say(ticket, amy(), if n % 2 == 0 { Stream::Public } else { Stream::Internal }, "x").await;
            }
        };
        let reading = async {
            loop {
                let history = page(&world, amy(), ticket, 300, Cursor::Offset(0)).await;
                assert_eq!(history.messages.len() as i64, history.position.total());
                assert_eq!(history.total, history.messages.len() as u64);
                if history.total == 200 {
                    break;
                }
            }
        };
        tokio::join!(writing, reading);
    }
}

//! Joining with `since`: the missed events in order, `replay_complete`, then live.

use super::{epoch, fill, note, resume, story_until};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_join_with_since_replays_exactly_what_was_missed_in_order_and_then_goes_live(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        for n in 1..=4 {
            casey.say(&ticket, &n.to_string()).await;
            alex.ok("send_message", note(&ticket, "note")).await;
        }
        let epoch = epoch(&app).await;

        let joined = alex.ok("join_ticket", resume(&ticket, &json!({ "public": 2, "internal": 3 }), &epoch)).await;
        assert_eq!((&joined["replaying"], &joined["reset"]), (&json!(3), &json!(false)));
        assert_eq!(joined["position"], json!({ "public": 4, "internal": 4 }));
        assert_eq!(joined["epoch"], epoch);
        assert_eq!(story_until(&mut alex, "replay_complete").await, ["public 3", "public 4", "internal 4", "replay_complete"]);
        casey.say(&ticket, "live").await;
        assert_eq!(story_until(&mut alex, "live").await, ["public 5"]);

        let joined = casey.ok("join_ticket", resume(&ticket, &json!({ "public": 3 }), &epoch)).await;
        assert_eq!(joined["replaying"], 2);
        assert_eq!(story_until(&mut casey, "replay_complete").await, ["public 4", "public 5", "replay_complete"]);
        alex.say(&ticket, "live again").await;
        assert_eq!(story_until(&mut casey, "live again").await, ["public 6"]);
    }
}

on_each_database! {
    async fn replayed_messages_are_what_they_were_live(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let epoch = casey.join(&ticket).await["epoch"].clone();
        let first = casey.say(&ticket, "<first>").await;
        let second = json!({ "ticketId": ticket, "message": "<b>second</b>", "replyTo": first["id"],
            "clientMessageId": "k", "attachments": [{ "name": "a.txt", "type": "text/plain", "data": "aGVsbG8=" },
            { "name": "link", "url": "https://example.org/" }] });
        casey.ok("send_message", second).await;
        let live = [casey.event("new_message").await, casey.event("new_message").await];

        casey.ok("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        let replayed = [casey.event("new_message").await, casey.event("new_message").await];
        assert_eq!(replayed, live);
        let page = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["messages"], json!(live));
    }
}

on_each_database! {
    async fn without_since_nothing_is_replayed(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "before").await;

        let joined = casey.ok("join_ticket", json!({ "ticketId": ticket })).await;
        assert_eq!((&joined["replaying"], &joined["reset"]), (&json!(0), &json!(false)));
        assert_eq!(casey.event("replay_complete").await, json!({ "ticketId": ticket, "position": { "public": 1 } }));
        casey.say(&ticket, "after").await;
        assert_eq!(story_until(&mut casey, "after").await, ["public 2"]);
    }
}

on_each_database! {
    async fn a_stream_that_is_missing_in_since_counts_as_0(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.say(&ticket, "public").await;
        alex.ok("send_message", note(&ticket, "internal")).await;
        let epoch = epoch(&app).await;

        for (since, expected) in [
            (json!({ "public": 1 }), vec!["internal 1", "replay_complete"]),
            (json!({ "internal": 1 }), vec!["public 1", "replay_complete"]),
            (json!({}), vec!["public 1", "internal 1", "replay_complete"]),
            (json!({ "public": 1, "internal": 1 }), vec!["replay_complete"]),
        ] {
            let joined = alex.ok("join_ticket", resume(&ticket, &since, &epoch)).await;
            assert_eq!(joined["replaying"], expected.len() - 1);
            assert_eq!(story_until(&mut alex, "replay_complete").await, expected);
        }
    }
}

on_each_database! {
    async fn the_first_join_names_ticket_position_and_who_is_there(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let created = casey.ok("create_ticket", json!({ "subject": "Help", "message": "hello" })).await;

        let joined = casey.ok("join_ticket", json!({ "ticketId": created["ticket"]["id"] })).await;
        assert_eq!(joined["ticketId"], created["ticket"]["id"]);
        assert_eq!(joined["ticket"], created["ticket"]);
        assert_eq!(joined["position"], created["position"]);
        assert_eq!(joined["onlineUsers"], json!([{ "id": "casey", "name": "Casey", "role": "customer" }]));
        assert_eq!(joined["receipts"], json!([]));
    }
}

on_each_database! {
    async fn a_long_replay_comes_complete_over_several_pages_with_live_events_behind_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        fill(&mut alex, &ticket, 650, 10, false).await;
        let epoch = epoch(&app).await;

        let join = casey.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        fill(&mut alex, &ticket, 50, 10, false).await;
        let replaying = casey.ack(join).await["replaying"].as_u64().unwrap();
        alex.say(&ticket, "last").await;

        let story = story_until(&mut casey, "last").await;
        let mut expected: Vec<String> = (1..=701).map(|seq| format!("public {seq}")).collect();
        expected.insert(usize::try_from(replaying).unwrap(), "replay_complete".to_owned());
        assert_eq!(story, expected);
    }
}

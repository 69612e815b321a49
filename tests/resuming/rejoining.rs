//! Joining again, and leaving, also in the middle of a replay.

use super::{epoch, fill, resume, story_until};
use crate::{harness::*, on_each_database};

/// More than a replay puts into the outbox and the kernel into its buffers.
const MANY: usize = 1_000;
const LONG: usize = 9_000;

on_each_database! {
    async fn joining_again_restarts_delivery_at_the_new_since(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let epoch = casey.join(&ticket).await["epoch"].clone();
        for n in 1..=5 {
            casey.say(&ticket, &n.to_string()).await;
        }
        assert_eq!(story_until(&mut casey, "5").await.len(), 5);

        for since in [3, 0, 5] {
            let joined = casey.ok("join_ticket", resume(&ticket, &json!({ "public": since }), &epoch)).await;
            assert_eq!(joined["replaying"], 5 - since);
            let mut expected: Vec<String> = (since + 1..=5).map(|seq| format!("public {seq}")).collect();
            expected.push("replay_complete".to_owned());
            assert_eq!(story_until(&mut casey, "replay_complete").await, expected);
        }
        casey.say(&ticket, "once").await;
        assert_eq!(story_until(&mut casey, "once").await, ["public 6"]);
    }
}

on_each_database! {
    async fn leaving_stops_delivery_and_a_resume_brings_what_was_missed(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let epoch = casey.join(&ticket).await["epoch"].clone();
        alex.join(&ticket).await;
        casey.say(&ticket, "one").await;
        assert_eq!(story_until(&mut casey, "one").await, ["public 1"]);

        casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        alex.say(&ticket, "two").await;
        alex.event("new_message").await;
        assert!(casey.events_so_far("new_message").await.is_empty());

        casey.ok("join_ticket", resume(&ticket, &json!({ "public": 1 }), &epoch)).await;
        assert_eq!(story_until(&mut casey, "replay_complete").await, ["public 2", "replay_complete"]);
    }
}

on_each_database! {
    async fn leaving_in_the_middle_of_a_replay_stops_it(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Long").await;
        fill(&mut alex, &ticket, MANY, LONG, false).await;
        let epoch = epoch(&app).await;
        let mut slow = WsClient::open_slow(app.address).await;
        slow.authenticate(&app.token("ari", deskwire::domain::Role::Agent)).await;

        slow.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        slow.event("new_message").await;
        let leave = slow.send_acked("leave_ticket", json!({ "ticketId": ticket })).await;

        assert_eq!(slow.ack(leave).await["success"], true);
        let replayed = slow.take_kept("new_message").len();
        assert!(replayed < MANY, "{replayed}");
        alex.say(&ticket, "after").await;
        for _ in 0..3 {
            slow.ok("get_messages", json!({ "ticketId": ticket, "limit": 1 })).await;
        }
        assert!(slow.events_so_far("new_message").await.is_empty());
        assert!(slow.events_so_far("replay_complete").await.is_empty());
    }
}

on_each_database! {
    async fn joining_again_in_the_middle_of_a_replay_stops_the_old_one(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Long").await;
        fill(&mut alex, &ticket, MANY, LONG, false).await;
        let epoch = epoch(&app).await;
        let mut slow = WsClient::open_slow(app.address).await;
        slow.authenticate(&app.token("ari", deskwire::domain::Role::Agent)).await;

        slow.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        slow.event("new_message").await;
        let again = slow.send_acked("join_ticket", resume(&ticket, &json!({ "public": MANY - 3 }), &epoch)).await;

        assert_eq!(slow.ack(again).await["replaying"], 3);
        assert!(slow.take_kept("new_message").len() < MANY);
        let expected = ["public 998", "public 999", "public 1000", "replay_complete"];
        assert_eq!(story_until(&mut slow, "replay_complete").await, expected);
        alex.say(&ticket, "live").await;
        assert_eq!(story_until(&mut slow, "live").await, ["public 1001"]);
    }
}

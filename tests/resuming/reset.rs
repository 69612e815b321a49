//! When a client cannot resume: `reset`, and how it starts anew.

use serde_json::Value;

use super::{epoch, fill, note, resume, story_until};
use crate::{harness::*, on_each_database};

async fn assert_resets(client: &mut WsClient, join: Value, position: Value) {
    let joined = client.ok("join_ticket", join.clone()).await;
    assert_eq!((&joined["reset"], &joined["replaying"]), (&json!(true), &json!(0)), "{join}");
    assert_eq!(joined["position"], position);
    assert_eq!(story_until(client, "replay_complete").await, ["replay_complete"], "{join}");
}

on_each_database! {
    async fn another_or_a_missing_epoch_resets(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "one").await;

        let since = json!({ "public": 0 });
        for join in [
            json!({ "ticketId": ticket, "since": since }),
            resume(&ticket, &since, &json!("another")),
            resume(&ticket, &since, &json!("")),
        ] {
            assert_resets(&mut casey, join, json!({ "public": 1 })).await;
        }
        casey.say(&ticket, "live").await;
        assert_eq!(story_until(&mut casey, "live").await, ["public 2"]);
    }
}

on_each_database! {
    async fn a_since_ahead_of_the_log_resets(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.say(&ticket, "one").await;
        let epoch = epoch(&app).await;

        for since in [json!({ "public": 2 }), json!({ "public": 1, "internal": 1 }), json!({ "public": u64::MAX })] {
            assert_resets(&mut alex, resume(&ticket, &since, &epoch), json!({ "public": 1, "internal": 0 })).await;
        }
    }
}

on_each_database! {
    async fn a_customers_since_of_the_hidden_stream_is_ignored(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "one").await;
        let epoch = epoch(&app).await;

        let join = resume(&ticket, &json!({ "public": 0, "internal": 99 }), &epoch);
        let joined = casey.ok("join_ticket", join).await;
        assert_eq!((&joined["reset"], &joined["replaying"]), (&json!(false), &json!(1)));
    }
}

on_each_database! {
    async fn more_missed_than_the_bound_resets_and_history_takes_over(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        fill(&mut alex, &ticket, 1_001, 1, false).await;
        let epoch = epoch(&app).await;

        assert_resets(&mut alex, resume(&ticket, &json!({}), &epoch), json!({ "public": 1001, "internal": 0 })).await;
        let page = alex.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["position"], json!({ "public": 1001, "internal": 0 }));
        let joined = alex.ok("join_ticket", resume(&ticket, &json!({ "public": 1 }), &epoch)).await;
        assert_eq!((&joined["reset"], &joined["replaying"]), (&json!(false), &json!(1000)));
        assert_eq!(story_until(&mut alex, "replay_complete").await.len(), 1_001);
    }
}

on_each_database! {
    async fn the_bound_counts_what_the_caller_sees_over_both_streams(database) {
        let app = TestApp::with(database, |settings| settings.bounds.replay_events = 4).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        for n in 0..3 {
            casey.say(&ticket, &n.to_string()).await;
            alex.ok("send_message", note(&ticket, "note")).await;
        }
        let epoch = epoch(&app).await;

        let join = |since: Value| resume(&ticket, &since, &epoch);
        assert_eq!(casey.ok("join_ticket", join(json!({}))).await["replaying"], 3);
        assert_resets(&mut alex, join(json!({ "public": 1 })), json!({ "public": 3, "internal": 3 })).await;
        assert_eq!(alex.ok("join_ticket", join(json!({ "public": 1, "internal": 1 }))).await["replaying"], 4);
    }
}

on_each_database! {
    async fn a_reload_by_get_messages_and_a_join_at_its_position_miss_nothing(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let epoch = epoch(&app).await;
        for round in 0..10 {
            let writes = fill(&mut alex, &ticket, 10, 10, true);
            let read = async {
                let page = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
                casey.ok("join_ticket", resume(&ticket, &page["position"], &epoch)).await;
                page
            };
            let ((), page) = tokio::join!(writes, read);
            let mut seq = page["position"]["public"].as_u64().unwrap();
            assert_eq!(page["total"], seq);
            while seq < 5 * (round + 1) {
                seq += 1;
                assert_eq!(casey.event("new_message").await["seq"], seq);
            }
            casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        }
    }
}

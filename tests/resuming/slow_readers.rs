//! Readers that do not keep up: a replay waits for them, live events do not.

use super::{epoch, fill, resume};
use crate::{harness::*, on_each_database};

/// Of a message that says as much as one can.
const LONG: usize = 10_000;

async fn slow_agent(app: &TestApp) -> WsClient {
    let mut slow = WsClient::open_slow(app.address).await;
    slow.authenticate(&app.token("slow", deskwire::domain::Role::Agent)).await;
    slow
}

on_each_database! {
    async fn a_replay_of_1000_long_messages_to_a_slow_reader_never_closes_it(database) {
        let app = TestApp::with(database, |settings| settings.bounds.outbox_bytes = 64 * 1024).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Long").await;
        fill(&mut alex, &ticket, 1_000, LONG, false).await;
        let epoch = epoch(&app).await;
        let mut slow = slow_agent(&app).await;

        let join = slow.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        eventually("the slow one is in the room", async || {
            let online = alex.ok("get_online_users", json!({ "ticketId": ticket })).await;
            online["users"].as_array().unwrap().iter().any(|user| user["id"] == "slow")
        })
        .await;
        // Live for everyone else, and many times the bound, while the replay stands still.
        fill(&mut alex, &ticket, 50, LONG, false).await;

        assert_eq!(slow.ack(join).await["replaying"], 1_000);
        for seq in 1..=1_000 {
            assert_eq!(slow.event("new_message").await["seq"], seq);
        }
        slow.event("replay_complete").await;
        for seq in 1_001..=1_050 {
            assert_eq!(slow.event("new_message").await["seq"], seq);
        }
    }
}

on_each_database! {
    async fn a_slow_reader_of_live_events_is_closed_and_resumes_without_a_gap(database) {
        let app = TestApp::with(database, |settings| settings.bounds.outbox_bytes = 64 * 1024).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Busy").await;
        let mut slow = slow_agent(&app).await;
        let epoch = slow.join(&ticket).await["epoch"].clone();

        // Two that surely arrive: one large commit could overflow the outbox before anything is taken from it.
        fill(&mut alex, &ticket, 2, LONG, true).await;
        let mut seen = vec![slow.event("new_message").await, slow.event("new_message").await];
        fill(&mut alex, &ticket, 898, LONG, true).await;

        assert_eq!(slow.closed().await, 4008);
        seen.extend(slow.take_kept("new_message"));
        assert!(seen.len() < 900, "{}", seen.len());
        let head = |stream: &str| seen.iter().filter(|it| it["stream"] == stream).count();
        let since = json!({ "public": head("public"), "internal": head("internal") });

        let mut again = slow_agent(&app).await;
        let joined = again.ok("join_ticket", resume(&ticket, &since, &epoch)).await;
        assert_eq!(joined["replaying"], 900 - seen.len());
        while seen.len() < 900 {
            seen.push(again.event("new_message").await);
        }
        let of = |stream: &str| -> Vec<u64> {
            let of_stream = seen.iter().filter(|it| it["stream"] == stream);
            of_stream.map(|it| it["seq"].as_u64().unwrap()).collect()
        };
        assert_eq!(of("public"), (1..=450).collect::<Vec<_>>());
        assert_eq!(of("internal"), (1..=450).collect::<Vec<_>>());
        assert!(seen.is_sorted_by_key(|it| it["id"].as_str().unwrap().parse::<u64>().unwrap()));
    }
}

on_each_database! {
    async fn one_slow_reader_holds_up_nobody_else(database) {
        let app = TestApp::with(database, |settings| settings.bounds.outbox_bytes = 256 * 1024).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Busy").await;
        let mut slow = slow_agent(&app).await;
        slow.join(&ticket).await;
        ari.join(&ticket).await;

        for seq in 1..=600 {
            alex.say(&ticket, &"x".repeat(LONG)).await;
            assert_eq!(ari.event("new_message").await["seq"], seq);
        }
        // Gone from the room while its socket still waits to be read.
        assert_eq!(ari.event("user_left_ticket").await["user"]["id"], "slow");
        assert_eq!(slow.closed().await, 4008);
    }
}

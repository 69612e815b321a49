//! Access that changes while a replay is on its way.

use deskwire::domain::Role;

use super::{epoch, fill, resume};
use crate::{harness::*, on_each_database};

const MANY: usize = 1_000;
const LONG: usize = 9_000;

on_each_database! {
    async fn a_replay_to_an_agent_who_becomes_a_customer_goes_on_without_the_internal_stream(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Own").await;
        fill(&mut alex, &ticket, MANY, LONG, true).await;
        let epoch = epoch(&app).await;
        let mut slow = WsClient::open_slow(app.address).await;
        slow.authenticate(&app.token("alex", Role::Agent)).await;

        slow.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        let first = slow.event("new_message").await;
        let shrink = json!({ "token": app.token("alex", Role::Customer) });
        let shrunk = slow.send_acked("authenticate", shrink).await;
        assert_eq!(slow.ack(shrunk).await["user"]["role"], "customer");

        let mut before = slow.take_kept("new_message");
        before.push(first);
        assert!(before.iter().any(|it| it["stream"] == "internal") && before.len() < MANY, "{}", before.len());
        let mut seq = before.iter().filter(|it| it["stream"] == "public").count();
        while seq < MANY / 2 {
            let message = slow.event("new_message").await;
            seq += 1;
            assert_eq!((&message["stream"], &message["seq"]), (&json!("public"), &json!(seq)));
        }
        assert_eq!(slow.event("replay_complete").await["position"], json!({ "public": MANY / 2 }));
        fill(&mut alex, &ticket, 4, 10, true).await;
        for seq in [MANY / 2 + 1, MANY / 2 + 2] {
            let message = slow.event("new_message").await;
            assert_eq!((&message["stream"], &message["seq"]), (&json!("public"), &json!(seq)));
        }
    }
}

on_each_database! {
    async fn a_replay_of_a_ticket_that_the_new_role_may_not_see_ends(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Foreign").await;
        fill(&mut alex, &ticket, MANY, LONG, false).await;
        let epoch = epoch(&app).await;
        let mut slow = WsClient::open_slow(app.address).await;
        slow.authenticate(&app.token("ari", Role::Agent)).await;

        slow.send_acked("join_ticket", resume(&ticket, &json!({}), &epoch)).await;
        slow.event("new_message").await;
        slow.send_acked("authenticate", json!({ "token": app.token("ari", Role::Customer) })).await;

        assert_eq!(slow.event("left_ticket").await["ticketId"], ticket);
        assert!(slow.take_kept("new_message").len() < MANY);
        alex.say(&ticket, "after").await;
        for _ in 0..3 {
            slow.refused("get_messages", json!({ "ticketId": ticket })).await;
        }
        assert!(slow.events_so_far("new_message").await.is_empty());
    }
}

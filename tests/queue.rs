//! The live queue of agents.

use std::time::{Duration, Instant};

use deskwire::domain::{Assignment, Role};
use serde_json::Value;

use crate::{harness::*, on_each_database};

async fn next(client: &mut WsClient) -> (String, Value) {
    let event = client.event("queue_ticket").await;
    (event["reason"].as_str().unwrap().to_owned(), event["ticket"].clone())
}

on_each_database! {
    async fn a_dashboard_hears_of_new_tickets_at_once_and_of_what_follows_once_a_second(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        casey.create_ticket("Earlier").await;
        assert_eq!(alex.ok("subscribe_queue", json!({})).await["tickets"], 1);

        let ticket = casey.create_ticket("Help").await;
        let (reason, shown) = next(&mut alex).await;
        let told = Instant::now();
        assert_eq!((reason.as_str(), &shown["id"], &shown["subject"]), ("created", &json!(ticket), &json!("Help")));
        assert_eq!(shown["priority"], "normal", "as agents see it");

        for text in ["one", "two", "three"] {
            casey.say(&ticket, text).await;
        }
        let note = json!({ "ticketId": ticket, "message": "a note", "visibility": "internal" });
        alex.ok("send_message", note).await;
        let (reason, shown) = next(&mut alex).await;
        assert_eq!((reason.as_str(), &shown["position"]), ("activity", &json!({ "public": 3, "internal": 1 })));
        assert!(told.elapsed() > Duration::from_millis(700), "not within the second");
        let other = casey.create_ticket("Fence").await;
        let (reason, shown) = next(&mut alex).await;
        assert_eq!((reason.as_str(), &shown["id"]), ("created", &json!(other)), "four messages, one frame");
    }
}

on_each_database! {
    async fn a_ticket_that_leaves_a_filter_is_shown_once_more(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        app.execute_sql(&format!("UPDATE tickets SET status = 'closed' WHERE id = {ticket}"));
        assert_eq!(alex.ok("subscribe_queue", json!({ "status": "closed" })).await["tickets"], 1);

        casey.say(&ticket, "It is back.").await;
        let (reason, shown) = next(&mut alex).await;
        assert_eq!((reason.as_str(), &shown["status"]), ("updated", &json!("open")));

        casey.say(&ticket, "Still there?").await;
        let fence = casey.create_ticket("Done").await;
        app.execute_sql(&format!("UPDATE tickets SET status = 'closed' WHERE id = {fence}"));
        casey.say(&fence, "Not done").await;
        assert_eq!(next(&mut alex).await.1["id"], fence, "the first is not in the filter any more");
    }
}

on_each_database! {
    async fn a_ticket_that_an_update_takes_out_of_a_filter_is_shown_once_more(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        for (filter, update) in [
            (json!({ "status": "open" }), json!({ "status": "closed" })),
            (json!({ "assigneeId": null }), json!({ "assigneeId": "ari" })),
            (json!({ "status": "open", "assigneeId": null }), json!({ "assigneeId": "ari", "status": "pending" })),
        ] {
            let ticket = casey.create_ticket("Help").await;
            alex.ok("subscribe_queue", filter).await;
            let mut leaves = json!({ "ticketId": ticket });
            for (field, value) in update.as_object().unwrap() {
                leaves[field] = value.clone();
            }
            ari.ok("update_ticket", leaves).await;
            let left = alex.frame(|it| it["event"] == "queue_ticket" && it["data"]["ticket"]["id"] == ticket.as_str()).await;
            let left = &left["data"];
            assert_eq!(left["reason"], "updated");
            assert!(left["ticket"]["status"] != "open" || left["ticket"]["assignee"]["id"] == "ari", "{left}");

            ari.ok("update_ticket", json!({ "ticketId": ticket, "priority": "low" })).await;
            let fence = casey.create_ticket("Fence").await;
            let told = alex.frame(|it| it["event"] == "queue_ticket").await["data"]["ticket"]["id"].clone();
            assert_eq!(told, json!(fence), "it is not in the filter any more");
            alex.ok("unsubscribe_queue", json!({})).await;
            app.execute_sql(&format!("UPDATE tickets SET status = 'closed', assignee_id = 'ari' WHERE id = {fence}"));
        }
    }
}

on_each_database! {
    async fn a_queue_of_nobodys_tickets_shows_who_took_one(database) {
        let app = TestApp::with(database, |settings| settings.policy.assignment = Assignment::RoundRobin).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        alex.ok("set_status", json!({ "status": "away" })).await;
        alex.ok("subscribe_queue", json!({ "assigneeId": null, "status": "open" })).await;
        casey.create_ticket("Help").await;
        assert!(next(&mut alex).await.1["assignee"].is_null());
        alex.ok("set_status", json!({ "status": "online" })).await;
        let (reason, shown) = next(&mut alex).await;
        assert_eq!((reason.as_str(), &shown["assignee"]["id"]), ("updated", &json!("alex")));
    }
}

on_each_database! {
    async fn only_agents_watch_and_only_while_they_are(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        for command in ["subscribe_queue", "unsubscribe_queue"] {
            assert_eq!(casey.refused(command, json!({})).await["code"], "forbidden");
        }
        alex.ok("subscribe_queue", json!({})).await;
        ari.ok("subscribe_queue", json!({})).await;
        alex.authenticate(&app.token("alex", Role::Customer)).await;
        casey.create_ticket("Help").await;
        next(&mut ari).await;
        alex.authenticate(&app.token("alex", Role::Agent)).await;
        alex.ok("subscribe_queue", json!({})).await;
        let second = casey.create_ticket("Second").await;
        assert_eq!(next(&mut alex).await.1["id"], second, "nothing of what happened meanwhile");
    }
}

on_each_database! {
    async fn a_connection_has_one_subscription_until_it_ends_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        alex.ok("subscribe_queue", json!({})).await;
        alex.ok("subscribe_queue", json!({ "assigneeId": "ari" })).await;
        ari.ok("subscribe_queue", json!({})).await;
        let ticket = casey.create_ticket("Help").await;
        next(&mut ari).await;
        assert!(alex.events_so_far("queue_ticket").await.is_empty(), "the second replaced the first");

        alex.ok("subscribe_queue", json!({})).await;
        alex.ok("unsubscribe_queue", json!({})).await;
        alex.ok("unsubscribe_queue", json!({})).await;
        casey.say(&ticket, "Hello").await;
        next(&mut ari).await;
        assert!(alex.events_so_far("queue_ticket").await.is_empty());
        assert_eq!(alex.refused("subscribe_queue", json!({ "status": "lost" })).await["code"], "invalid_payload");
    }
}

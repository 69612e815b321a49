//! One user on several connections whose roles differ, and users who stand for nobody any more.

use std::time::Duration;

use deskwire::domain::Role;
use serde_json::Value;

use crate::{
    harness::{
        program::{beside, success},
        *,
    },
    on_each_database,
};

async fn erase(app: &TestApp, user: &str) {
    success(beside(app, &["erase-user", user, "--yes"])).await;
}

on_each_database! {
    async fn a_users_connection_as_a_customer_hears_nothing_of_what_another_reads_as_an_agent(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut phone) = (app.agent("alex").await, app.agent("alex").await);
        let ticket = alex.create_ticket("Own").await;
        let note = json!({ "ticketId": ticket, "message": "note", "visibility": "internal" });
        app.agent("ari").await.ok("send_message", note).await;
        phone.authenticate(&app.token("alex", Role::Customer)).await;

        for command in ["mark_delivered", "mark_read"] {
            let internal = json!({ "ticketId": ticket, "seq": 1, "stream": "internal" });
            alex.ok(command, internal).await;
        }
        app.agent("ari").await.say(&ticket, "public").await;
        alex.ok("mark_read", json!({ "ticketId": ticket, "seq": 1 })).await;

        let read = phone.event("messages_read").await;
        assert_eq!(read["stream"], "public", "{read}");
        assert!(phone.take_kept("messages_delivered").is_empty());
    }
}

on_each_database! {
    async fn a_users_connection_as_a_customer_hears_nothing_of_other_agents(database) {
        let app = TestApp::start(database).await;
        let (mut phone, mut alex) = (app.customer("alex").await, app.agent("alex").await);
        let mut ari = app.agent("ari").await;
        ari.ok("set_status", json!({ "status": "busy" })).await;
        while alex.event("user_status").await["status"] != "busy" {}
        let told = phone.events_so_far("user_status").await;
        assert!(told.iter().all(|it| it["userId"] == "alex"), "{told:?}");
    }
}

on_each_database! {
    async fn an_assignee_who_is_no_agent_any_more_hears_nothing_of_who_opened_the_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": "alex" })).await;
        alex.authenticate(&app.token("alex", Role::Customer)).await;
        let own = alex.create_ticket("Own").await;
        let mut ari = app.agent("ari").await;
        casey.ok("set_status", json!({ "status": "busy" })).await;
        ari.ok("update_ticket", json!({ "ticketId": own, "assigneeId": "ari" })).await;
        ari.ok("set_status", json!({ "status": "busy" })).await;

        let told = alex.event("user_status").await;
        assert_eq!(told["userId"], "ari", "{told}");
    }
}

on_each_database! {
    async fn when_an_erased_user_was_seen_last_stays_forgotten(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        casey.create_ticket("Help").await;
        erase(&app, "casey").await;
        assert_eq!(casey.closed().await, 4403);
        // Whoever is told that they went finds it noted.
        eventually("casey is gone", async || {
            let status = alex.ok("get_user_status", json!({ "userId": "casey" })).await;
            status["status"] == "offline"
        }).await;
        app.customer("dana").await.close().await;
        eventually("dana is noted", async || app.rows("users WHERE id = 'dana' AND last_seen_at IS NOT NULL") == 1).await;
        assert_eq!(app.rows("users WHERE id = 'casey' AND last_seen_at IS NULL"), 1);
    }
}

on_each_database! {
    async fn a_clock_that_is_behind_lets_nobody_write_who_was_erased(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        drop(app.customer("dana").await);
        erase(&app, "dana").await;
        alex.say(&ticket, "the server knows of dana now").await;

        app.execute_sql("UPDATE users SET erased_at = (SELECT erased_at FROM users WHERE id = 'dana') - 1800000 WHERE id = 'casey'");
        assert_eq!(casey.closed().await, 4403);
        assert_eq!(app.rows("tickets"), 1);
    }
}

on_each_database! {
    async fn of_two_erased_users_the_one_of_a_slower_clock_writes_nothing_either(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_secs(3_600)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        drop(app.customer("dana").await);
        erase(&app, "dana").await;
        alex.say(&ticket, "the server knows of dana now").await;

        app.execute_sql("UPDATE users SET erased_at = (SELECT erased_at FROM users WHERE id = 'dana') - 1800000 WHERE id = 'casey'");
        let message = json!({ "ticketId": ticket, "message": "still here" });
        assert_eq!(casey.refused("send_message", message).await["code"], "forbidden");
    }
}

on_each_database! {
    async fn nobody_opens_a_ticket_for_or_with_an_erased_user(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        drop(app.customer("casey").await);
        erase(&app, "casey").await;
        for (field, value) in [("requesterId", json!("casey")), ("participants", json!(["casey"]))] {
            let mut new = json!({ "subject": "Help" });
            new[field] = value;
            let error = alex.refused("create_ticket", new).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{error}");
        }
    }
}

on_each_database! {
    async fn an_agent_who_leaves_without_asking_for_an_ack_is_told_once(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = ari.create_ticket("Help").await;
        ari.ok("add_participant", json!({ "ticketId": ticket, "userId": "alex" })).await;
        alex.join(&ticket).await;
        alex.send("remove_participant", json!({ "ticketId": ticket, "userId": "alex" })).await;
        alex.say(&ticket, "behind it").await;
        alex.event("new_message").await;
        let told: Vec<Value> = alex.events_so_far("participant_removed").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["seq"], 2);
    }
}

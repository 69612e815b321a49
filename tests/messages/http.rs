//! Messages over HTTP.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_message_sent_over_http_reaches_sockets_live_and_the_other_way_round(database) {
        let app = TestApp::start(database).await;
        let (mut rita, alex) = (app.customer("rita").await, app.api("alex", Role::Agent));
        let ticket = rita.create_ticket("Help").await;
        rita.join(&ticket).await;
        let messages = format!("/api/tickets/{ticket}/messages");
        let sent = alex.post(&messages, json!({ "message": "Hello", "format": "text" })).await.expect(201);
        assert_eq!(rita.event("new_message").await, sent["message"]);
        let said = rita.say(&ticket, "Thanks").await;
        let page = alex.get(&messages).await.expect(200);
        assert_eq!(page["messages"], json!([sent["message"], said]));
    }
}

on_each_database! {
    async fn a_retry_with_the_same_idempotency_key_is_answered_again_and_done_once(database) {
        let app = TestApp::start(database).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        let api = app.api("rita", Role::Customer).with("Idempotency-Key", "one");
        let messages = format!("/api/tickets/{ticket}/messages");
        let first = api.post(&messages, json!({ "message": "x" })).await.expect(201);
        assert_eq!(first["message"]["clientMessageId"], "one");
        let again = api.post(&messages, json!({ "message": "x" })).await.expect(200);
        assert_eq!((&again["duplicate"], &again["message"]), (&json!(true), &first["message"]));
        assert_eq!(api.post(&messages, json!({ "message": "y" })).await.error(409)["code"], "conflict");
        assert_eq!(app.rows("messages"), 1);
    }
}

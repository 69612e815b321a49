//! How many messages someone has not read.

use crate::{harness::*, on_each_database};

async fn unread(client: &mut WsClient, ticket: &str) -> i64 {
    let listed = client.ok("list_tickets", json!({})).await;
    let found = listed["tickets"].as_array().unwrap().iter().find(|it| it["id"] == ticket).unwrap().clone();
    let read = client.ok("get_ticket", json!({ "ticketId": ticket })).await;
    assert_eq!(read["ticket"], found, "a ticket reads the same alone and in a list");
    found["unread"].as_i64().unwrap()
}

on_each_database! {
    async fn what_others_wrote_is_unread_until_it_is_read(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let (mut alex, mut blair) = (app.agent("alex").await, app.agent("blair").await);
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "one").await;
        casey.say(&ticket, "two").await;
        alex.say(&ticket, "three").await;
        alex.ok("send_message", json!({ "ticketId": ticket, "message": "psst", "visibility": "internal" })).await;

        assert_eq!(unread(&mut casey, &ticket).await, 1, "neither one's own nor what is hidden");
        assert_eq!(unread(&mut alex, &ticket).await, 2);
        assert_eq!(unread(&mut blair, &ticket).await, 4, "both streams");

        blair.ok("mark_delivered", json!({ "ticketId": ticket, "seq": 3 })).await;
        assert_eq!(unread(&mut blair, &ticket).await, 4, "what arrived is not read yet");
        blair.ok("mark_read", json!({ "ticketId": ticket, "seq": 2 })).await;
        assert_eq!(unread(&mut blair, &ticket).await, 2);
        blair.ok("mark_read", json!({ "ticketId": ticket, "seq": 1, "stream": "internal" })).await;
        assert_eq!(unread(&mut blair, &ticket).await, 1, "each stream has its own position");
        casey.ok("mark_read", json!({ "ticketId": ticket, "seq": 3 })).await;
        assert_eq!(unread(&mut casey, &ticket).await, 0);
        assert_eq!(unread(&mut alex, &ticket).await, 2, "what one reads is not read by another");
        alex.say(&ticket, "four").await;
        assert_eq!(unread(&mut casey, &ticket).await, 1);
    }
}

on_each_database! {
    async fn what_is_no_message_any_more_is_not_unread(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let first = casey.say(&ticket, "one").await;
        casey.say(&ticket, "two").await;
        // An edit takes a number of the stream, and is no message.
        casey.ok("edit_message", json!({ "messageId": first["id"], "message": "uno" })).await;
        assert_eq!(unread(&mut alex, &ticket).await, 2);
        let id = first["id"].as_str().unwrap();
        app.execute_sql(&format!("UPDATE messages SET deleted_at = 1 WHERE id = {id}"));
        assert_eq!(unread(&mut alex, &ticket).await, 1);
        alex.ok("mark_read", json!({ "ticketId": ticket, "seq": 3 })).await;
        assert_eq!(unread(&mut alex, &ticket).await, 0);
    }
}

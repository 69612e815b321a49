//! Editing messages.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn an_edit_reaches_everyone_in_its_place_and_replays(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        alex.join(&ticket).await;
        let sent = casey.say(&ticket, "teh printer").await;

        let edited = casey.ok("edit_message", json!({ "messageId": sent["id"], "message": "the <i>printer</i><script>x</script>" })).await;
        assert_eq!(edited["message"]["message"], "the <i>printer</i>");
        assert_eq!(edited["message"]["seq"], 1, "it keeps its place");
        assert!(edited["message"]["editedAt"].is_string());

        for client in [&mut casey, &mut alex] {
            let event = client.event("message_edited").await;
            assert_eq!((&event["ticketId"], &event["stream"], &event["seq"]), (&json!(ticket), &json!("public"), &json!(2)));
            assert_eq!(event["message"], edited["message"]);
        }
        casey.say(&ticket, "still there?").await;
        assert_eq!(casey.ok("get_messages", json!({ "ticketId": ticket })).await["total"], 2, "an edit is no message");

        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut again = app.customer("casey").await;
        assert_eq!(again.ok("join_ticket", since).await["replaying"], 3);
        assert_eq!(again.event("new_message").await["message"], "the <i>printer</i>", "as it is now");
        assert_eq!(again.event("message_edited").await["seq"], 2);
        assert_eq!(again.event("new_message").await["seq"], 3);
    }
}

on_each_database! {
    async fn without_an_ack_the_event_is_the_reply_and_comes_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "one").await;

        casey.send("edit_message", json!({ "messageId": sent["id"], "message": "two" })).await;
        assert_eq!(casey.event("message_edited").await["seq"], 2);
        casey.ok("ping", json!({})).await;
        assert!(casey.events_so_far("message_edited").await.is_empty());

        // What changes nothing is told to nobody else, so the caller is told by name.
        casey.send("edit_message", json!({ "messageId": sent["id"], "message": "two" })).await;
        assert!(casey.event("message_edited").await.get("seq").is_none());
    }
}

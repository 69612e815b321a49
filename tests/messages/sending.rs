//! What a message is when it arrives, and that it arrives once.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_message_reaches_every_member_and_the_sender_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;

        let sent = casey.say(&ticket, "a <b> & c").await;

        assert_eq!(sent["message"], "a &lt;b&gt; &amp; c");
        assert_eq!(sent["seq"], 1);
        assert_eq!(sent["sender"], json!({ "id": "casey", "name": "Casey", "role": "customer" }));
        assert_eq!(alex.event("new_message").await, sent);
        assert_eq!(casey.event("new_message").await, sent);
        assert!(alex.events_so_far("new_message").await.is_empty());
        assert!(casey.events_so_far("new_message").await.is_empty());
    }
}

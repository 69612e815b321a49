//! Typing that ends without `typing_stop`.

use std::time::Duration;

use crate::rooms::announced;
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn typing_stops_by_itself(database) {
        let app = TestApp::with(database, |settings| settings.timing.typing_timeout = Duration::from_millis(200)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;

        for visibility in ["public", "internal"] {
            let mut ari = app.agent("ari").await;
            ari.join(&ticket).await;
            ari.ok("typing_start", json!({ "ticketId": ticket, "visibility": visibility })).await;
            assert_eq!(alex.event("user_typing").await["userId"], "ari");
            let stopped = alex.event("user_stopped_typing").await;
            assert_eq!(stopped, json!({ "ticketId": ticket, "userId": "ari", "userName": "Ari" }));
        }
        let told = announced(&mut casey, &mut alex, &ticket, "user_stopped_typing").await;
        assert_eq!(told.len(), 1, "the internal one is none of a customer's business");
    }
}

on_each_database! {
    async fn typing_stops_when_the_message_is_sent(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;

        casey.ok("typing_start", json!({ "ticketId": ticket })).await;
        casey.say(&ticket, "done").await;
        assert_eq!(alex.event("user_stopped_typing").await["userId"], "casey");
        casey.say(&ticket, "more").await;
        assert!(announced(&mut alex, &mut casey, &ticket, "user_stopped_typing").await.is_empty());
    }
}

on_each_database! {
    async fn a_message_in_one_stream_does_not_end_typing_in_the_other(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;
        ari.join(&ticket).await;

        alex.ok("typing_start", json!({ "ticketId": ticket, "visibility": "internal" })).await;
        alex.say(&ticket, "public").await;
        assert!(announced(&mut ari, &mut alex, &ticket, "user_stopped_typing").await.is_empty());
        let note = json!({ "ticketId": ticket, "message": "note", "visibility": "internal" });
        alex.ok("send_message", note).await;
        assert_eq!(ari.event("user_stopped_typing").await["userId"], "alex");
    }
}

on_each_database! {
    async fn typing_stops_when_the_typist_leaves_or_is_cut_off(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;
        ari.join(&ticket).await;

        for visibility in ["public", "internal"] {
            ari.ok("typing_start", json!({ "ticketId": ticket, "visibility": visibility })).await;
            alex.event("user_typing").await;
            ari.ok("leave_ticket", json!({ "ticketId": ticket })).await;
            assert_eq!(alex.event("user_stopped_typing").await["userId"], "ari");
            ari.join(&ticket).await;
        }
        ari.ok("typing_start", json!({ "ticketId": ticket })).await;
        alex.event("user_typing").await;
        ari.cut();
        assert_eq!(alex.event("user_stopped_typing").await["userId"], "ari");
        alex.event("user_left_ticket").await;
    }
}

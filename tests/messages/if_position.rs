//! `ifPosition`: write only if nobody was faster.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_write_for_a_position_that_the_ticket_moved_past_is_a_conflict_with_the_position_now(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let position = casey.join(&ticket).await["position"].clone();
        assert_eq!(position, json!({ "public": 0 }));

        let send = json!({ "ticketId": ticket, "message": "x", "ifPosition": position });
        casey.ok("send_message", send.clone()).await;
        let error = casey.refused("send_message", send).await;

        assert_eq!(error["code"], "conflict");
        assert_eq!(error["position"], json!({ "public": 1 }));
        let again = json!({ "ticketId": ticket, "message": "x", "ifPosition": error["position"] });
        casey.ok("send_message", again).await;

        let note = json!({ "ticketId": ticket, "message": "x", "visibility": "internal",
            "ifPosition": { "public": 2, "internal": 0 } });
        alex.ok("send_message", note.clone()).await;
        let error = alex.refused("send_message", note).await;
        assert_eq!(error["position"], json!({ "public": 2, "internal": 1 }));
    }
}

on_each_database! {
    async fn a_stream_that_is_not_named_may_have_moved(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.say(&ticket, "moved").await;

        for position in [json!({ "internal": 0 }), json!({}), json!({ "public": 100 })] {
            alex.ok("send_message", json!({ "ticketId": ticket, "message": "x", "ifPosition": position })).await;
        }
    }
}

on_each_database! {
    async fn a_customers_position_says_nothing_of_the_internal_stream(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("send_message", json!({ "ticketId": ticket, "message": "x", "visibility": "internal" })).await;

        let probe = json!({ "ticketId": ticket, "message": "x", "ifPosition": { "public": 0, "internal": 0 } });
        casey.ok("send_message", probe.clone()).await;
        let error = casey.refused("send_message", probe).await;
        assert_eq!(error["position"], json!({ "public": 1 }));
    }
}

on_each_database! {
    async fn of_many_who_write_for_one_position_one_succeeds(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let send = json!({ "ticketId": ticket, "message": "x", "ifPosition": { "public": 0 } });
        let mut others = [app.agent("ari").await, app.agent("ada").await, app.agent("amy").await];

        let [a, b, c] = &mut others;
        let (a, b, c, d) = tokio::join!(
            a.request("send_message", send.clone()),
            b.request("send_message", send.clone()),
            c.request("send_message", send.clone()),
            alex.request("send_message", send.clone()),
        );

        let won = [a, b, c, d].iter().filter(|answer| answer["success"] == true).count();
        assert_eq!(won, 1);
    }
}

on_each_database! {
    async fn a_retry_of_a_write_that_succeeded_is_no_conflict(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let send = json!({ "ticketId": ticket, "message": "x", "clientMessageId": "k",
            "ifPosition": { "public": 0 } });

        casey.ok("send_message", send.clone()).await;
        assert_eq!(casey.ok("send_message", send).await["duplicate"], true);
    }
}

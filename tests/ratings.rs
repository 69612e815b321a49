//! Rating tickets.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_requester_rates_a_closed_ticket_and_everyone_sees_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut bo = app.customer("bo").await;
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "bo" })).await;
        for client in [&mut casey, &mut bo, &mut alex] {
            client.join(&ticket).await;
        }
        let rating = json!({ "ticketId": ticket, "score": 4, "comment": " <b>Fine</b>,\nthanks " });
        assert_eq!(casey.refused("rate_ticket", rating.clone()).await["code"], "conflict", "not closed yet");
        casey.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        let rated = casey.ok("rate_ticket", rating.clone()).await;
        assert_eq!((&rated["ticketId"], &rated["score"]), (&json!(ticket), &json!(4)));
        for client in [&mut casey, &mut bo, &mut alex] {
            assert_eq!(client.event("ticket_rated").await, json!({ "ticketId": ticket, "stream": "public", "seq": 3, "score": 4 }));
            let shown = client.join(&ticket).await["ticket"]["rating"].clone();
            assert_eq!((&shown["score"], &shown["comment"]), (&json!(4), &json!("Fine, thanks")));
            assert!(shown["ratedAt"].is_string());
        }
        casey.ok("rate_ticket", rating).await;
        assert!(bo.events_so_far("ticket_rated").await.is_empty(), "the same again is no event");

        casey.send("rate_ticket", json!({ "ticketId": ticket, "score": 5 })).await;
        assert_eq!(casey.event("ticket_rated").await["seq"], 4);
        assert!(casey.events_so_far("ticket_rated").await.is_empty(), "the event is the reply");
        assert!(bo.join(&ticket).await["ticket"]["rating"].get("comment").is_none());
    }
}

on_each_database! {
    async fn a_rating_stands_after_a_day(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        let rate = |score| json!({ "ticketId": ticket, "score": score });
        casey.ok("rate_ticket", rate(1)).await;
        let first = casey.join(&ticket).await["ticket"]["rating"]["ratedAt"].clone();
        app.execute_sql("UPDATE tickets SET rated_at = rated_at - 86390000");
        casey.ok("rate_ticket", rate(2)).await;
        assert_ne!(casey.join(&ticket).await["ticket"]["rating"]["ratedAt"], first, "the day counts from the first");
        app.execute_sql("UPDATE tickets SET rated_at = rated_at - 20000");
        assert_eq!(casey.refused("rate_ticket", rate(3)).await["code"], "conflict");
        casey.ok("rate_ticket", rate(2)).await;
        assert_eq!(casey.join(&ticket).await["ticket"]["rating"]["score"], 2);
    }
}

on_each_database! {
    async fn a_reopened_ticket_is_not_rated_anew_before_it_is_closed(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let close = json!({ "ticketId": ticket, "status": "closed" });
        casey.ok("update_ticket", close.clone()).await;
        casey.ok("rate_ticket", json!({ "ticketId": ticket, "score": 1 })).await;
        casey.say(&ticket, "it is broken again").await;
        let better = json!({ "ticketId": ticket, "score": 2 });
        assert_eq!(casey.refused("rate_ticket", better.clone()).await["code"], "conflict");
        casey.ok("update_ticket", close).await;
        casey.ok("rate_ticket", better).await;
    }
}

on_each_database! {
    async fn nobody_else_rates_and_what_is_no_rating_is_refused(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (mut bo, mut zoe) = (app.customer("bo").await, app.customer("zoe").await);
        let mut root = app.connect("root", deskwire::domain::Role::Admin).await;
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "bo" })).await;
        casey.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        let rating = json!({ "ticketId": ticket, "score": 1 });
        for client in [&mut bo, &mut alex, &mut root] {
            assert_eq!(client.refused("rate_ticket", rating.clone()).await["code"], "forbidden");
        }
        let hidden = zoe.refused("rate_ticket", rating).await;
        assert_eq!(hidden, zoe.refused("rate_ticket", json!({ "ticketId": "999", "score": 1 })).await);
        for (field, rating) in [
            ("score", json!({ "ticketId": ticket, "score": 0 })),
            ("score", json!({ "ticketId": ticket, "score": 6 })),
            ("score", json!({ "ticketId": ticket, "score": 65_537 })),
            ("score", json!({ "ticketId": ticket, "score": -1 })),
            ("comment", json!({ "ticketId": ticket, "score": 3, "comment": "x".repeat(1_001) })),
        ] {
            let error = casey.refused("rate_ticket", rating).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)));
        }
        assert_eq!(casey.refused("rate_ticket", json!({ "ticketId": ticket, "score": 2.5 })).await["code"], "invalid_payload");
        casey.ok("rate_ticket", json!({ "ticketId": ticket, "score": 3, "comment": "x".repeat(1_000) })).await;
    }
}

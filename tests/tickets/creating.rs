//! `clientTicketId`: a ticket that is opened twice is opened once.

use serde_json::Value;

use crate::{harness::*, on_each_database};

fn keyed() -> Value {
    json!({ "subject": "Help", "message": "It is broken", "clientTicketId": "t1", "clientMessageId": "m1" })
}

on_each_database! {
    async fn a_retried_create_ticket_gets_the_first_ticket_again(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        let first = casey.ok("create_ticket", keyed()).await;
        let retry = casey.ok("create_ticket", keyed()).await;
        drop(casey);
        app.restart().await;
        let mut casey = app.customer("casey").await;
        let late = casey.ok("create_ticket", keyed()).await;

        assert!(first.get("duplicate").is_none());
        for again in [retry, late] {
            assert_eq!(again["duplicate"], true);
            assert_eq!(again["ticket"], first["ticket"]);
            assert_eq!(again["message"], first["message"]);
            assert_eq!(again["position"], json!({ "public": 1 }));
        }
    }
}

on_each_database! {
    async fn a_ticket_opened_twice_at_once_is_one(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two) = (app.customer("casey").await, app.customer("casey").await);

        let pipelined = [one.send_acked("create_ticket", keyed()).await, one.send_acked("create_ticket", keyed()).await];
        let raced = two.request("create_ticket", keyed()).await;
        let answers = [one.ack(pipelined[0]).await, one.ack(pipelined[1]).await, raced];

        let fresh = answers.iter().filter(|answer| answer.get("duplicate").is_none()).count();
        assert_eq!(fresh, 1, "{answers:?}");
        for answer in &answers {
            assert_eq!(answer["ticket"]["id"], answers[0]["ticket"]["id"]);
            assert_eq!(answer["message"], answers[0]["message"]);
        }
    }
}

on_each_database! {
    async fn another_ticket_under_a_used_key_is_a_conflict_that_names_the_key(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut casey) = (app.agent("alex").await, app.customer("casey").await);
        casey.create_ticket("Makes casey known").await;
        alex.ok("create_ticket", keyed()).await;

        for (field, value) in [
            ("subject", json!("Other")),
            ("message", json!("Other")),
            ("message", Value::Null),
            ("format", json!("text")),
            ("priority", json!("high")),
            ("requesterId", json!("casey")),
            ("participants", json!(["casey"])),
            ("attachments", json!([{ "name": "a", "url": "https://example.org/" }])),
        ] {
            let mut other = keyed();
            other[field] = value;
            let error = alex.refused("create_ticket", other).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("conflict"), &json!("clientTicketId")), "{field}");
        }
    }
}

on_each_database! {
    async fn a_ticket_key_belongs_to_its_creator(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut dana) = (app.customer("casey").await, app.customer("dana").await);

        let of_casey = casey.ok("create_ticket", keyed()).await;
        let of_dana = dana.ok("create_ticket", keyed()).await;

        assert!(of_dana.get("duplicate").is_none());
        assert_ne!(of_casey["ticket"]["id"], of_dana["ticket"]["id"]);
    }
}

//! The internal stream: for agents, and without a trace for customers.

use super::{take_until, texts};
use crate::{harness::*, on_each_database};

fn note(ticket: &str, text: &str) -> serde_json::Value {
    json!({ "ticketId": ticket, "message": text, "visibility": "internal" })
}

on_each_database! {
    async fn a_customer_must_not_write_internally(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;

        for command in ["send_message", "typing_start", "typing_stop"] {
            let error = casey.refused(command, note(&ticket, "x")).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("forbidden"), &json!("visibility")), "{command}");
        }
        let error = casey.refused("send_message", json!({ "ticketId": ticket, "message": "x", "visibility": "secret" })).await;
        assert_eq!(error["code"], "invalid_payload");
    }
}

on_each_database! {
    async fn a_customer_gets_no_trace_of_the_internal_stream(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let created = casey.ok("create_ticket", json!({ "subject": "Help" })).await;
        let ticket = created["ticket"]["id"].as_str().unwrap().to_owned();
        let epoch = casey.join(&ticket).await["epoch"].clone();
        alex.join(&ticket).await;

        alex.ok("typing_start", note(&ticket, "")).await;
        alex.ok("send_message", note(&ticket, "secret one")).await;
        alex.say(&ticket, "public one").await;
        alex.ok("send_message", note(&ticket, "secret two")).await;
        alex.say(&ticket, "public two").await;

        assert_eq!(texts(&take_until(&mut alex, "public two").await), ["secret one", "public one", "secret two", "public two"]);
        let live = take_until(&mut casey, "public two").await;
        assert_eq!(texts(&live), ["public one", "public two"]);
        assert_eq!(live.iter().map(|it| it["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
        for never in ["user_typing", "user_stopped_typing"] {
            assert!(casey.events_so_far(never).await.is_empty(), "{never}");
        }

        let page = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["messages"], json!(live));
        assert_eq!((&page["total"], &page["position"]), (&json!(2), &json!({ "public": 2 })));
        let since = json!({ "ticketId": ticket, "since": { "public": 0, "internal": 0 }, "epoch": epoch });
        let joined = casey.ok("join_ticket", since).await;
        assert_eq!(joined["replaying"], 2);
        assert_eq!(joined["position"], json!({ "public": 2 }));
        assert_eq!(joined["ticket"]["position"], json!({ "public": 2 }));
        assert!(["priority", "labels", "snoozedUntil"].iter().all(|it| joined["ticket"].get(it).is_none()));
        assert_eq!(casey.event("replay_complete").await["position"], json!({ "public": 2 }));
        assert_eq!(casey.events_so_far("new_message").await, live);
    }
}

on_each_database! {
    async fn a_customer_cannot_page_by_an_internal_message_to_learn_of_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let before = casey.say(&ticket, "before").await;
        let secret = alex.ok("send_message", note(&ticket, "secret")).await["message"]["id"].clone();
        let after = casey.say(&ticket, "after").await;

        for (cursor, expected) in [("before", &before), ("after", &after)] {
            let page = casey.ok("get_messages", json!({ "ticketId": ticket, cursor: secret })).await;
            assert_eq!(page["messages"], json!([expected]));
            assert_eq!((&page["total"], &page["hasMore"]), (&json!(2), &json!(false)));
        }
    }
}

on_each_database! {
    async fn agents_see_both_streams_each_with_its_own_numbers(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut root) = (app.agent("alex").await, app.connect("root", deskwire::domain::Role::Admin).await);
        let ticket = alex.create_ticket("Help").await;
        root.join(&ticket).await;
        alex.say(&ticket, "public").await;
        alex.ok("send_message", note(&ticket, "internal")).await;
        alex.say(&ticket, "public again").await;

        let live = take_until(&mut root, "public again").await;
        let places: Vec<_> = live.iter().map(|it| (it["stream"].as_str().unwrap(), it["seq"].as_u64().unwrap())).collect();
        assert_eq!(places, [("public", 1), ("internal", 1), ("public", 2)]);
        let page = root.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["messages"], json!(live));
        assert_eq!((&page["total"], &page["position"]), (&json!(3), &json!({ "public": 2, "internal": 1 })));
    }
}

on_each_database! {
    async fn an_internal_note_does_not_change_when_a_ticket_was_updated(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let created = casey.ok("create_ticket", json!({ "subject": "Help", "message": "please" })).await;
        let ticket = created["ticket"]["id"].as_str().unwrap().to_owned();

        alex.ok("send_message", note(&ticket, "secret")).await;
        let noted = casey.join(&ticket).await["ticket"].clone();
        assert_eq!(noted["updatedAt"], created["ticket"]["updatedAt"]);

        let said = alex.say(&ticket, "hello").await;
        let answered = casey.join(&ticket).await["ticket"].clone();
        assert_eq!(answered["updatedAt"], said["createdAt"]);
        assert_eq!(answered["lastMessageAt"], said["createdAt"]);
    }
}

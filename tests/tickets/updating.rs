//! Changing tickets: fields, rights, bounds, and who is told what.

use crate::{harness::*, on_each_database};

/// Opens a ticket of the client's, and adds Bo to it.
async fn shared_ticket(app: &TestApp, casey: &mut WsClient, alex: &mut WsClient) -> String {
    drop(app.customer("bo").await);
    let ticket = casey.create_ticket("Help").await;
    alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "bo" })).await;
    ticket
}

on_each_database! {
    async fn each_stream_gets_its_own_fields_and_customers_miss_nothing(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        alex.join(&ticket).await;

        let answer = alex.ok("update_ticket", json!({
            "ticketId": ticket, "subject": " The <b>printer</b> ", "status": "pending", "assigneeId": "alex",
            "priority": "high", "labels": ["b", "a", " b "],
        })).await;
        let changes = json!({
            "subject": { "from": "Help", "to": "The printer" }, "status": { "from": "open", "to": "pending" },
            "assigneeId": { "from": null, "to": "alex" }, "priority": { "from": "normal", "to": "high" },
            "labels": { "from": [], "to": ["a", "b"] },
        });
        assert_eq!(answer["changes"], changes);
        assert_eq!(answer["ticket"]["subject"], "The printer");
        assert_eq!(answer["ticket"]["assignee"]["id"], "alex");
        assert_eq!(answer["ticket"]["labels"], json!(["a", "b"]));
        assert_eq!(answer["ticket"]["position"], json!({ "public": 1, "internal": 1 }));

        let public = json!({ "ticketId": ticket, "stream": "public", "seq": 1,
            "actor": { "id": "alex", "name": "Alex", "role": "agent" },
            "changes": { "subject": changes["subject"], "status": changes["status"], "assigneeId": changes["assigneeId"] } });
        assert_eq!(casey.event("ticket_updated").await, public);
        assert_eq!(alex.event("ticket_updated").await, public);
        let internal = alex.event("ticket_updated").await;
        assert_eq!((&internal["stream"], &internal["seq"]), (&json!("internal"), &json!(1)));
        assert_eq!(internal["changes"], json!({ "priority": changes["priority"], "labels": changes["labels"] }));

        // The next thing that a customer hears of is the next number.
        alex.ok("update_ticket", json!({ "ticketId": ticket, "priority": "low", "labels": [] })).await;
        assert_eq!(alex.say(&ticket, "on it").await["seq"], 2);
        assert_eq!(casey.event("new_message").await["seq"], 2);
        assert!(casey.events_so_far("ticket_updated").await.is_empty());

        let since = |epoch| json!({ "ticketId": ticket, "since": { "public": 0, "internal": 0 }, "epoch": epoch });
        let mut again = app.customer("casey").await;
        let rejoined = again.ok("join_ticket", since(&joined["epoch"])).await;
        assert_eq!((&rejoined["replaying"], &rejoined["position"]), (&json!(2), &json!({ "public": 2 })));
        assert_eq!(again.event("ticket_updated").await, public);
        assert!(rejoined["ticket"].get("labels").is_none() && rejoined["ticket"].get("priority").is_none());
        let mut again = app.agent("alex").await;
        assert_eq!(again.ok("join_ticket", since(&joined["epoch"])).await["replaying"], 4);
        assert_eq!(again.event("ticket_updated").await, public);
        assert_eq!(again.event("ticket_updated").await, internal);
        assert_eq!(again.event("ticket_updated").await["changes"]["priority"], json!({ "from": "high", "to": "low" }));
    }
}

on_each_database! {
    async fn internal_changes_do_not_show_in_what_customers_read(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        app.execute_sql("UPDATE tickets SET updated_at = 1000");
        let before = casey.join(&ticket).await["ticket"].clone();
        alex.ok("update_ticket", json!({ "ticketId": ticket, "priority": "urgent", "labels": ["vip"] })).await;
        assert_eq!(casey.join(&ticket).await["ticket"], before);
        alex.ok("update_ticket", json!({ "ticketId": ticket, "subject": "Other" })).await;
        assert_ne!(casey.join(&ticket).await["ticket"]["updatedAt"], before["updatedAt"]);
    }
}

on_each_database! {
    async fn each_field_has_its_own_right(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = shared_ticket(&app, &mut casey, &mut alex).await;
        let (mut bo, mut zoe) = (app.customer("bo").await, app.customer("zoe").await);
        let later = "2999-01-01T00:00:00Z";
        // The field, its value, and whether the requester and a participant may set it.
        for (field, value, requester, participant) in [
            ("subject", json!("Other"), true, false),
            ("status", json!("pending"), false, false),
            ("status", json!("open"), false, false),
            ("priority", json!("high"), false, false),
            ("assigneeId", json!("alex"), false, false),
            ("assigneeId", json!(null), false, false),
            ("labels", json!([]), false, false),
            ("snoozedUntil", json!(later), false, false),
            ("snoozedUntil", json!(null), false, false),
            ("muted", json!(true), true, true),
            ("status", json!("closed"), true, false),
        ] {
            let command = json!({ "ticketId": ticket, field: value });
            let hidden = zoe.refused("update_ticket", command.clone()).await;
            let missing = zoe.refused("update_ticket", json!({ "ticketId": "999", field: value })).await;
            assert_eq!(hidden, missing, "{field}");
            assert_eq!(hidden["code"], "not_found");
            for (client, may) in [(&mut bo, participant), (&mut casey, requester)] {
                if may {
                    client.ok("update_ticket", command.clone()).await;
                } else {
                    let error = client.refused("update_ticket", command.clone()).await;
                    assert_eq!((&error["code"], &error["field"]), (&json!("forbidden"), &json!(field)), "{value}");
                }
            }
        }
    }
}

on_each_database! {
    async fn one_forbidden_field_refuses_all_of_it(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        let both = json!({ "ticketId": ticket, "subject": "Other", "muted": true, "status": "closed", "priority": "high" });
        assert_eq!(casey.refused("update_ticket", both).await["code"], "forbidden");
        assert!(casey.events_so_far("ticket_updated").await.is_empty());
        assert_eq!(casey.join(&ticket).await["ticket"], joined["ticket"]);
        assert_eq!(app.rows("mutes"), 0);
    }
}

on_each_database! {
    async fn what_is_so_already_changes_nothing_and_is_no_event(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;
        let update = json!({ "ticketId": ticket, "subject": "Other", "status": "pending", "priority": "low",
            "assigneeId": "alex", "labels": ["x"], "muted": true });
        let first = alex.ok("update_ticket", update.clone()).await;
        assert_eq!(first["changes"].as_object().unwrap().len(), 6);
        assert_eq!(first["changes"]["muted"], json!({ "from": false, "to": true }));
        let again = alex.ok("update_ticket", update).await;
        assert_eq!(again["changes"], json!({}));
        assert_eq!(again["ticket"], first["ticket"]);
        assert_eq!(alex.events_so_far("ticket_updated").await.len(), 2);

        // By name, since no event will come.
        alex.send("update_ticket", json!({ "ticketId": ticket, "priority": "low" })).await;
        assert_eq!(alex.event("ticket_updated").await["changes"], json!({}));
        alex.send("update_ticket", json!({ "ticketId": ticket, "priority": "high" })).await;
        assert_eq!(alex.event("ticket_updated").await["seq"], 2);
        assert!(alex.events_so_far("ticket_updated").await.is_empty(), "once");
    }
}

on_each_database! {
    async fn what_cannot_be_is_refused_by_its_field(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        drop(app.customer("casey").await);
        let ticket = alex.create_ticket("Help").await;
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        for (field, value) in [
            ("subject", json!("x".repeat(201))),
            ("subject", json!("<p></p>")),
            ("labels", json!(many)),
            ("labels", json!(["fine", ""])),
            ("labels", json!(["x".repeat(51)])),
            ("assigneeId", json!("nobody")),
            ("assigneeId", json!("casey")),
        ] {
            let error = alex.refused("update_ticket", json!({ "ticketId": ticket, field: value })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{value}");
        }
        for command in [
            json!({ "ticketId": ticket }),
            json!({ "ticketId": ticket, "ifPosition": { "public": 9 } }),
            json!({ "ticketId": ticket, "subject": "x", "colour": "red" }),
            json!({ "ticketId": ticket, "status": "gone" }),
            json!({ "ticketId": ticket, "labels": "x" }),
        ] {
            assert_eq!(alex.refused("update_ticket", command.clone()).await["code"], "invalid_payload", "{command}");
        }
        let most: Vec<String> = many.iter().take(20).chain(&many[..5]).cloned().collect();
        alex.ok("update_ticket", json!({ "ticketId": ticket, "subject": "ä".repeat(200), "labels": most })).await;
        let labels = alex.ok("update_ticket", json!({ "ticketId": ticket, "labels": ["b", "a c", "B", "ä", "a"] })).await;
        assert_eq!(labels["ticket"]["labels"], json!(["B", "a", "a c", "b", "ä"]), "in the same order everywhere");
        assert_eq!(labels["changes"]["labels"]["to"], labels["ticket"]["labels"]);
    }
}

on_each_database! {
    async fn an_assignee_is_told_unless_they_took_it(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut kim) = (app.agent("alex").await, app.agent("kim").await);
        let ticket = alex.create_ticket("Help").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": "alex" })).await;
        let assigned = alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": "kim" })).await;
        assert_eq!(assigned["changes"]["assigneeId"], json!({ "from": "alex", "to": "kim" }));
        let told = kim.event("notification").await;
        assert_eq!((&told["kind"], &told["ticketId"]), (&json!("assigned"), &json!(ticket)));
        let freed = alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": null })).await;
        assert!(freed["ticket"].get("assignee").is_none());
        assert!(alex.events_so_far("notification").await.is_empty());
        assert!(kim.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn closing_tells_everyone_of_the_ticket_but_who_did_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut kim) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("kim").await);
        let ticket = shared_ticket(&app, &mut casey, &mut alex).await;
        let mut bo = app.customer("bo").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": "kim" })).await;
        assert_eq!(kim.event("notification").await["kind"], "assigned");
        bo.ok("update_ticket", json!({ "ticketId": ticket, "muted": true })).await;

        let closed = casey.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        assert_eq!(closed["ticket"]["status"], "closed");
        assert!(closed["ticket"]["closedAt"].is_string());
        assert_eq!(kim.event("notification").await["kind"], "ticket_closed");
        assert!(casey.events_so_far("notification").await.is_empty(), "who closed it knows");
        assert!(bo.events_so_far("notification").await.is_empty(), "who muted it is spared");

        let opened = alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "open" })).await;
        assert!(opened["ticket"].get("closedAt").is_none());
        bo.ok("update_ticket", json!({ "ticketId": ticket, "muted": false })).await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed", "assigneeId": "alex" })).await;
        for client in [&mut casey, &mut bo] {
            assert_eq!(client.event("notification").await["kind"], "ticket_closed");
        }
        assert!(kim.events_so_far("notification").await.is_empty(), "it is not theirs any more");
        assert!(alex.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn muting_is_the_callers_alone(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;
        let muted = casey.ok("update_ticket", json!({ "ticketId": ticket, "muted": true })).await;
        assert_eq!(muted["changes"], json!({ "muted": { "from": false, "to": true } }));
        assert_eq!(muted["ticket"]["position"], json!({ "public": 0 }), "it is in no log");
        assert_eq!(alex.ok("update_ticket", json!({ "ticketId": ticket, "muted": false })).await["changes"], json!({}));
        let unmuted = casey.ok("update_ticket", json!({ "ticketId": ticket, "muted": false, "subject": "Other" })).await;
        assert_eq!(unmuted["changes"]["muted"], json!({ "from": true, "to": false }));
        let event = alex.event("ticket_updated").await;
        assert_eq!(event["changes"], json!({ "subject": { "from": "Help", "to": "Other" } }));
        assert!(alex.events_so_far("ticket_updated").await.is_empty());
    }
}

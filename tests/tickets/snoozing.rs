//! Snoozing tickets, and their waking up.

use std::time::{Duration, SystemTime};

use crate::{harness::*, on_each_database};

fn ahead(by: Duration) -> String {
    humantime::format_rfc3339_millis(SystemTime::now() + by).to_string()
}

on_each_database! {
    async fn a_snoozed_ticket_wakes_up_by_itself(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let other = casey.create_ticket("Later").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;
        let until = ahead(Duration::from_secs(1));
        let snoozed = alex.ok("update_ticket", json!({ "ticketId": ticket, "snoozedUntil": until })).await;
        alex.ok("update_ticket", json!({ "ticketId": other, "snoozedUntil": ahead(Duration::from_secs(60)) })).await;
        assert_eq!(snoozed["ticket"]["status"], "snoozed");
        assert_eq!(snoozed["ticket"]["snoozedUntil"], json!(until));
        assert_eq!(casey.event("ticket_updated").await["changes"], json!({ "status": { "from": "open", "to": "snoozed" } }));
        alex.event("ticket_updated").await;
        let internal = alex.event("ticket_updated").await;
        assert_eq!(internal["changes"], json!({ "snoozedUntil": { "from": null, "to": until } }));

        let woken = json!({ "ticketId": ticket, "stream": "public", "seq": 2, "actor": null,
            "changes": { "status": { "from": "snoozed", "to": "open" } } });
        assert_eq!(casey.event("ticket_updated").await, woken);
        assert!(SystemTime::now() >= humantime::parse_rfc3339(&until).unwrap(), "not before its time");
        assert_eq!(alex.event("ticket_updated").await, woken);
        let internal = alex.event("ticket_updated").await;
        assert_eq!(internal["actor"], json!(null));
        assert_eq!(internal["changes"], json!({ "snoozedUntil": { "from": until, "to": null } }));
        assert_eq!(alex.join(&ticket).await["ticket"]["status"], "open");
        assert_eq!(alex.join(&other).await["ticket"]["status"], "snoozed");
    }
}

on_each_database! {
    async fn a_ticket_that_was_due_while_the_server_was_down_wakes_up_after_it(database) {
        let mut app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let epoch = alex.join(&ticket).await["epoch"].clone();
        alex.ok("update_ticket", json!({ "ticketId": ticket, "snoozedUntil": ahead(Duration::from_millis(300)) })).await;
        app.stop().await;
        app.restart().await;
        let mut alex = app.agent("alex").await;
        let since = json!({ "ticketId": ticket, "since": { "public": 1, "internal": 1 }, "epoch": epoch });
        alex.ok("join_ticket", since).await;
        let woken = alex.event("ticket_updated").await;
        assert_eq!((&woken["seq"], &woken["actor"]), (&json!(2), &json!(null)));
        assert_eq!(alex.event("ticket_updated").await["stream"], "internal");
        assert_eq!(alex.join(&ticket).await["position"], json!({ "public": 2, "internal": 2 }), "once");
    }
}

on_each_database! {
    async fn many_tickets_wake_up_and_each_once(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let mut tickets = Vec::new();
        for n in 0..30 {
            let ticket = alex.create_ticket(&n.to_string()).await;
            alex.join(&ticket).await;
            alex.ok("update_ticket", json!({ "ticketId": ticket, "snoozedUntil": ahead(Duration::from_millis(500)) })).await;
            tickets.push(ticket);
        }
        for ticket in &tickets {
            alex.frame(|frame| frame["data"]["ticketId"] == **ticket && frame["data"]["changes"]["status"]["to"] == "open").await;
        }
        for ticket in &tickets {
            assert_eq!(alex.join(ticket).await["position"], json!({ "public": 2, "internal": 2 }));
        }
    }
}

on_each_database! {
    async fn status_and_time_move_each_other(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let later = ahead(Duration::from_secs(3_600));
        // What is sent, and what status comes of it; `null` for a refusal.
        for (fields, status) in [
            (json!({ "status": "snoozed" }), json!(null)),
            (json!({ "snoozedUntil": later, "status": "pending" }), json!(null)),
            (json!({ "snoozedUntil": later, "status": "closed" }), json!(null)),
            (json!({ "snoozedUntil": ahead(Duration::ZERO) }), json!(null)),
            (json!({ "snoozedUntil": "2020-01-01T00:00:00Z" }), json!(null)),
            (json!({ "snoozedUntil": ahead(Duration::from_secs(370 * 86_400)) }), json!(null)),
            (json!({ "snoozedUntil": null }), json!("open")),
            (json!({ "snoozedUntil": later }), json!("snoozed")),
            (json!({ "status": "snoozed" }), json!("snoozed")),
            (json!({ "status": "snoozed", "snoozedUntil": null }), json!(null)),
            (json!({ "snoozedUntil": ahead(Duration::from_secs(364 * 86_400)), "status": "snoozed" }), json!("snoozed")),
            (json!({ "snoozedUntil": null }), json!("open")),
            (json!({ "snoozedUntil": later }), json!("snoozed")),
            (json!({ "status": "pending" }), json!("pending")),
            (json!({ "snoozedUntil": later }), json!("snoozed")),
            (json!({ "status": "closed", "snoozedUntil": null }), json!("closed")),
            (json!({ "snoozedUntil": later }), json!("snoozed")),
        ] {
            let mut update = fields.clone();
            update["ticketId"] = json!(ticket);
            let answer = alex.request("update_ticket", update).await;
            if status.is_null() {
                let error = &answer["error"];
                assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("snoozedUntil")), "{fields}");
                continue;
            }
            let now = &answer["ticket"];
            assert_eq!(now["status"], status, "{fields}: {answer}");
            assert_eq!(now["snoozedUntil"].is_string(), status == "snoozed", "{fields}");
            assert_eq!(now["closedAt"].is_string(), status == "closed", "{fields}");
        }
        let bad = json!({ "ticketId": ticket, "snoozedUntil": "tomorrow" });
        assert_eq!(alex.refused("update_ticket", bad).await["code"], "invalid_payload");
    }
}

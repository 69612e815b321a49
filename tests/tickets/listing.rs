//! Lists of tickets: what is in them, in which order, and page by page.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// The ids of a reply's tickets.
fn ids(reply: &Value) -> Vec<String> {
    let tickets = reply["tickets"].as_array().unwrap();
    tickets.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect()
}

async fn list(client: &mut WsClient, filter: Value) -> Vec<String> {
    ids(&client.ok("list_tickets", filter).await)
}

on_each_database! {
    async fn the_ticket_that_was_updated_last_comes_first(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let one = casey.create_ticket("One").await;
        let two = casey.create_ticket("Two").await;
        app.execute_sql("UPDATE tickets SET updated_at = 1000");
        assert_eq!(list(&mut alex, json!({})).await, [&*two, &*one], "of the same time, the newer first");
        let said = casey.say(&one, "hello").await;
        let reply = alex.ok("list_tickets", json!({})).await;
        assert_eq!(ids(&reply), [&*one, &*two]);
        assert_eq!(reply["nextCursor"], Value::Null);
        let [first, second] = [&reply["tickets"][0], &reply["tickets"][1]];
        assert_eq!((&first["lastMessage"], &first["unread"]), (&said, &json!(1)));
        assert_eq!(first["requester"]["name"], "Casey");
        assert!(second.get("lastMessage").is_none());
        assert_eq!(second["unread"], 0);
        assert!(first.get("muted").is_none());
    }
}

on_each_database! {
    async fn a_customer_lists_only_what_is_theirs_and_no_agents_fields(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut sam) = (app.customer("casey").await, app.customer("sam").await);
        let mut alex = app.agent("alex").await;
        let own = sam.create_ticket("Own").await;
        let foreign = casey.create_ticket("Foreign").await;
        let shared = json!({ "subject": "Shared", "requesterId": "casey", "participants": ["sam"], "priority": "high" });
        let shared = alex.ok("create_ticket", shared).await["ticket"]["id"].as_str().unwrap().to_owned();
        alex.say(&shared, "public").await;
        alex.ok("send_message", json!({ "ticketId": shared, "message": "psst", "visibility": "internal" })).await;

        let reply = sam.ok("list_tickets", json!({})).await;
        assert_eq!(ids(&reply), [&*shared, &*own]);
        assert_eq!(reply["tickets"][0]["lastMessage"]["message"], "public");
        assert_eq!(reply["tickets"][0]["unread"], 1);
        for field in ["priority", "labels", "snoozedUntil"] {
            assert!(reply["tickets"][0].get(field).is_none(), "{field}");
        }
        assert!(reply["tickets"][0]["position"].get("internal").is_none());
        let seen = alex.ok("list_tickets", json!({})).await;
        assert_eq!(ids(&seen), [&*shared, &*foreign, &*own]);
        assert_eq!(seen["tickets"][0]["lastMessage"]["message"], "psst");
        assert_eq!(seen["tickets"][0]["priority"], "high");
        assert_eq!(list(&mut sam, json!({ "requesterId": "casey" })).await, [&*shared], "within what is theirs");

        let refused = sam.refused("list_tickets", json!({ "label": "vip" })).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("forbidden"), &json!("label")));
        let missing = sam.refused("get_ticket", json!({ "ticketId": "999999" })).await;
        assert_eq!((&missing["code"], &missing["field"]), (&json!("not_found"), &json!("ticketId")));
        assert_eq!(sam.refused("get_ticket", json!({ "ticketId": foreign })).await, missing);
    }
}

on_each_database! {
    async fn filters_narrow_the_list_together(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut sam) = (app.customer("casey").await, app.customer("sam").await);
        let mut alex = app.agent("alex").await;
        let printer = casey.create_ticket("Printer on fire").await;
        let phone = casey.create_ticket("Phone is dead").await;
        let screen = sam.create_ticket("Screen of the printer").await;
        app.execute_sql(&format!("UPDATE tickets SET status = 'closed', assignee_id = 'alex' WHERE id = {phone}"));
        app.execute_sql(&format!("INSERT INTO ticket_labels VALUES ({phone}, 'vip'), ({screen}, 'vip')"));
        app.execute_sql(&format!("INSERT INTO mutes VALUES ({screen}, 'alex')"));

        for (filter, expected) in [
            (json!({ "status": "closed" }), vec![&phone]),
            (json!({ "status": "open" }), vec![&screen, &printer]),
            (json!({ "assigneeId": "alex" }), vec![&phone]),
            (json!({ "assigneeId": null }), vec![&screen, &printer]),
            (json!({ "assigneeId": "nobody" }), vec![]),
            (json!({ "requesterId": "casey" }), vec![&phone, &printer]),
            (json!({ "requesterId": "casey", "assigneeId": null }), vec![&printer]),
            (json!({ "label": "vip" }), vec![&screen, &phone]),
            (json!({ "label": "vip", "status": "open" }), vec![&screen]),
            (json!({ "query": "PRINTER" }), vec![&screen, &printer]),
            (json!({ "query": "fire printer" }), vec![&printer]),
            (json!({ "query": "printer dead" }), vec![]),
            (json!({ "query": format!("#{phone}") }), vec![&phone]),
            (json!({ "query": printer }), vec![&printer]),
            (json!({ "query": "  " }), vec![&screen, &phone, &printer]),
        ] {
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(list(&mut alex, filter.clone()).await, expected, "{filter}");
        }
        assert_eq!(list(&mut casey, json!({ "query": "printer" })).await, [printer]);
        let reply = alex.ok("list_tickets", json!({})).await;
        assert_eq!(reply["tickets"][0]["muted"], true);
        assert_eq!(reply["tickets"][0]["labels"], json!(["vip"]));
        assert_eq!(reply["tickets"][1]["assignee"]["id"], "alex");
        assert_eq!(alex.ok("get_ticket", json!({ "ticketId": screen })).await["ticket"]["muted"], true);
        assert!(sam.ok("get_ticket", json!({ "ticketId": screen })).await["ticket"].get("muted").is_none());
    }
}

/// Reads a list to its end, and gives the ids and the sizes of the pages.
async fn read_all(client: &mut WsClient, limit: u32) -> (Vec<String>, Vec<usize>) {
    let (mut all, mut sizes, mut cursor) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let reply = client.ok("list_tickets", json!({ "limit": limit, "cursor": cursor })).await;
        let page = ids(&reply);
        sizes.push(page.len());
        all.extend(page);
        cursor = reply["nextCursor"].clone();
        if cursor.is_null() {
            return (all, sizes);
        }
    }
}

on_each_database! {
    async fn pages_hold_every_ticket_once_whatever_times_they_share(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut opened = Vec::new();
        for n in 0..7 {
            opened.push(casey.create_ticket(&format!("Ticket {n}")).await);
        }
        // Casey takes part in a ticket of another's, which is found by another way.
        let shared = json!({ "subject": "Shared", "participants": ["casey"] });
        let shared = alex.ok("create_ticket", shared).await["ticket"]["id"].as_str().unwrap().to_owned();
        opened.push(shared);
        app.execute_sql("UPDATE tickets SET updated_at = 1000 + id % 3");
        let expected = list(&mut alex, json!({})).await;
        for client in [&mut alex, &mut casey] {
            for (limit, sizes) in [(3, vec![3, 3, 2]), (4, vec![4, 4]), (8, vec![8]), (200, vec![8])] {
                assert_eq!(read_all(client, limit).await, (expected.clone(), sizes));
            }
        }
        opened.sort();
        let mut sorted = expected;
        sorted.sort();
        assert_eq!(sorted, opened);
    }
}

on_each_database! {
    async fn a_reply_ends_early_where_it_would_become_too_large(database) {
        let app = TestApp::with(database, |settings| settings.bounds.history_bytes = 8_000).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        for size in [9_000, 3_000, 3_000, 10] {
            let ticket = casey.create_ticket("Long").await;
            casey.say(&ticket, &"x".repeat(size)).await;
        }
        let (all, sizes) = read_all(&mut alex, 50).await;
        assert_eq!(all.len(), 4);
        assert_eq!(sizes, [3, 1], "and what fits in no page comes alone");
    }
}

on_each_database! {
    async fn what_cannot_be_asked_is_refused(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        for (field, filter) in [
            ("limit", json!({ "limit": 0 })),
            ("limit", json!({ "limit": 201 })),
            ("cursor", json!({ "cursor": "nonsense" })),
            ("cursor", json!({ "cursor": "" })),
            ("query", json!({ "query": "x".repeat(201) })),
            ("label", json!({ "label": "x".repeat(51) })),
            ("status", json!({ "status": "lost" })),
        ] {
            let refused = alex.refused("list_tickets", filter).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid_payload"), &json!(field)));
        }
    }
}

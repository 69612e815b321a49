//! `get_messages`: the bounds of a page.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_limit_is_1_to_200_and_cursors_exclude_each_other(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Talk").await;

        for limit in [1, 200] {
            casey.ok("get_messages", json!({ "ticketId": ticket, "limit": limit })).await;
        }
        for limit in [json!(0), json!(201), json!(-1), json!(1.5), json!("x"), json!(u64::MAX)] {
            let error = casey.refused("get_messages", json!({ "ticketId": ticket, "limit": limit })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("limit")), "{limit}");
        }
        for both in [json!({ "before": 1, "after": 1 }), json!({ "offset": 1, "before": 1 }), json!({ "offset": 0, "after": 1 })] {
            let mut data = both;
            data["ticketId"] = json!(ticket);
            assert_eq!(casey.refused("get_messages", data).await["code"], "invalid_payload");
        }
    }
}

on_each_database! {
    async fn a_page_is_cut_at_256_kib_and_reading_goes_on_from_the_cut(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Long").await;
        for n in 0..60 {
            casey.say(&ticket, &format!("{n} {}", "x".repeat(9_900))).await;
        }

        for (cursor, start) in [("before", json!(i64::MAX)), ("after", json!(0))] {
            let mut from = start;
            let mut seqs = Vec::new();
            loop {
                let page = casey.ok("get_messages", json!({ "ticketId": ticket, "limit": 200, cursor: from })).await;
                let bytes = serde_json::to_string(&page["messages"]).unwrap().len();
                assert!(bytes <= 256 * 1024 + 200, "{bytes}");
                let messages = page["messages"].as_array().unwrap();
                let of_page: Vec<u64> = messages.iter().map(|it| it["seq"].as_u64().unwrap()).collect();
                assert!(of_page.is_sorted() && !of_page.is_empty());
                let next = if cursor == "before" { messages.first() } else { messages.last() };
                from = next.unwrap()["id"].clone();
                if cursor == "before" { seqs.splice(0..0, of_page); } else { seqs.extend(of_page); }
                if page["hasMore"] == false { break; }
                assert!(bytes > 240 * 1024, "a page that was cut is nearly full: {bytes}");
            }
            assert_eq!(seqs, (1..=60).collect::<Vec<u64>>(), "{cursor}");
        }
    }
}

on_each_database! {
    async fn one_message_over_the_bound_still_makes_a_page(database) {
        let app = TestApp::with(database, |settings| settings.bounds.history_bytes = 1_000).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Long").await;
        for _ in 0..3 {
            casey.say(&ticket, &"x".repeat(5_000)).await;
        }

        let page = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["messages"].as_array().unwrap().len(), 1);
        assert_eq!(page["messages"][0]["seq"], 3);
        assert_eq!(page["hasMore"], true);
    }
}

on_each_database! {
    async fn history_needs_no_joined_room_and_an_empty_ticket_has_an_empty_page(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Empty").await;

        let page = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        let expected = json!({ "success": true, "ticketId": ticket, "messages": [], "total": 0, "hasMore": false,
            "position": { "public": 0 } });
        assert_eq!(page, expected);
    }
}

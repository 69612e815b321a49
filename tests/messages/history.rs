//! `get_messages`: which page is asked for.

use super::texts;
use crate::{harness::*, on_each_database};

async fn page(client: &mut WsClient, ticket: &str, query: serde_json::Value) -> (Vec<String>, bool) {
    let mut data = query;
    data["ticketId"] = json!(ticket);
    let page = client.ok("get_messages", data).await;
    let texts = texts(page["messages"].as_array().unwrap()).into_iter().map(str::to_owned).collect();
    (texts, page["hasMore"].as_bool().unwrap())
}

fn numbers(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// Ten public messages 1…10, and an internal one behind each even number.
async fn talk(alex: &mut WsClient) -> (String, Vec<serde_json::Value>) {
    let ticket = alex.create_ticket("Talk").await;
    let mut ids = Vec::new();
    for n in 1..=10 {
        ids.push(alex.say(&ticket, &n.to_string()).await["id"].clone());
        if n % 2 == 0 {
            let note =
                json!({ "ticketId": ticket, "message": format!("note {n}"), "visibility": "internal" });
            alex.ok("send_message", note).await;
        }
    }
    (ticket, ids)
}

on_each_database! {
    async fn pages_come_oldest_first_and_offset_counts_back_from_the_newest(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Talk").await;
        for n in 1..=60 {
            casey.say(&ticket, &n.to_string()).await;
        }

        assert_eq!(page(&mut casey, &ticket, json!({})).await, (numbers(11..=60), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 60 })).await, (numbers(1..=60), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 200 })).await, (numbers(1..=60), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 10, "offset": 10 })).await, (numbers(41..=50), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "offset": 50 })).await, (numbers(1..=10), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 10, "offset": 50 })).await, (numbers(1..=10), false));
        for beyond in [60, 61, u32::MAX] {
            assert_eq!(page(&mut casey, &ticket, json!({ "offset": beyond })).await, (vec![], false));
        }
        let all = casey.ok("get_messages", json!({ "ticketId": ticket, "limit": 1 })).await;
        assert_eq!((&all["total"], &all["position"]), (&json!(60), &json!({ "public": 60 })));
    }
}

on_each_database! {
    async fn before_and_after_page_from_a_message_without_it(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Talk").await;
        let mut ids = Vec::new();
        for n in 1..=10 {
            ids.push(casey.say(&ticket, &n.to_string()).await["id"].clone());
        }

        let fifth = &ids[4];
        assert_eq!(page(&mut casey, &ticket, json!({ "before": fifth })).await, (numbers(1..=4), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "before": fifth, "limit": 3 })).await, (numbers(2..=4), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "before": fifth, "limit": 4 })).await, (numbers(1..=4), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "after": fifth })).await, (numbers(6..=10), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "after": fifth, "limit": 3 })).await, (numbers(6..=8), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "after": fifth, "limit": 5 })).await, (numbers(6..=10), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "before": ids[0] })).await, (vec![], false));
        assert_eq!(page(&mut casey, &ticket, json!({ "after": ids[9] })).await, (vec![], false));
        assert_eq!(page(&mut casey, &ticket, json!({ "after": 0 })).await, (numbers(1..=10), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "before": i64::MAX })).await, (numbers(1..=10), false));
    }
}

on_each_database! {
    async fn paging_through_everything_yields_each_message_once_in_one_order_for_each_role(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        casey.create_ticket("Makes casey known").await;
        let (ticket, _) = talk(&mut alex).await;
        let all = page(&mut alex, &ticket, json!({ "limit": 200 })).await.0;
        assert_eq!(all.len(), 15);
        assert_eq!(all[..4], ["1", "2", "note 2", "3"]);

        for limit in [1, 2, 4, 7, 15] {
            let (mut back, mut forth, mut by_offset) = (Vec::new(), Vec::new(), Vec::new());
            let (mut before, mut after, mut offset) = (json!(i64::MAX), json!(0), 0);
            loop {
                let read = alex.ok("get_messages", json!({ "ticketId": ticket, "limit": limit, "before": before })).await;
                let messages = read["messages"].as_array().unwrap();
                back.splice(0..0, texts(messages).into_iter().map(str::to_owned));
                if read["hasMore"] == false { break; }
                before = messages[0]["id"].clone();
            }
            loop {
                let read = alex.ok("get_messages", json!({ "ticketId": ticket, "limit": limit, "after": after })).await;
                let messages = read["messages"].as_array().unwrap();
                forth.extend(texts(messages).into_iter().map(str::to_owned));
                if read["hasMore"] == false { break; }
                after = messages[messages.len() - 1]["id"].clone();
            }
            loop {
                let (messages, more) = page(&mut alex, &ticket, json!({ "limit": limit, "offset": offset })).await;
                offset += messages.len();
                by_offset.splice(0..0, messages);
                if !more { break; }
            }
            assert_eq!(back, all, "limit {limit}");
            assert_eq!(forth, all, "limit {limit}");
            assert_eq!(by_offset, all, "limit {limit}");
        }
    }
}

on_each_database! {
    async fn a_customers_pages_hold_public_messages_only(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Talk").await;
        for n in 1..=10 {
            let visibility = if n % 2 == 0 { "internal" } else { "public" };
            let send = json!({ "ticketId": ticket, "message": n.to_string(), "visibility": visibility });
            alex.ok("send_message", send).await;
        }

        let odd: Vec<String> = (1..=10).step_by(2).map(|n| n.to_string()).collect();
        assert_eq!(page(&mut casey, &ticket, json!({})).await, (odd.clone(), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 5 })).await, (odd.clone(), false));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 2 })).await, (odd[3..].to_vec(), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "limit": 2, "offset": 2 })).await, (odd[1..3].to_vec(), true));
        assert_eq!(page(&mut casey, &ticket, json!({ "offset": 5 })).await, (vec![], false));
    }
}

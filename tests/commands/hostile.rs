//! Data that no client means: numbers at their ends, odd characters, forged places, lists without end.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// Whatever is asked, it is never the server's fault, and the connection stays.
async fn poke(client: &mut WsClient, command: &str, data: Value) {
    let answer = client.request(command, data.clone()).await;
    let code = answer["error"]["code"].as_str().unwrap_or("ok");
    assert!(!["internal", "overloaded"].contains(&code), "{command} {:.300}: {answer}", data.to_string());
}

/// Raw JSON, for numbers that a `Value` cannot hold.
async fn poke_raw(client: &mut WsClient, command: &str, data: &str) {
    client.send_text(format!(r#"{{"event":"{command}","data":{data},"ack":"raw"}}"#)).await;
    let answer = client.frame(|frame| frame["ack"] == "raw").await["data"].clone();
    let code = answer["error"]["code"].as_str().unwrap_or("ok");
    assert!(!["internal", "overloaded"].contains(&code), "{command} {data:.300}: {answer}");
}

const ODD: [&str; 24] = [
    "",
    " ",
    "\u{0}",
    "a\u{0}b",
    "'",
    "\\",
    "\"",
    "' OR 1=1 --",
    "%",
    "_",
    "*",
    "\u{fdfa}",
    "\u{1f1e9}",
    "İ",
    "ß",
    "ς",
    "\u{16e40}",
    "e\u{301}",
    "\u{200d}",
    "\u{fe0f}",
    "#1p",
    "a:*",
    "&|!()",
    "\u{10ffff}",
];

on_each_database! {
    async fn odd_texts_are_looked_for_like_others(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help \u{fdfa} İ").await;
        for text in ODD {
            let message = json!({ "ticketId": ticket, "message": format!("x {text} y{text}"), "format": "text" });
            poke(&mut casey, "send_message", message).await;
        }
        for text in ODD {
            for query in [text.to_owned(), format!("x {text}"), text.repeat(30), format!("{text} y")] {
                for client in [&mut casey, &mut alex] {
                    for data in [json!({ "query": query }), json!({ "query": query, "ticketId": ticket })] {
                        poke(client, "search_messages", data).await;
                    }
                    poke(client, "list_tickets", json!({ "query": query })).await;
                    poke(client, "list_tickets", json!({ "label": query })).await;
                }
                for field in ["requesterId", "assigneeId"] {
                    poke(&mut alex, "list_tickets", json!({ field: query })).await;
                    poke(&mut alex, "subscribe_queue", json!({ field: query })).await;
                }
                poke(&mut alex, "get_user_status", json!({ "userId": query })).await;
                poke(&mut alex, "get_users_status", json!({ "userIds": [query, query] })).await;
                poke(&mut alex, "add_participant", json!({ "ticketId": ticket, "userId": query })).await;
                poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "labels": [query, query], "assigneeId": query })).await;
                poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "labels": [query, query] })).await;
                poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "subject": query })).await;
                poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "snoozedUntil": query })).await;
                let canned = json!({ "shortcut": query, "title": query, "message": query });
                poke(&mut alex, "save_canned_response", canned).await;
                let canned = json!({ "shortcut": "a", "title": "t", "message": query, "shared": true });
                poke(&mut alex, "save_canned_response", canned).await;
                poke(&mut alex, "add_reaction", json!({ "messageId": 1, "emoji": query })).await;
            }
        }
        alex.ok("list_canned_responses", json!({})).await;
    }
}

on_each_database! {
    async fn numbers_at_their_ends_and_forged_places_are_answered(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.say(&ticket, "one").await;
        let numbers = [
            "0", "-1", "-0", "1.5", "1e3", "1e308", "-1e308", "1e400", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
            "4294967295", "4294967296", "null", "true", "[]", "{}", "\"-9223372036854775808\"", "\"9223372036854775807\"",
        ];
        for n in numbers {
            for client in [&mut casey, &mut alex] {
                for (command, data) in [
                    ("mark_read", format!(r#"{{"ticketId":{ticket},"seq":{n}}}"#)),
                    ("mark_read", format!(r#"{{"ticketId":{ticket},"messageId":{n}}}"#)),
                    ("mark_delivered", format!(r#"{{"ticketId":{n},"seq":1}}"#)),
                    ("get_notifications", format!(r#"{{"before":{n}}}"#)),
                    ("get_notifications", format!(r#"{{"limit":{n}}}"#)),
                    ("mark_notification_read", format!(r#"{{"notificationId":{n}}}"#)),
                    ("search_messages", format!(r#"{{"query":"one","before":{n}}}"#)),
                    ("search_messages", format!(r#"{{"query":"one","limit":{n}}}"#)),
                    ("search_messages", format!(r#"{{"query":"one","ticketId":{n}}}"#)),
                    ("list_tickets", format!(r#"{{"limit":{n}}}"#)),
                    ("list_tickets", format!(r#"{{"query":"{}"}}"#, n.replace('"', ""))),
                    ("get_ticket", format!(r#"{{"ticketId":{n}}}"#)),
                    ("get_messages", format!(r#"{{"ticketId":{ticket},"offset":{n}}}"#)),
                    ("get_messages", format!(r#"{{"ticketId":{ticket},"before":{n}}}"#)),
                    ("get_messages", format!(r#"{{"ticketId":{ticket},"after":{n}}}"#)),
                    ("rate_ticket", format!(r#"{{"ticketId":{ticket},"score":{n}}}"#)),
                    ("edit_message", format!(r#"{{"messageId":{n},"message":"x"}}"#)),
                    ("delete_canned_response", format!(r#"{{"id":{n}}}"#)),
                    ("update_ticket", format!(r#"{{"ticketId":{ticket},"muted":true,"ifPosition":{{"public":{n},"internal":{n}}}}}"#)),
                    ("join_ticket", format!(r#"{{"ticketId":{ticket},"since":{{"public":{n},"internal":{n}}}}}"#)),
                    ("send_message", format!(r#"{{"ticketId":{ticket},"message":"x","replyTo":{n}}}"#)),
                ] {
                    poke_raw(client, command, &data).await;
                }
            }
        }
        let cursors = [
            "0.0", "-1.-1", "9223372036854775807.9223372036854775807", "-9223372036854775808.-9223372036854775808",
            "9223372036854775808.1", "1.1.1", "+1.+1", " 1.1", "\u{0}.1", "1e3.1",
        ];
        for cursor in cursors {
            use base64::Engine;
            let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(cursor);
            poke(&mut casey, "list_tickets", json!({ "cursor": cursor })).await;
            poke(&mut alex, "list_tickets", json!({ "cursor": cursor, "status": "open", "query": "help" })).await;
        }
        for time in [
            "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
            "-001-01-01T00:00:00Z", "2026-06-30T23:59:60Z", "2027-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-12-01T24:00:00Z", "10000-01-01T00:00:00Z", "2026-12-24T18:00:00+01:00", "2026-12-24T18:00:00.99999999999999999999Z",
            "2026-12-24T18:00:00.Z", "2026-12-24T18:00:00ZZ", "ééééééééééééé", "2026-12-24T18:00:0é", "2026-12-24T18:00:00é", "Z", "",
        ] {
            poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "snoozedUntil": time })).await;
            poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "snoozedUntil": time, "status": "snoozed" })).await;
        }
        let many: Vec<String> = (0..20_000).map(|n| format!("l{n}")).collect();
        poke(&mut alex, "update_ticket", json!({ "ticketId": ticket, "labels": many })).await;
        poke(&mut alex, "get_users_status", json!({ "userIds": many })).await;
        poke(&mut casey, "get_users_status", json!({ "userIds": many })).await;
        poke(&mut alex, "create_ticket", json!({ "subject": "x", "participants": many })).await;
    }
}

//! What counts as the same message under one `clientMessageId`.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// What is sent first; the variations start from it.
fn original(ticket: &str, quoted: &Value) -> Value {
    json!({
        "ticketId": ticket,
        "message": "hello",
        "format": "text",
        "visibility": "public",
        "replyTo": quoted["id"],
        "clientMessageId": "k1",
        "attachments": [{ "name": "a.txt", "type": "text/plain", "data": "aGVsbG8=" }],
    })
}

on_each_database! {
    async fn other_content_under_a_used_key_is_a_conflict_that_names_the_key(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let quoted = alex.say(&ticket, "question").await;
        let other = alex.say(&ticket, "another question").await;
        let message = original(&ticket, &quoted);
        alex.ok("send_message", message.clone()).await;

        for (path, changed) in [
            ("/message", json!("hello!")),
            ("/message", json!("hello ")),
            ("/format", json!("html")),
            ("/visibility", json!("internal")),
            ("/replyTo", other["id"].clone()),
            ("/replyTo", Value::Null),
            ("/attachments", json!([])),
            ("/attachments/0/name", json!("b.txt")),
            ("/attachments/0/data", json!("d29ybGQ=")),
            ("/attachments/0", json!({ "name": "a.txt", "url": "https://example.org/a.txt" })),
        ] {
            let mut retry = message.clone();
            *retry.pointer_mut(path).unwrap() = changed;
            let error = alex.refused("send_message", retry).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("conflict"), &json!("clientMessageId")), "{path}");
        }

        assert_eq!(alex.ok("send_message", message).await["duplicate"], true);
    }
}

on_each_database! {
    async fn the_same_content_written_otherwise_is_a_retry(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let quoted = casey.say(&ticket, "question").await;
        let mut message = original(&ticket, &quoted);
        // Bytes whose base64 differs between the alphabets and in its padding.
        message["attachments"][0]["data"] = json!("Pz8/Pn4=");
        let first = casey.ok("send_message", message.clone()).await;

        for (path, changed) in [
            ("/attachments/0/data", json!("Pz8_Pn4")),
            ("/attachments/0/data", json!("data:text/plain;base64,Pz8/Pn4=")),
            ("/attachments/0/type", json!("image/png")),
            ("/replyTo", json!(quoted["id"].as_str().unwrap().parse::<u64>().unwrap())),
            ("/ticketId", json!(ticket.parse::<u64>().unwrap())),
            ("/visibility", Value::Null),
        ] {
            let mut retry = message.clone();
            *retry.pointer_mut(path).unwrap() = changed;
            let again = casey.ok("send_message", retry).await;
            assert_eq!(again["duplicate"], true, "{path}");
            assert_eq!(again["message"], first["message"], "{path}");
        }
    }
}

on_each_database! {
    async fn a_retry_leaves_no_second_file_behind(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let quoted = casey.say(&ticket, "question").await;
        let message = original(&ticket, &quoted);

        let first = casey.ok("send_message", message.clone()).await;
        casey.ok("send_message", message.clone()).await;
        let mut changed = message;
        changed["message"] = json!("other");
        casey.refused("send_message", changed).await;

        let files = app.attachment_files();
        assert_eq!(files.len(), 1, "{files:?}");
        // The id is spread over a folder and a name.
        let kept = files[0].to_string_lossy().replace('/', "");
        assert!(kept.ends_with(first["message"]["attachments"][0]["id"].as_str().unwrap()), "{kept}");
    }
}

//! A refused command leaves nothing behind: no row, no file, no event.

use std::fs;

use serde_json::Value;

use super::{PNG, attach, fetch, file};
use crate::{harness::*, on_each_database};
use deskwire::domain::Role;

on_each_database! {
    async fn a_refused_message_leaves_no_row_no_file_and_no_event(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut robin = app.customer("robin").await;
        let ticket = casey.create_ticket("x").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;
        let message = |extra: Value| {
            let mut data = json!({ "ticketId": ticket, "message": "m", "attachments": [file("a.png", PNG)] });
            data.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            data
        };
        casey.ok("send_message", message(json!({ "clientMessageId": "k", "attachments": [] }))).await;
        let code = |error: Value| error["code"].as_str().unwrap().to_owned();

        assert_eq!(code(robin.refused("send_message", message(json!({}))).await), "not_found");
        assert_eq!(code(casey.refused("send_message", message(json!({ "ticketId": 999 }))).await), "not_found");
        let internal = message(json!({ "visibility": "internal" }));
        assert_eq!(code(casey.refused("send_message", internal).await), "forbidden");
        let moved = message(json!({ "ifPosition": { "public": 0 } }));
        assert_eq!(code(casey.refused("send_message", moved).await), "conflict");
        let other_content = message(json!({ "clientMessageId": "k" }));
        assert_eq!(code(casey.refused("send_message", other_content).await), "conflict");
        let no_such_parent = message(json!({ "replyTo": 999_999 }));
        assert_eq!(code(casey.refused("send_message", no_such_parent).await), "not_found");
        let too_long = message(json!({ "message": "x".repeat(10_001) }));
        assert_eq!(code(casey.refused("send_message", too_long).await), "invalid_payload");
        let second_bad = message(json!({ "attachments": [file("a.png", PNG), file("b.html", b"<html>")] }));
        assert_eq!(code(casey.refused("send_message", second_bad).await), "unsupported_media_type");

        assert_eq!(app.attachment_files(), Vec::<std::path::PathBuf>::new());
        assert_eq!((app.rows("messages"), app.rows("attachments")), (1, 0));
        for client in [&mut casey, &mut alex] {
            assert_eq!(client.events_so_far("new_message").await.len(), 1);
        }
    }
}

on_each_database! {
    async fn a_retry_keeps_the_files_of_the_first_attempt_only(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let data = json!({ "ticketId": ticket, "clientMessageId": "k", "attachments": [file("a.png", PNG)] });
        let first = casey.ok("send_message", data.clone()).await;
        for _ in 0..3 {
            let again = casey.ok("send_message", data.clone()).await;
            assert_eq!((&again["duplicate"], &again["message"]), (&json!(true), &first["message"]));
        }
        assert_eq!((app.attachment_files().len(), app.rows("attachments")), (1, 1));
        let url = first["message"]["attachments"][0]["url"].as_str().unwrap();
        assert_eq!(fetch(&app, &app.token("casey", Role::Customer), url).await.body, PNG);
    }
}

on_each_database! {
    async fn a_refused_or_repeated_ticket_leaves_no_file(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let data = json!({ "subject": "x", "clientTicketId": "t", "attachments": [file("a.png", PNG)] });
        let first = casey.ok("create_ticket", data.clone()).await;
        let again = casey.ok("create_ticket", data.clone()).await;
        assert_eq!((&again["duplicate"], &again["ticket"]["id"]), (&json!(true), &first["ticket"]["id"]));
        let mut other = data.clone();
        other["subject"] = json!("y");
        assert_eq!(casey.refused("create_ticket", other).await["code"], "conflict");
        let mut forbidden = data.clone();
        forbidden["priority"] = json!("high");
        assert_eq!(casey.refused("create_ticket", forbidden).await["code"], "forbidden");
        let mut unknown = data;
        unknown["participants"] = json!(["nobody"]);
        unknown["clientTicketId"] = json!("u");
        app.agent("alex").await.refused("create_ticket", unknown).await;
        assert_eq!((app.attachment_files().len(), app.rows("tickets")), (1, 1));
    }
}

#[tokio::test]
async fn when_files_cannot_be_stored_the_message_is_not_sent() {
    let app = TestApp::start(Database::Sqlite).await;
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    let ticket = casey.create_ticket("x").await;
    alex.join(&ticket).await;
    let (folder, aside) = (app.data_dir().join("attachments"), app.data_dir().join("aside"));
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "in the way").unwrap();

    let data = json!({ "ticketId": ticket, "message": "m", "clientMessageId": "k", "attachments": [file("a.png", PNG)] });
    let error = casey.refused("send_message", data.clone()).await;
    assert_eq!(error["code"], "overloaded");
    assert!(error["retryAfterMs"].as_u64().unwrap() > 0);
    assert_eq!(app.rows("messages"), 0);
    // Words alone still pass.
    casey.say(&ticket, "words").await;
    alex.event("new_message").await;

    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    casey.ok("send_message", data).await;
    assert_eq!(alex.event("new_message").await["attachments"][0]["name"], "a.png");
    assert_eq!(app.attachment_files().len(), 1);
}

#[tokio::test]
async fn at_start_files_that_no_row_names_are_removed_and_others_stay() {
    let mut app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let kept = attach(&mut casey, &ticket, file("a.png", PNG)).await;
    let files = app.attachment_files();
    drop(casey);
    app.stop().await;

    let shard = app.data_dir().join("attachments/ab");
    fs::create_dir_all(&shard).unwrap();
    let orphan = shard.join("c".repeat(30));
    let unfinished = shard.join(format!("{}#1", "d".repeat(30)));
    let of_others = [shard.join("README"), app.data_dir().join("attachments/notes.txt")];
    for path in [&orphan, &unfinished, &of_others[0], &of_others[1]] {
        fs::write(path, "x").unwrap();
    }
    app.restart().await;

    assert!(!orphan.exists() && !unfinished.exists());
    assert!(of_others.iter().all(|path| path.exists()), "what is not ours is left alone");
    assert!(files.iter().all(|path| path.exists()));
    let token = app.token("casey", Role::Customer);
    assert_eq!(fetch(&app, &token, kept["url"].as_str().unwrap()).await.body, PNG);
}

//! Files that are uploaded by themselves and sent with a message later.

use deskwire::domain::Role;
use serde_json::Value;

use super::support::{PNG, upload, uploads};
use crate::{harness::*, on_each_database};

/// A message that carries what was uploaded.
fn carrying(ticket: &str, uploaded: &Value) -> Value {
    json!({ "ticketId": ticket, "message": "look", "attachments": [{ "id": uploaded["id"] }] })
}

/// What is wrong with a refused message: code and field.
fn why(error: &Value) -> (&str, &str) {
    (error["code"].as_str().unwrap(), error["field"].as_str().unwrap_or_default())
}

const GONE: (&str, &str) = ("not_found", "attachments[0].id");

on_each_database! {
    async fn an_uploaded_file_is_there_once_a_message_carries_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("x").await;
        alex.join(&ticket).await;
        let api = app.api("casey", Role::Customer);
        let uploaded = upload(&api, &ticket, "cat.png", PNG).await;
        let id = uploaded["id"].as_str().unwrap();
        let url = format!("/api/attachments/{id}");
        assert_eq!(uploaded, json!({ "id": id, "name": "cat.png", "type": "image/png", "size": PNG.len(), "url": url }));
        assert_eq!((app.rows("uploads"), app.attachment_files().len()), (1, 1));
        // Until then it is nobody's to see, not even their own.
        for reader in [&api, &app.api("alex", Role::Agent)] {
            assert_eq!(reader.get(&url).await.error(404)["code"], "not_found");
            assert_eq!(reader.post(&format!("{url}/url"), json!({})).await.error(404)["code"], "not_found");
        }

        let sent = casey.ok("send_message", carrying(&ticket, &uploaded)).await;
        assert_eq!(sent["message"]["attachments"], json!([uploaded]));
        assert_eq!(alex.event("new_message").await, sent["message"]);
        assert_eq!((app.rows("uploads"), app.rows("attachments"), app.attachment_files().len()), (0, 1, 1));
        assert_eq!(app.api("alex", Role::Agent).get(&url).await.body, PNG);
        let history = alex.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(history["messages"][0]["attachments"], json!([uploaded]));
    }
}

on_each_database! {
    async fn files_of_every_kind_keep_their_order_in_one_message(database) {
        let app = TestApp::start(database).await;
        let api = app.api("casey", Role::Customer);
        let ticket = app.customer("casey").await.create_ticket("x").await;
        let one = upload(&api, &ticket, "one.txt", b"one").await;
        let two = upload(&api, &ticket, "two.txt", b"two").await;
        let attachments = json!([
            { "id": two["id"] }, { "name": "three.txt", "data": "dGhyZWU=" },
            { "name": "four", "url": "https://example.com" }, { "id": one["id"], "name": "ignored" },
        ]);
        let path = format!("/api/tickets/{ticket}/messages");
        let sent = api.post(&path, json!({ "attachments": attachments })).await.expect(201);
        let names: Vec<&str> = sent["message"]["attachments"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["two.txt", "three.txt", "four", "one.txt"]);
        assert_eq!((app.rows("uploads"), app.rows("attachments"), app.attachment_files().len()), (0, 4, 3));
    }
}

on_each_database! {
    async fn only_who_uploaded_a_file_sends_it_only_to_its_ticket_and_only_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (ticket, other) = (casey.create_ticket("x").await, casey.create_ticket("y").await);
        let api = app.api("casey", Role::Customer);
        let uploaded = upload(&api, &ticket, "a.txt", b"a").await;
        let rows = || (app.rows("messages"), app.rows("attachments"), app.rows("uploads"));

        assert_eq!(why(&alex.refused("send_message", carrying(&ticket, &uploaded)).await), GONE);
        assert_eq!(why(&casey.refused("send_message", carrying(&other, &uploaded)).await), GONE);
        let opened = json!({ "subject": "z", "attachments": [{ "id": uploaded["id"] }] });
        assert_eq!(why(&casey.refused("create_ticket", opened).await), GONE);
        let twice = json!({ "ticketId": ticket, "attachments": [{ "id": uploaded["id"] }, { "id": uploaded["id"] }] });
        assert_eq!(why(&casey.refused("send_message", twice).await), ("not_found", "attachments[1].id"));
        let beside = json!({ "ticketId": ticket, "attachments": [{ "id": uploaded["id"] }, { "id": "0".repeat(32) }] });
        assert_eq!(why(&casey.refused("send_message", beside).await), ("not_found", "attachments[1].id"));
        // Refused for another reason, nothing happens to it either.
        let mut late = carrying(&ticket, &uploaded);
        late["replyTo"] = json!("999");
        assert_eq!(why(&casey.refused("send_message", late).await).0, "not_found");
        let mut internal = carrying(&ticket, &uploaded);
        internal["visibility"] = json!("internal");
        assert_eq!(why(&casey.refused("send_message", internal).await).0, "forbidden");
        assert_eq!((rows(), app.attachment_files().len()), ((0, 0, 1), 1));

        casey.ok("send_message", carrying(&ticket, &uploaded)).await;
        let mut moved = carrying(&ticket, &upload(&api, &ticket, "b.txt", b"b").await);
        moved["ifPosition"] = json!({ "public": 0 });
        assert_eq!(why(&casey.refused("send_message", moved.clone()).await).0, "conflict");
        moved["ifPosition"] = json!({ "public": 1 });
        casey.ok("send_message", moved).await;
        // What a message carries is not carried by another one, though it is the sender's own.
        assert_eq!(why(&casey.refused("send_message", carrying(&ticket, &uploaded)).await), GONE);
        assert_eq!((rows(), app.attachment_files().len()), ((2, 2, 0), 2));
    }
}

on_each_database! {
    async fn a_retry_is_recognised_though_its_file_was_sent_the_first_time(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let api = app.api("casey", Role::Customer);
        let uploaded = upload(&api, &ticket, "dir/a.txt", b"a").await;
        let mut message = carrying(&ticket, &uploaded);
        message["clientMessageId"] = json!("k");
        let first = casey.ok("send_message", message.clone()).await;
        // Over and over, from elsewhere, and with the bytes instead of the id.
        let mut again = vec![casey.ok("send_message", message.clone()).await];
        let path = format!("/api/tickets/{ticket}/messages");
        let key = api.with("Idempotency-Key", "k");
        let body = |attachments: Value| json!({ "message": "look", "attachments": attachments });
        again.push(key.post(&path, body(message["attachments"].clone())).await.expect(200));
        again.push(key.post(&path, body(json!([{ "name": "a.txt", "data": "YQ==" }]))).await.expect(200));
        for again in again {
            assert_eq!((&again["duplicate"], &again["message"]), (&json!(true), &first["message"]));
        }
        // Another file under the same key is other content, whichever way it comes; and it stays.
        let other = upload(&api, &ticket, "a.txt", b"b").await;
        for attachment in [json!({ "id": other["id"] }), json!({ "name": "b.txt", "data": "YQ==" })] {
            assert_eq!(key.post(&path, body(json!([attachment]))).await.error(409)["field"], "clientMessageId");
        }
        assert_eq!((app.rows("messages"), app.rows("uploads"), app.attachment_files().len()), (1, 1, 2));
        casey.ok("send_message", carrying(&ticket, &other)).await;
    }
}

on_each_database! {
    async fn of_two_messages_that_race_for_a_file_one_gets_it(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two) = (app.customer("casey").await, app.customer("casey").await);
        let ticket = one.create_ticket("x").await;
        let api = app.api("casey", Role::Customer);
        for _ in 0..10 {
            let uploaded = upload(&api, &ticket, "a.txt", b"a").await;
            let message = carrying(&ticket, &uploaded);
            // Two on one connection, so that they may meet in one batch, and one on another.
            let acks = [one.send_acked("send_message", message.clone()).await, one.send_acked("send_message", message.clone()).await];
            let third = two.request("send_message", message).await;
            let answers = [one.ack(acks[0]).await, one.ack(acks[1]).await, third];
            let (won, lost): (Vec<Value>, Vec<Value>) = answers.into_iter().partition(|it| it["success"] == true);
            assert_eq!(won.len(), 1, "{won:?} {lost:?}");
            assert!(lost.iter().all(|it| why(&it["error"]) == GONE), "{lost:?}");
        }
        assert_eq!((app.rows("messages"), app.rows("attachments"), app.rows("uploads")), (10, 10, 0));
        assert_eq!(app.attachment_files().len(), 10);
    }
}

on_each_database! {
    async fn who_lost_the_ticket_cannot_send_what_they_uploaded(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut robin = app.customer("robin").await;
        let ticket = casey.create_ticket("x").await;
        let robins = json!({ "ticketId": ticket, "userId": "robin" });
        let api = app.api("robin", Role::Customer);
        assert_eq!(api.send_bytes("POST", &uploads(&ticket), b"a").await.error(404)["field"], "ticketId");
        alex.ok("add_participant", robins.clone()).await;
        let uploaded = upload(&api, &ticket, "a.txt", b"a").await;
        alex.ok("remove_participant", robins.clone()).await;
        let refused = robin.refused("send_message", carrying(&ticket, &uploaded)).await;
        assert_eq!(why(&refused), ("not_found", "ticketId"));
        alex.ok("add_participant", robins).await;
        robin.ok("send_message", carrying(&ticket, &uploaded)).await;
    }
}

#[tokio::test]
async fn who_may_upload_is_asked_before_the_body_is_read() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.limits.message = deskwire::domain::Rate { per_second: 0.001, burst: 3 };
    })
    .await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let foreign = app.customer("robin").await.create_ticket("y").await;
    let token = format!("Bearer {}", app.token("casey", Role::Customer));
    let head = |authorization: &str, length: &str| {
        vec![
            ("Authorization".to_owned(), authorization.to_owned()),
            ("Content-Length".to_owned(), length.to_owned()),
        ]
    };
    for (path, headers, status, code) in [
        (uploads(&ticket), head("Bearer x", "9"), 401, "authentication_failed"),
        (uploads(&foreign), head(&token, "9"), 404, "not_found"),
        (uploads("999"), head(&token, "9"), 404, "not_found"),
        (uploads(&ticket), head(&token, "10485761"), 413, "too_large"),
        (uploads(&ticket), head(&token, "9"), 429, "rate_limited"),
    ] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut raw = Raw::connect(app.address).await;
        raw.request("POST", &path, &headers).await;
        // Not a byte of the body was sent.
        let answer = raw.response(false).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (status, &json!(code)), "{path}");
    }
    assert!(app.attachment_files().is_empty());
}

on_each_database! {
    async fn a_user_has_so_many_files_that_wait_and_no_more(database) {
        let app = TestApp::with(database, |settings| settings.bounds.uploads = 2).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("x").await;
        let api = app.api("casey", Role::Customer);
        let first = upload(&api, &ticket, "a.txt", b"a").await;
        upload(&api, &ticket, "b.txt", b"b").await;
        assert_eq!(api.send_bytes("POST", &uploads(&ticket), b"c").await.error(409)["code"], "conflict");
        assert_eq!((app.rows("uploads"), app.attachment_files().len()), (2, 2));
        upload(&app.api("alex", Role::Agent), &ticket, "c.txt", b"c").await;
        casey.ok("send_message", carrying(&ticket, &first)).await;
        upload(&api, &ticket, "d.txt", b"d").await;
    }
}

//! `GET /api/attachments/{id}`.

use std::{collections::BTreeSet, time::Duration};

use deskwire::domain::Role;

use super::{PNG, attach, fetch, file};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn an_attachment_is_there_for_those_who_see_its_message_and_for_nobody_else(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut robin = app.customer("robin").await;
        let ticket = casey.create_ticket("x").await;
        let of_robin = robin.create_ticket("y").await;
        let url = |sent: serde_json::Value| sent["url"].as_str().unwrap().to_owned();
        let public = url(attach(&mut casey, &ticket, file("a.png", PNG)).await);
        let foreign = url(attach(&mut robin, &of_robin, file("b.png", PNG)).await);
        let note = json!({ "ticketId": ticket, "visibility": "internal", "attachments": [file("c.png", PNG)] });
        let internal = url(alex.ok("send_message", note).await["message"]["attachments"][0].clone());
        let (casey, alex) = (app.token("casey", Role::Customer), app.token("alex", Role::Agent));

        assert_eq!(fetch(&app, &casey, &public).await.body, PNG);
        for seen in [&public, &foreign, &internal] {
            assert_eq!(fetch(&app, &alex, seen).await.body, PNG);
        }

        let unknown = "/api/attachments/0123456789abcdef0123456789abcdef".to_owned();
        let missing = fetch(&app, &casey, &unknown).await;
        assert_eq!((missing.status, &missing.json()["error"]["code"]), (404, &json!("not_found")));
        let odd = ["x", "..%2f..%2fdeskwire.db", "%00", "%ff", "ABCDEF0123456789abcdef0123456789"];
        let odd = odd.map(|id| format!("/api/attachments/{id}"));
        for hidden in [&foreign, &internal].into_iter().chain(&odd) {
            let answer = fetch(&app, &casey, hidden).await;
            assert_eq!((answer.status, &answer.body), (404, &missing.body), "{hidden}");
            let names =
                |of: &Answer| of.headers.iter().map(|it| it.0.clone()).collect::<BTreeSet<_>>();
            let (answered, expected) = (names(&answer), names(&missing));
            assert_eq!(answered, expected, "{hidden}");
        }
    }
}

#[tokio::test]
async fn without_a_good_token_there_is_nothing() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let sent = attach(&mut casey, &ticket, file("a.png", PNG)).await;
    let url = sent["url"].as_str().unwrap();
    let token = app.token("casey", Role::Customer);
    for headers in [vec![], vec![("Authorization", "Basic eDp5")], vec![("Authorization", token.as_str())]] {
        let refused = http::get(app.address, url, &headers).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        assert_eq!(refused.json()["error"]["code"], "unauthenticated");
    }
    for (token, code) in [
        ("bad", "authentication_failed"),
        (&app.token_for("casey", Role::Customer, Duration::ZERO), "token_expired"),
    ] {
        let refused = fetch(&app, token, url).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (401, &json!(code)));
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    // A token in the URL is none: it would end up in logs.
    assert_eq!(http::get(app.address, &format!("{url}?token={token}"), &[]).await.status, 401);
}

#[tokio::test]
async fn the_headers_keep_a_file_from_being_run() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let token = app.token("casey", Role::Customer);
    let mp3 = [b"ID3\x03\0\0".as_slice(), &[0xff; 64]].concat();
    let mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice();
    for (name, bytes, media_type, disposition) in [
        ("a.png", PNG, "image/png", r#"inline; filename="a.png""#),
        ("a.mp3", &mp3, "audio/mpeg", r#"inline; filename="a.mp3""#),
        ("a.mp4", mp4, "video/mp4", r#"inline; filename="a.mp4""#),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "application/pdf", r#"attachment; filename="a.pdf""#),
        ("a.html", b"words", "text/plain", r#"attachment; filename="a.html""#),
        ("a \"b\" \\c;d.txt", b"words", "text/plain", r#"attachment; filename="c;d.txt""#),
        ("say \"hi\".txt", b"words", "text/plain", r#"attachment; filename="say \"hi\".txt""#),
        (
            "Grüße 😀.txt",
            b"words",
            "text/plain",
            "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%F0%9F%98%80.txt",
        ),
    ] {
        let sent = attach(&mut casey, &ticket, file(name, bytes)).await;
        let got = fetch(&app, &token, sent["url"].as_str().unwrap()).await;
        assert_eq!(got.status, 200, "{name}");
        assert_eq!(got.header("content-type"), Some(media_type), "{name}");
        assert_eq!(got.header("content-disposition"), Some(disposition), "{name}");
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.header("content-security-policy"), Some("sandbox; default-src 'none'"));
        assert_eq!(got.header("cross-origin-resource-policy"), Some("same-origin"));
        assert!(got.header("cache-control").unwrap().starts_with("private"));
        assert_eq!(got.header("content-length"), Some(bytes.len().to_string().as_str()), "{name}");
        assert_eq!(got.body, bytes, "{name}");
    }
}

#[tokio::test]
async fn large_files_come_back_whole_and_head_names_their_size() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let token = app.token("casey", Role::Customer);
    let mut bytes: Vec<u8> =
        (0..5_000_001_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    bytes[..PNG.len()].copy_from_slice(PNG);
    let sent = attach(&mut casey, &ticket, file("a.png", &bytes)).await;
    let url = sent["url"].as_str().unwrap();
    assert!(fetch(&app, &token, url).await.body == bytes);
    let bearer = format!("Bearer {token}");
    let head = raw::http(app.address, "HEAD", url, &[("Authorization", &bearer)]).await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("5000001")));
}

#[tokio::test]
async fn a_file_that_is_gone_is_a_fault_that_is_logged_under_an_id() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let sent = attach(&mut casey, &ticket, file("a.png", PNG)).await;
    std::fs::remove_file(&app.attachment_files()[0]).unwrap();
    let broken = fetch(&app, &app.token("casey", Role::Customer), sent["url"].as_str().unwrap()).await;
    assert_eq!(broken.status, 500);
    let error = broken.json()["error"].clone();
    assert_eq!(error["code"], "internal");
    assert!(error["id"].is_string());
    assert!(!broken.text().contains("attachments"), "no details: {error}");
}

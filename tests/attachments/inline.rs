//! Attachments in commands.

use serde_json::Value;

use super::{PNG, attach, base64, file};
use crate::harness::*;

async fn desk() -> (TestApp, WsClient, String) {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    (app, casey, ticket)
}

#[tokio::test]
async fn base64_is_taken_in_every_usual_form() {
    let (app, mut casey, ticket) = desk().await;
    // Bytes whose base64 has all that differs between the alphabets, and padding.
    let bytes = [PNG, &[0, 0, 0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff, 1]].concat();
    let standard = base64(&bytes);
    assert!(standard.contains('/') && standard.contains('+') && standard.ends_with('='), "{standard}");
    let url_safe = standard.replace('+', "-").replace('/', "_");
    let forms = [
        standard.clone(),
        url_safe.clone(),
        standard.trim_end_matches('=').to_owned(),
        url_safe.trim_end_matches('=').to_owned(),
        format!("data:image/png;base64,{standard}"),
        format!("data:text/html;charset=utf-8;base64,{standard}"),
        standard.as_bytes().chunks(8).map(|line| String::from_utf8_lossy(line) + "\r\n").collect(),
    ];
    for form in forms {
        let sent = attach(&mut casey, &ticket, json!({ "name": "a.png", "type": "x/y", "data": form })).await;
        assert_eq!(sent["size"], bytes.len(), "{form}");
        assert_eq!(sent["type"], "image/png", "{form}");
        let file = app.attachment_files().into_iter().find(|path| std::fs::read(path).unwrap() == bytes);
        std::fs::remove_file(file.expect("the bytes are stored")).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_base64_or_nothing_is_refused() {
    let (app, mut casey, ticket) = desk().await;
    for data in ["", "  ", "a", "äöü", "YWJj!", "YW=Jj", "data:image/png,abc", "data:image/png;base64", "-+"]
    {
        let data = json!({ "ticketId": ticket, "attachments": [{ "name": "x", "data": data }] });
        let error = casey.refused("send_message", data.clone()).await;
        assert_eq!(error["code"], "invalid_payload", "{data}");
        assert_eq!(error["field"], "attachments[0].data", "{data}");
    }
    assert!(app.attachment_files().is_empty());
}

#[tokio::test]
async fn the_type_is_what_the_bytes_are_and_not_what_is_claimed() {
    let (_app, mut casey, ticket) = desk().await;
    for (claimed, name, bytes, found) in [
        ("text/html", "x.html", PNG, "image/png"),
        ("image/svg+xml", "x.svg", b"GIF89a\0\0\0\0".as_slice(), "image/gif"),
        ("image/png", "x.png", b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        ("image/png", "x.png", b"just words", "text/plain"),
        ("application/x-msdownload", "x.exe", "Grüße".as_bytes(), "text/plain"),
    ] {
        let sent =
            attach(&mut casey, &ticket, json!({ "name": name, "type": claimed, "data": base64(bytes) }))
                .await;
        assert_eq!(sent["type"], found, "{claimed}");
    }
}

#[tokio::test]
async fn what_could_run_is_refused_whatever_it_is_called() {
    let (app, mut casey, ticket) = desk().await;
    for bytes in [
        b"<!DOCTYPE html><script>alert(1)</script>".as_slice(),
        b"\xef\xbb\xbf \n<html><body onload=x>",
        b"<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!-- x --><svg/>",
        b"MZ\x90\0\x03\0\0\0",
        b"\x7fELF\x02\x01\x01\0",
        b"\0\x01\x02\x03",
    ] {
        let picture = json!({ "name": "cat.png", "type": "image/png", "data": base64(bytes) });
        let data =
            json!({ "ticketId": ticket, "message": "look", "attachments": [file("ok.png", PNG), picture] });
        let error = casey.refused("send_message", data).await;
        assert_eq!(error["code"], "unsupported_media_type", "{:?}", String::from_utf8_lossy(bytes));
        assert_eq!(error["field"], "attachments[1].data");
    }
    assert!(app.attachment_files().is_empty());
    assert_eq!(app.rows("messages"), 0);
}

#[tokio::test]
async fn the_allowed_types_are_a_setting() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.attachment_types = Some(vec!["text/plain".to_owned()]);
    })
    .await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    attach(&mut casey, &ticket, file("a.txt", b"words")).await;
    let data = json!({ "ticketId": ticket, "attachments": [file("a.png", PNG)] });
    assert_eq!(casey.refused("send_message", data).await["code"], "unsupported_media_type");
}

#[tokio::test]
async fn ten_megabytes_pass_and_one_byte_more_is_too_large() {
    let (app, mut casey, ticket) = desk().await;
    let mut bytes = vec![0; 10_485_760];
    bytes[..PNG.len()].copy_from_slice(PNG);
    let sent = attach(&mut casey, &ticket, file("large.png", &bytes)).await;
    assert_eq!(sent["size"], 10_485_760);
    bytes.push(0);
    for data in [base64(&bytes), base64(&bytes).trim_end_matches('=').to_owned()] {
        let data = json!({ "ticketId": ticket, "attachments": [{ "name": "larger.png", "data": data }] });
        let error = casey.refused("send_message", data).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("too_large"), &json!("attachments[0].data")));
    }
    assert_eq!(app.attachment_files().len(), 1);
}

#[tokio::test]
async fn ten_attachments_pass_and_come_out_in_order_and_eleven_do_not() {
    let (app, mut casey, ticket) = desk().await;
    let many =
        |n: usize| (0..n).map(|i| file(&format!("{i}.txt"), i.to_string().as_bytes())).collect::<Vec<_>>();
    let data = json!({ "ticketId": ticket, "attachments": many(10) });
    let sent = casey.ok("send_message", data).await["message"].clone();
    let names: Vec<&str> =
        sent["attachments"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt", "7.txt", "8.txt", "9.txt"]
    );
    let history = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
    assert_eq!(history["messages"][0], sent);
    let error = casey.refused("send_message", json!({ "ticketId": ticket, "attachments": many(11) })).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("attachments")));
    assert_eq!(app.attachment_files().len(), 10);
}

#[tokio::test]
async fn a_link_is_passed_on_and_only_http_is_one() {
    let (app, mut casey, ticket) = desk().await;
    // Nobody may connect here: a link is never fetched.
    let trap = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}/a.png?x=1", trap.local_addr().unwrap());
    let sent = attach(&mut casey, &ticket, json!({ "name": "<b>my</b> picture", "url": url })).await;
    assert_eq!((&sent["url"], &sent["name"]), (&json!(url), &json!("my picture")));
    let unnamed = attach(&mut casey, &ticket, json!({ "url": "https://example.com/x" })).await;
    assert_eq!((&unnamed["url"], &unnamed["size"]), (&json!("https://example.com/x"), &json!(0)));
    for url in [
        "",
        "x",
        "//example.com",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.com",
        "http://",
        "https:///",
        " javascript:x",
        &format!("https://example.com/{}", "x".repeat(2_048)),
    ] {
        let data = json!({ "ticketId": ticket, "attachments": [{ "name": "x", "url": url }] });
        let error = casey.refused("send_message", data).await;
        assert_eq!(error["code"], "invalid_payload", "{url}");
        assert_eq!(error["field"], "attachments[0].url", "{url}");
    }
    assert!(trap.accept().is_err(), "the link was fetched");
    assert!(app.attachment_files().is_empty());
    // A link has no bytes here, and its id is nobody's to try.
    let id = sent["id"].as_str().unwrap();
    let token = app.token("casey", deskwire::domain::Role::Customer);
    assert_eq!(super::fetch(&app, &token, &format!("/api/attachments/{id}")).await.status, 404);
}

#[tokio::test]
async fn an_attachment_is_one_of_three_things() {
    let (_app, mut casey, ticket) = desk().await;
    let both = json!({ "name": "x", "data": "aGk=", "url": "https://example.com" });
    for attachment in [json!({}), json!({ "name": "x" }), both, json!({ "id": "x", "data": "aGk=" })] {
        let data = json!({ "ticketId": ticket, "attachments": [attachment] });
        let error = casey.refused("send_message", data).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("attachments[0]")));
    }
    for id in ["", "x", "00000000000000000000000000000000", "../../etc/passwd"] {
        let data = json!({ "ticketId": ticket, "attachments": [file("a.txt", b"x"), { "id": id }] });
        let error = casey.refused("send_message", data).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("attachments[1].id")));
    }
}

#[tokio::test]
async fn a_name_is_plain_text_without_a_path() {
    let (_app, mut casey, ticket) = desk().await;
    for (name, shown) in [
        (json!("../../etc/passwd"), "passwd"),
        (json!(r"C:\Users\casey\photo.png"), "photo.png"),
        (json!("a\u{0}b\r\nSet-Cookie: x\u{7}.txt"), "ab Set-Cookie: x.txt"),
        (json!("invoice\u{202e}fdp.exe"), "invoicefdp.exe"),
        (json!("<img src=x onerror=alert(1)>.png"), ".png"),
        (json!("<b>bold</b>.txt"), "bold.txt"),
        (json!("Grüße 😀.txt"), "Grüße 😀.txt"),
        (json!(".."), "file"),
        (json!(""), "file"),
        (json!("\u{200b}"), "file"),
        (Value::Null, "file"),
    ] {
        let sent = attach(&mut casey, &ticket, json!({ "name": name, "data": base64(b"text") })).await;
        assert_eq!(sent["name"], shown, "{name}");
    }
    let long = format!("{}.jpeg", "x".repeat(3_000));
    let sent = attach(&mut casey, &ticket, json!({ "name": long, "data": base64(b"text") })).await;
    let name = sent["name"].as_str().unwrap();
    assert!(name.len() == 100 && name.ends_with("x.jpeg"), "{name}");
}

#[tokio::test]
async fn a_ticket_can_begin_with_an_attachment_and_no_words() {
    let (app, mut casey, _) = desk().await;
    let created =
        casey.ok("create_ticket", json!({ "subject": "y", "attachments": [file("a.png", PNG)] })).await;
    assert_eq!(created["message"]["attachments"][0]["type"], "image/png");
    assert_eq!(created["message"]["message"], "");
    assert_eq!(app.attachment_files().len(), 1);
}

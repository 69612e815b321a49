//! What an uploaded body may be, and what a refused or broken one leaves behind: nothing.

use std::time::Duration;

use deskwire::domain::Role;

use super::support::{FORM, PNG, file_part, form, part, upload, uploads};
use crate::harness::*;

const MAX: usize = 10_485_760;

/// A server with one ticket of casey's.
async fn desk() -> (TestApp, Api, String) {
    let app = TestApp::start(Database::Sqlite).await;
    let ticket = app.customer("casey").await.create_ticket("x").await;
    let api = app.api("casey", Role::Customer);
    (app, api, ticket)
}

/// A file of so many bytes that is taken for a PNG.
fn picture(size: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..u32::try_from(size).unwrap()).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    bytes[..PNG.len()].copy_from_slice(PNG);
    bytes
}

/// Waits until neither a row nor a file of an upload is left.
async fn assert_nothing_left(app: &TestApp) {
    eventually("nothing is left", async || app.attachment_files().is_empty()).await;
    assert_eq!(app.rows("uploads"), 0);
}

/// Casey's headers of a request that is written by hand.
fn headers<'a>(app: &TestApp, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let token = app.token("casey", Role::Customer);
    let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
    [("Authorization", format!("Bearer {token}"))].into_iter().chain(more).collect()
}

async fn begun(app: &TestApp, ticket: &str, more: &[(&str, &str)]) -> Raw {
    let headers = headers(app, more);
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut raw = Raw::connect(app.address).await;
    raw.request("POST", &uploads(ticket), &headers).await;
    raw
}

#[tokio::test]
async fn large_files_come_back_as_they_were_and_the_bound_holds_to_the_byte() {
    let (app, api, ticket) = desk().await;
    let bytes = picture(MAX);
    let uploaded = upload(&api, &ticket, "large.png", &bytes).await;
    assert_eq!(uploaded["size"], MAX);
    let carrying = json!({ "attachments": [{ "id": uploaded["id"] }] });
    api.post(&format!("/api/tickets/{ticket}/messages"), carrying).await.expect(201);
    assert!(api.get(uploaded["url"].as_str().unwrap()).await.body == bytes);
    // In a form, and with one byte more.
    let whole = api
        .with("Content-Type", FORM)
        .send_bytes("POST", &uploads(&ticket), &form(&[file_part("b.png", &bytes)]))
        .await;
    assert_eq!(whole.expect(201)["size"], MAX);
    let larger = picture(MAX + 1);
    let refused = api
        .with("Content-Type", FORM)
        .send_refused("POST", &uploads(&ticket), &form(&[file_part("c.png", &larger)]))
        .await;
    assert_eq!(refused.error(413)["code"], "too_large");
    eventually("only whole files are there", async || app.attachment_files().len() == 2).await;
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_where_it_is_too_large() {
    let (app, _, ticket) = desk().await;
    let mut raw = begun(&app, &ticket, &[("Transfer-Encoding", "chunked")]).await;
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let mut taken = 0;
    while taken < 4 * MAX && raw.try_write(&chunk).await.is_ok() {
        taken += 0x10000;
        if taken > MAX {
            // The server has seen enough, and says so before the body ends.
            break;
        }
    }
    let refused = raw.response(false).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (413, &json!("too_large")));
    drop(raw);
    assert_nothing_left(&app).await;
    // A file of just so many bytes passes that way too.
    let mut raw = begun(&app, &ticket, &[("Transfer-Encoding", "chunked")]).await;
    for _ in 0..MAX / 0x10000 {
        raw.write(&chunk).await;
    }
    raw.write(b"0\r\n\r\n").await;
    let kept = raw.response(false).await;
    assert_eq!(
        (kept.status, &kept.json()["size"], &kept.json()["type"]),
        (201, &json!(MAX), &json!("text/plain"))
    );
}

#[tokio::test]
async fn the_type_is_what_all_the_bytes_are() {
    let (app, api, ticket) = desk().await;
    let text = "Grüße 😀\n".repeat(30_000);
    for (name, bytes, found) in [
        ("a.exe", text.as_bytes(), "text/plain"),
        ("a.txt", PNG, "image/png"),
        ("a.png", b"%PDF-1.7\n%\xe2\xe3".as_slice(), "application/pdf"),
    ] {
        let sent = api.with("Content-Type", "text/html");
        assert_eq!(upload(&sent, &ticket, name, bytes).await["type"], found, "{name}");
    }
    let (files, rows) = (app.attachment_files().len(), app.rows("uploads"));
    let nul_at_the_end = [text.as_bytes(), &[0]].concat();
    let cut_at_the_end = [text.as_bytes(), &[0xf0, 0x9f]].concat();
    let markup_far_behind = format!("{}<script>", " ".repeat(200_000));
    for bytes in [
        b"MZ\x90\0\x03\0\0\0".as_slice(),
        b"\x7fELF\x02\x01\x01\0",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        b"<!-- x --><html>",
        &nul_at_the_end,
        &cut_at_the_end,
        markup_far_behind.as_bytes(),
    ] {
        for body in [(None, bytes.to_vec()), (Some(FORM), form(&[file_part("cat.png", bytes)]))] {
            let api = body.0.map_or_else(|| api.clone(), |kind| api.with("Content-Type", kind));
            let refused =
                api.send_bytes("POST", &format!("{}?name=cat.png", uploads(&ticket)), &body.1).await;
            let error = refused.error(415);
            assert_eq!((&error["code"], &error["field"]), (&json!("unsupported_media_type"), &json!("body")));
        }
    }
    let empty = api.send_bytes("POST", &uploads(&ticket), b"").await.error(400);
    assert_eq!((&empty["code"], &empty["field"]), (&json!("invalid_payload"), &json!("body")));
    // A refused file is removed beside the answer.
    eventually("no file is left of what was refused", async || {
        (app.attachment_files().len(), app.rows("uploads")) == (files, rows)
    })
    .await;
}

#[tokio::test]
async fn a_name_is_plain_text_without_a_path_from_wherever_it_comes() {
    let (_app, api, ticket) = desk().await;
    let path = uploads(&ticket);
    for (query, disposition, shown) in [
        ("?name=..%2f..%2fetc%2fpasswd", "", "passwd"),
        ("?name=C:%5CUsers%5Ccasey%5Cphoto.png", "", "photo.png"),
        ("?name=a%00b%0d%0aSet-Cookie:%20x.txt", "", "ab Set-Cookie: x.txt"),
        ("?name=%3Cb%3Ebold%3C/b%3E.txt", "", "bold.txt"),
        ("?name=invoice%E2%80%AEfdp.exe", "", "invoicefdp.exe"),
        ("?name=one.txt", r#"attachment; filename="two.txt""#, "one.txt"),
        ("", r#"attachment; filename="../two.txt""#, "two.txt"),
        ("", "attachment; filename=\"x.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ("", "attachment; filename*=UTF-8''%ff%fe", "\u{fffd}\u{fffd}"),
        ("", "nonsense; =;;", "file"),
        ("?name=..", "", "file"),
        ("", "", "file"),
    ] {
        let api =
            if disposition.is_empty() { api.clone() } else { api.with("Content-Disposition", disposition) };
        let uploaded = api.send_bytes("POST", &format!("{path}{query}"), b"text").await.expect(201);
        assert_eq!(uploaded["name"], shown, "{query} {disposition}");
    }
    for (name, shown) in [("a/b/c.txt", "c.txt"), (r"C:\\x\\d.txt", "d.txt"), ("Grüße.txt", "Grüße.txt")]
    {
        let body = form(&[file_part(name, b"text")]);
        let uploaded = api.with("Content-Type", FORM).send_bytes("POST", &path, &body).await.expect(201);
        assert_eq!(uploaded["name"], shown, "{name}");
    }
}

#[tokio::test]
async fn of_a_form_the_first_file_is_taken() {
    let (app, api, ticket) = desk().await;
    let field = part("Content-Disposition: form-data; name=\"comment\"", b"not a file");
    let body = form(&[
        field.clone(),
        file_part("a.txt", b"--xYzZ\r\n-- first"),
        file_part("b.txt", b"second"),
        field,
    ]);
    let api = api.with("Content-Type", FORM);
    let uploaded = api.send_bytes("POST", &uploads(&ticket), &body).await.expect(201);
    assert_eq!((&uploaded["name"], &uploaded["size"]), (&json!("a.txt"), &json!(16)));
    assert_eq!((app.rows("uploads"), app.attachment_files().len()), (1, 1));
}

#[tokio::test]
async fn a_form_that_is_none_is_refused_and_leaves_nothing() {
    let (app, api, ticket) = desk().await;
    let field = part("Content-Disposition: form-data; name=\"x\"", b"not a file");
    let long = "x".repeat(300_000);
    let lines = "x\r\n".repeat(200_000);
    let no_file = form(std::slice::from_ref(&field));
    let cut_off = file_part("a.txt", b"text");
    let preamble = [lines.as_bytes(), &form(&[file_part("a.txt", b"text")])].concat();
    let one_line = [long.as_bytes(), &form(&[file_part("a.txt", b"text")])].concat();
    let header = form(&[part(&format!("Content-Disposition: form-data; filename=\"{long}\""), b"text")]);
    let many = "X: y\r\n".repeat(100) + "Content-Disposition: form-data; filename=\"a\"";
    let many = form(&[part(&many, b"text")]);
    let large_field = form(&[
        part("Content-Disposition: form-data; name=\"x\"", lines.as_bytes()),
        file_part("a.txt", b"text"),
    ]);
    let crowd = form(&vec![field; 5_000]);
    let nothing = form(&[file_part("a.txt", b"")]);
    for (what, kind, body) in [
        ("no file", FORM, no_file.as_slice()),
        ("no end", FORM, &cut_off[..cut_off.len() - 2]),
        ("a preamble of lines", FORM, &preamble),
        ("a preamble of one line", FORM, &one_line),
        ("a huge header", FORM, &header),
        ("many headers", FORM, &many),
        ("a large field", FORM, &large_field),
        ("many fields", FORM, &crowd),
        ("an empty file", FORM, &nothing),
        ("another boundary", "multipart/form-data; boundary=other", &nothing),
        ("no boundary", "multipart/form-data", &nothing),
        ("nothing at all", FORM, b""),
    ] {
        let refused = api.with("Content-Type", kind).send_bytes("POST", &uploads(&ticket), body).await;
        let error = refused.error(400);
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("body")), "{what}");
    }
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_nothing() {
    let (app, api, ticket) = desk().await;
    let bytes = picture(1_000_000);
    for (kind, begin) in [("image/png", bytes.clone()), (FORM, file_part("a.png", &bytes))] {
        let mut raw = begun(&app, &ticket, &[("Content-Type", kind), ("Content-Length", "2000000")]).await;
        raw.write(&begin).await;
        eventually("it is being written", async || !app.attachment_files().is_empty()).await;
        drop(raw);
        assert_nothing_left(&app).await;
    }
    // Less than was announced, and then the end of what the peer sends.
    let mut raw = begun(&app, &ticket, &[("Content-Length", "100")]).await;
    raw.write(b"text").await;
    drop(raw);
    assert_nothing_left(&app).await;
    // And all of them are free again.
    for _ in 0..5 {
        upload(&api, &ticket, "a.txt", b"text").await;
    }
}

#[tokio::test]
async fn what_trickles_is_given_up() {
    for form in [false, true] {
        let app = TestApp::with(Database::Sqlite, |settings| {
            settings.timing.upload_idle_timeout = Duration::from_millis(100);
            settings.timing.upload_timeout = Duration::from_secs(60);
        })
        .await;
        let ticket = app.customer("casey").await.create_ticket("x").await;
        let kind = if form { FORM } else { "text/plain" };
        let mut raw = begun(&app, &ticket, &[("Content-Type", kind), ("Content-Length", "100")]).await;
        raw.write(b"--xYzZY\r\n").await;
        let given_up = raw.response(false).await;
        assert_eq!((given_up.status, &given_up.json()["error"]["code"]), (400, &json!("invalid_payload")));
        assert_nothing_left(&app).await;
    }
    // Steady, but for too long.
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.timing.upload_idle_timeout = Duration::from_secs(60);
        settings.timing.upload_timeout = Duration::from_millis(300);
    })
    .await;
    let ticket = app.customer("casey").await.create_ticket("x").await;
    let mut raw = begun(&app, &ticket, &[("Transfer-Encoding", "chunked")]).await;
    let started = std::time::Instant::now();
    while raw.try_write(b"1\r\nx\r\n").await.is_ok() && started.elapsed() < Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn a_user_uploads_four_files_at_once() {
    let (app, api, ticket) = desk().await;
    let mut arriving = Vec::new();
    for _ in 0..4 {
        let mut raw = begun(&app, &ticket, &[("Content-Length", "10")]).await;
        raw.write(b"text").await;
        arriving.push(raw);
    }
    eventually("all four arrive", async || app.attachment_files().len() == 4).await;
    let refused = api.send_bytes("POST", &uploads(&ticket), b"text").await;
    assert_eq!(
        (refused.error(429)["code"].as_str(), refused.header("retry-after")),
        (Some("rate_limited"), Some("1"))
    );
    upload(&app.api("alex", Role::Agent), &ticket, "a.txt", b"text").await;
    let mut first = arriving.remove(0);
    first.write(b" more.").await;
    assert_eq!(first.response(false).await.json()["size"], 10);
    upload(&api, &ticket, "a.txt", b"text").await;
}

#[tokio::test]
async fn uploads_share_the_memory_of_all_that_comes_in() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.bounds.frame_bytes = 1_024;
        settings.bounds.inbound_bytes = 1_048_576;
    })
    .await;
    let ticket = app.customer("casey").await.create_ticket("x").await;
    // A quarter of it is all that one user gets.
    let mut raw = begun(&app, &ticket, &[("Content-Length", "10")]).await;
    raw.write(b"text").await;
    eventually("it arrives", async || app.attachment_files().len() == 1).await;
    let api = app.api("casey", Role::Customer);
    let refused = api.send_bytes("POST", &uploads(&ticket), b"text").await;
    assert_eq!(
        (refused.error(503)["code"].as_str(), refused.header("retry-after").is_some()),
        (Some("overloaded"), true)
    );
    raw.write(b" more.").await;
    assert_eq!(raw.response(false).await.status, 201);
    upload(&api, &ticket, "a.txt", b"text").await;
}

#[tokio::test]
async fn when_files_cannot_be_stored_nothing_is_noted() {
    let (app, api, ticket) = desk().await;
    let (folder, aside) = (app.data_dir().join("attachments"), app.data_dir().join("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let refused = api.send_bytes("POST", &uploads(&ticket), b"text").await;
    assert_eq!(refused.error(503)["code"], "overloaded");
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    assert_nothing_left(&app).await;
    upload(&api, &ticket, "a.txt", b"text").await;
}

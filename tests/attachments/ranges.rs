//! Parts of files, and files that the caller has already (RFC 9110, sections 13 and 14).

use deskwire::domain::Role;

use super::{PNG, attach, file};
use crate::harness::*;

/// A sent file of 16 bytes, and casey's way to it.
async fn sent() -> (TestApp, Api, String) {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let sent = attach(&mut casey, &ticket, file("a.png", PNG)).await;
    let url = sent["url"].as_str().unwrap().to_owned();
    let api = app.api("casey", Role::Customer);
    (app, api, url)
}

#[tokio::test]
async fn one_range_is_sent_by_itself() {
    let (_app, api, url) = sent().await;
    assert_eq!(PNG.len(), 16);
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 16),
        ("bytes=4-7", 4, 8),
        ("bytes=15-15", 15, 16),
        ("bytes=-1", 15, 16),
        ("bytes=-99", 0, 16),
        ("bytes=10-99", 10, 16),
        ("bytes=10-99999999999999999999999999", 10, 16),
        ("BYTES=1-2", 1, 3),
    ] {
        let part = api.with("Range", range).get(&url).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.body, PNG[start..end], "{range}");
        assert_eq!(
            part.header("content-range"),
            Some(format!("bytes {start}-{}/16", end - 1).as_str()),
            "{range}"
        );
        assert_eq!(part.header("content-length"), Some((end - start).to_string().as_str()), "{range}");
        // A part is kept from acting like the whole is.
        assert_eq!(part.header("content-type"), Some("image/png"));
        assert_eq!(part.header("content-security-policy"), Some("sandbox; default-src 'none'"));
        assert_eq!(part.header("content-disposition"), Some(r#"inline; filename="a.png""#));
    }
}

#[tokio::test]
async fn a_range_that_is_not_there_is_told_with_the_size() {
    let (_app, api, url) = sent().await;
    for range in ["bytes=16-", "bytes=16-20", "bytes=-0", "bytes=99999999999999999999999-"] {
        let nothing = api.with("Range", range).get(&url).await;
        assert_eq!(nothing.error(416)["field"], "Range", "{range}");
        assert_eq!(nothing.header("content-range"), Some("bytes */16"), "{range}");
    }
}

#[tokio::test]
async fn several_ranges_and_what_is_none_give_the_whole() {
    let (_app, api, url) = sent().await;
    for range in [
        "bytes=0-0,2-3",
        "bytes=5-2",
        "bytes=",
        "bytes=-",
        "bytes=x-y",
        "bytes=+1-2",
        "lines=0-1",
        "bytes 0-1",
        "bytes=0-1,",
    ] {
        let whole = api.with("Range", range).get(&url).await;
        assert_eq!(
            (whole.status, whole.body.as_slice(), whole.header("content-range")),
            (200, PNG, None),
            "{range}"
        );
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    }
    // A range is for GET.
    let head = api.with("Range", "bytes=0-0").send("HEAD", &url, None).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("16"), 0));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));
}

#[tokio::test]
async fn a_range_goes_on_only_with_the_file_that_the_caller_has_begun() {
    let (_app, api, url) = sent().await;
    let tag = api.get(&url).await.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"'), "{tag} is strong");
    let part = api.with("Range", "bytes=1-");
    assert_eq!(part.with("If-Range", &tag).get(&url).await.status, 206);
    for other in ["\"other\"", &format!("W/{tag}"), "Sat, 29 Oct 1994 19:43:31 GMT", "nonsense"] {
        assert_eq!(part.with("If-Range", other).get(&url).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn who_has_the_file_is_told_so_until_its_message_is_deleted() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let message = json!({ "ticketId": ticket, "attachments": [file("a.png", PNG), file("b.png", PNG), file("c.txt", b"x")] });
    let message = casey.ok("send_message", message).await["message"].clone();
    let url = |index: usize| message["attachments"][index]["url"].as_str().unwrap().to_owned();
    let api = app.api("casey", Role::Customer);
    let whole = api.get(&url(0)).await;
    let tag = whole.header("etag").unwrap();
    assert_eq!(whole.header("cache-control"), Some("private, no-cache"));
    // The same bytes have the same tag, and others another one.
    assert_eq!(api.get(&url(1)).await.header("etag"), Some(tag));
    assert_ne!(api.get(&url(2)).await.header("etag"), Some(tag));

    for known in [tag, "*", &format!("W/{tag}"), &format!("\"x\", {tag}")] {
        let known = api.with("If-None-Match", known).with("Range", "bytes=0-0");
        for method in ["GET", "HEAD"] {
            let answer = known.send(method, &url(0), None).await;
            assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, Some(tag)));
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        }
    }
    assert_eq!(api.with("If-None-Match", "\"x\"").get(&url(0)).await.status, 200);
    // Who may not see it is not told whether they have it.
    let robin = app.api("robin", Role::Customer).with("If-None-Match", tag);
    assert_eq!(robin.get(&url(0)).await.status, 404);
    casey.ok("delete_message", json!({ "messageId": message["id"] })).await;
    assert_eq!(api.with("If-None-Match", tag).get(&url(0)).await.status, 404);
}

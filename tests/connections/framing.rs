//! Bytes that are no WebSocket frames, or none that a client may send (RFC 6455, section 5).

use super::authenticated;
use crate::harness::*;

const PING: &str = r#"{"event":"ping","ack":"p"}"#;

/// An authenticated connection, and one that is not.
async fn pair(app: &TestApp) -> [Raw; 2] {
    let casey = authenticated(app, "casey").await;
    [casey, Raw::open(app.address).await]
}

#[tokio::test]
async fn what_no_client_may_send_is_closed_with_1002() {
    let app = TestApp::start(Database::Sqlite).await;
    let unmasked = [&[0x81, PING.len() as u8][..], PING.as_bytes()].concat();
    for (what, bytes) in [
        ("an unmasked frame", unmasked),
        ("a reserved bit", raw::frame(0x81 | 0x40, PING.as_bytes())),
        ("another reserved bit", raw::frame(0x81 | 0x10, PING.as_bytes())),
        ("a reserved bit on a control frame", raw::frame(0x89 | 0x20, b"")),
        ("opcode 3", raw::frame(0x83, b"x")),
        ("opcode 11", raw::frame(0x8b, b"")),
        ("a ping over 125 bytes", raw::frame(0x89, &[0; 126])),
        ("a Close over 125 bytes", raw::frame(0x88, &[b'x'; 200])),
        ("a fragmented ping", raw::frame(0x09, b"")),
        ("a continuation of nothing", raw::frame(0x80, b"x")),
        ("a message within a message", [raw::frame(0x01, b"x"), raw::text(PING)].concat()),
        ("a Close of one byte", raw::frame(0x88, b"x")),
        ("a Close with a code that is none", raw::frame(0x88, &[0, 5])),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
    ] {
        for mut raw in pair(&app).await {
            raw.write(&bytes).await;
            assert_eq!(raw.closed().await, 1002, "{what}");
        }
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_closed_with_1007() {
    let app = TestApp::start(Database::Sqlite).await;
    let bad = b"{\"event\":\"p\xc3\x28ng\"}";
    let cut = "é".as_bytes()[..1].to_vec();
    for bytes in [
        raw::frame(0x81, bad),
        [raw::frame(0x01, b"\""), raw::frame(0x80, &cut)].concat(),
        raw::frame(0x81, &cut),
    ] {
        for mut raw in pair(&app).await {
            raw.write(&bytes).await;
            assert_eq!(raw.closed().await, 1007);
        }
    }
}

#[tokio::test]
async fn fragments_are_put_together_wherever_they_are_cut_and_whatever_comes_between() {
    let app = TestApp::start(Database::Sqlite).await;
    let [mut casey, _] = pair(&app).await;
    // Cut inside a character too.
    let command = r#"{"event":"ping","ack":"é–😀"}"#.as_bytes();
    let mut bytes = raw::frame(0x01, b"");
    for byte in command {
        bytes.extend(raw::frame(0x00, &[*byte]));
        bytes.extend(raw::frame(0x89, b"between"));
        bytes.extend(raw::frame(0x8a, b"unasked"));
    }
    bytes.extend(raw::frame(0x80, b""));
    casey.write(&bytes).await;
    assert_eq!(casey.event("ack").await["success"], true);
    // And byte by byte on the wire.
    for byte in raw::text(PING) {
        casey.write(&[byte]).await;
    }
    assert_eq!(casey.event("ack").await["success"], true);
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut raw = Raw::open(app.address).await;
    raw.event("hello").await;
    for payload in [vec![], vec![0, 255, 128], vec![b'x'; 125]] {
        raw.write(&raw::frame(0x89, &payload)).await;
        assert_eq!(raw.frame().await, Some((0x8a, payload)));
    }
}

#[tokio::test]
async fn a_megabyte_of_pings_is_answered_with_the_newest_and_harms_nobody() {
    let app = TestApp::start(Database::Sqlite).await;
    let [mut casey, _] = pair(&app).await;
    let pings: Vec<u8> = (0..10_000).flat_map(|_| raw::frame(0x89, &[b'x'; 100])).collect();
    casey.write(&pings).await;
    casey.write(&raw::frame(0x89, b"the last")).await;
    while casey.frame().await.expect("closed") != (0x8a, b"the last".to_vec()) {}
    casey.write(&raw::text(PING)).await;
    assert_eq!(casey.event("ack").await["success"], true);
}

#[tokio::test]
async fn thousands_of_empty_fragments_are_no_message() {
    let app = TestApp::start(Database::Sqlite).await;
    for mut raw in pair(&app).await {
        let fragments: Vec<u8> = raw::frame(0x01, b"")
            .into_iter()
            .chain((0..10_000).flat_map(|_| raw::frame(0x00, b"")))
            .collect();
        // The server may close before it has read all of them.
        let _ = raw.try_write(&fragments).await;
        assert_eq!(raw.closed().await, 1009);
    }
}

#[tokio::test]
async fn a_thousand_empty_fragments_are_a_message_still() {
    let app = TestApp::start(Database::Sqlite).await;
    let [mut casey, _] = pair(&app).await;
    let mut bytes = raw::frame(0x01, b"");
    (0..1_000).for_each(|_| bytes.extend(raw::frame(0x00, b"")));
    bytes.extend(raw::frame(0x80, PING.as_bytes()));
    casey.write(&bytes).await;
    assert_eq!(casey.event("ack").await["success"], true);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_off() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut silent = Raw::connect(app.address).await;
    let mut slow = Raw::connect(app.address).await;
    slow.write(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgra").await;
    let trickle = async {
        loop {
            if slow.try_write(b"d").await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(trickle, silent.gone()) }).await.expect("still open");
}

#[tokio::test]
async fn what_is_no_handshake_is_refused_over_http() {
    let app = TestApp::start(Database::Sqlite).await;
    let plain = raw::http(app.address, "GET", "/ws", &[]).await;
    assert_eq!(plain.status, 400);
    let old = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "8")];
    let refused = raw::http(app.address, "GET", "/ws", &old).await;
    assert_eq!((refused.status, refused.header("sec-websocket-version")), (426, Some("13")));
    let keyless = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")];
    assert_eq!(raw::http(app.address, "GET", "/ws", &keyless).await.status, 400);
}

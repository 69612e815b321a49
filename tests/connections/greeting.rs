//! The first words on a connection, and the subprotocol.

use crate::harness::*;

#[tokio::test]
async fn hello_says_what_a_client_must_know() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.bounds.frame_bytes = 20_000_000;
        settings.bounds.attachment_bytes = 5_000_000;
    })
    .await;
    let one = app.open().await.hello;
    let other = app.open().await.hello;

    assert_eq!(one["protocol"], 1);
    assert_eq!(one["server"], concat!("deskwire/", env!("CARGO_PKG_VERSION")));
    assert!(one["features"].is_array());
    assert_eq!(one["heartbeatMs"], 25_000);
    assert_eq!(one["authTimeoutMs"], 10_000);
    assert_eq!(one["maxFrameBytes"], 20_000_000);
    assert_eq!(one["maxAttachmentBytes"], 5_000_000);
    assert!(one["connectionId"].is_string());
    assert_ne!(one["connectionId"], other["connectionId"]);
}

#[tokio::test]
async fn the_subprotocol_is_selected_when_offered_and_not_required() {
    let app = TestApp::start(Database::Sqlite).await;
    for (offered, selected) in [
        (None, None),
        (Some("deskwire.v1"), Some("deskwire.v1")),
        (Some("graphql-ws, deskwire.v1"), Some("deskwire.v1")),
        (Some("graphql-ws"), None),
    ] {
        let header = offered.map(|it| ("Sec-WebSocket-Protocol", it));
        let response = Raw::connect(app.address).await.upgrade(header.as_slice()).await;
        assert_eq!(response.status, 101, "{offered:?}");
        assert_eq!(response.header("sec-websocket-protocol"), selected, "{offered:?}");
        assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
}

#[tokio::test]
async fn a_client_that_says_good_bye_is_answered_and_let_go() {
    let app = TestApp::start(Database::Sqlite).await;
    for payload in [vec![], vec![0x03, 0xe8], [&[0x03, 0xe9][..], "bye – é".as_bytes()].concat()] {
        let mut raw = Raw::open(app.address).await;
        raw.write(&raw::frame(0x88, &payload)).await;
        assert_eq!(raw.closed().await, 1000);
        raw.gone().await;
    }
}

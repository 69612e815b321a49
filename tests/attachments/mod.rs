//! Attachments: what is taken, what a refusal leaves behind, and who may fetch the bytes.

mod downloading;
mod inline;
mod leftovers;
mod ranges;
mod signed_urls;
mod support;
mod upload_bodies;
mod upload_cleanup;
mod uploads;

use serde_json::Value;

use crate::harness::*;

/// The smallest file that is taken for a PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// An attachment of a command.
fn file(name: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "type": "application/octet-stream", "data": base64(bytes) })
}

/// Sends one attachment and gives it as it went out.
async fn attach(client: &mut WsClient, ticket: &str, attachment: Value) -> Value {
    let data = json!({ "ticketId": ticket, "attachments": [attachment] });
    client.ok("send_message", data).await["message"]["attachments"][0].clone()
}

/// `GET` with the token of this user.
async fn fetch(app: &TestApp, token: &str, url: &str) -> Answer {
    http::get(app.address, url, &[("Authorization", &format!("Bearer {token}"))]).await
}

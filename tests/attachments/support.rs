//! Short ways to upload files.

use serde_json::Value;

use crate::harness::*;

/// The smallest file that is taken for a PNG.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// Where files of a ticket are uploaded.
pub(super) fn uploads(ticket: &str) -> String {
    format!("/api/tickets/{ticket}/attachments")
}

/// Uploads a raw body.
pub(super) async fn upload(api: &Api, ticket: &str, name: &str, bytes: &[u8]) -> Value {
    api.send_bytes("POST", &format!("{}?name={name}", uploads(ticket)), bytes).await.expect(201)
}

/// A form in which the lines are as they are given.
pub(super) const FORM: &str = "multipart/form-data; boundary=xYzZY";

/// A part of such a form.
pub(super) fn part(headers: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("--xYzZY\r\n{headers}\r\n\r\n").as_bytes(), bytes, b"\r\n"].concat()
}

/// A part that is a file.
pub(super) fn file_part(name: &str, bytes: &[u8]) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\""), bytes)
}

/// A form of these parts.
pub(super) fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--xYzZY--\r\n".to_vec()].concat()
}

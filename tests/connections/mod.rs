//! Connections: how they begin, what they may send, and what becomes of those that send something else.

mod bad_frames;
mod framing;
mod greeting;
mod heartbeat;
mod hostile;
mod memory_budget;
mod rate_limits;
mod sizes;

use deskwire::domain::Role;

use crate::harness::*;

/// A `ping` of exactly this many bytes.
fn padded(bytes: usize) -> String {
    let bare = r#"{"event":"ping","ack":1,"data":{"x":""}}"#;
    bare.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - bare.len())))
}

/// A connection without manners that is authenticated as a customer.
async fn authenticated(app: &TestApp, id: &str) -> Raw {
    let mut raw = Raw::open(app.address).await;
    let token = app.token(id, Role::Customer);
    raw.send(&json!({ "event": "authenticate", "data": { "token": token } })).await;
    raw.event("authenticated").await;
    raw
}

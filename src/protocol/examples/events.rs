//! Examples of events.

use serde_json::{Value, json};

use super::{agent, changes, customer, error, message_edited, position, ticket};
use crate::protocol::{FEATURES, VERSION};

/// Where a durable event stands, and what it says.
fn durable(what: Value) -> Value {
    let mut event = json!({"ticketId": "3", "stream": "public", "seq": 3});
    if let (Some(event), Value::Object(what)) = (event.as_object_mut(), what) {
        event.extend(what);
    }
    event
}

pub(in crate::protocol) fn hello() -> Value {
    json!({
        "protocol": VERSION, "server": concat!("deskwire/", env!("CARGO_PKG_VERSION")),
        "connectionId": "0000000000000001", "features": FEATURES, "heartbeatMs": 25_000,
        "authTimeoutMs": 10_000, "maxFrameBytes": 16_777_216, "maxAttachmentBytes": 10_485_760,
    })
}

pub(in crate::protocol) fn authentication_error() -> Value {
    json!({"code": "authentication_failed", "message": "The token was refused."})
}

pub(in crate::protocol) fn token_expiring() -> Value {
    json!({"expiresAt": "2026-11-21T06:47:14.000Z"})
}

pub(in crate::protocol) fn server_draining() -> Value {
    json!({"reconnectAfterMs": 1_733})
}

pub(in crate::protocol) fn room_user() -> Value {
    json!({"ticketId": "3", "user": customer(), "userName": "Casey"})
}

pub(in crate::protocol) fn typing_user() -> Value {
    json!({"ticketId": "3", "userId": "casey", "userName": "Casey"})
}

pub(in crate::protocol) fn room_lost() -> Value {
    json!({"ticketId": "3", "reason": "access_lost"})
}

pub(in crate::protocol) fn replay_complete() -> Value {
    json!({"ticketId": "3", "position": position()})
}

pub(in crate::protocol) fn edited_event() -> Value {
    durable(message_edited())
}

pub(in crate::protocol) fn deleted_event() -> Value {
    durable(json!({"messageId": "6"}))
}

pub(in crate::protocol) fn reaction_event() -> Value {
    durable(json!({"messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"}))
}

pub(in crate::protocol) fn updated_event() -> Value {
    durable(json!({"actor": agent(), "changes": changes()}))
}

pub(in crate::protocol) fn participant_event() -> Value {
    durable(json!({"user": {"id": "bo", "name": "Bo", "role": "customer"}}))
}

pub(in crate::protocol) fn rated_event() -> Value {
    durable(json!({"score": 5}))
}

pub(in crate::protocol) fn confirmed_event() -> Value {
    json!({"ticketId": "3", "stream": "public", "userId": "alex", "seq": 2, "messageIds": ["5", "6"]})
}

pub(in crate::protocol) fn queue_ticket() -> Value {
    json!({"reason": "created", "ticket": ticket()})
}

pub(in crate::protocol) fn passed_on() -> Value {
    json!({"name": "order.shipped", "data": {"order": "1042"}})
}

pub(in crate::protocol) fn error_event() -> Value {
    let mut error = error();
    error["event"] = "get_ticket".into();
    error
}

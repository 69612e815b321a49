//! Examples of objects, for the documents that describe the wire; those of commands, replies and events are
//! made of them.
//!
//! A small story: Casey, a customer, asks for an order, and Alex, an agent, helps. That each example is
//! of its schema is tested.

use serde_json::{Value, json};

pub(super) fn nothing() -> Value {
    json!({})
}

pub(super) fn customer() -> Value {
    json!({"id": "casey", "name": "Casey", "role": "customer"})
}

pub(super) fn agent() -> Value {
    json!({"id": "alex", "name": "Alex", "role": "agent"})
}

/// As a customer sees it.
pub(super) fn position() -> Value {
    json!({"public": 2})
}

/// As an agent sees it.
pub(super) fn whole_position() -> Value {
    json!({"public": 2, "internal": 0})
}

pub(super) fn file() -> Value {
    json!({
        "id": "839e28a616f40b40e9aa8a1e384f0ebe", "name": "hello.txt", "type": "text/plain", "size": 5,
        "url": "/api/attachments/839e28a616f40b40e9aa8a1e384f0ebe",
    })
}

pub(super) fn link() -> Value {
    json!({
        "id": "b42ae1c18bfe3bd6a5760e76b5d94b14", "name": "Tracking", "type": "text/uri-list", "size": 0,
        "url": "https://example.com/track/1",
    })
}

pub(super) fn reaction() -> Value {
    json!({"emoji": "\u{2764}\u{fe0f}", "userIds": ["alex"]})
}

pub(super) fn message() -> Value {
    json!({
        "id": "6", "ticketId": "3", "stream": "public", "seq": 2, "clientMessageId": "m-1",
        "sender": customer(), "message": "Any news? <b>Thanks</b>", "replyTo": "5",
        "attachments": [file(), link()], "reactions": [reaction()], "status": "sent",
        "createdAt": "2026-11-21T05:47:14.318Z",
    })
}

pub(super) fn receipt() -> Value {
    json!({"userId": "alex", "stream": "public", "deliveredSeq": 2, "readSeq": 1})
}

pub(super) fn rating() -> Value {
    json!({"score": 5, "comment": "Fast!", "ratedAt": "2026-11-21T09:35:21.953Z"})
}

pub(super) fn changes() -> Value {
    json!({"status": {"from": "open", "to": "closed"}, "assigneeId": {"from": null, "to": "alex"}})
}

/// As an agent sees it.
pub(super) fn ticket() -> Value {
    json!({
        "id": "3", "subject": "Where is my order?", "status": "open", "requester": customer(),
        "participants": [], "position": whole_position(), "createdAt": "2026-11-21T05:47:14.303Z",
        "updatedAt": "2026-11-21T05:47:14.318Z", "lastMessageAt": "2026-11-21T05:47:14.318Z",
        "priority": "normal", "labels": ["billing"], "snoozedUntil": null,
    })
}

/// As its requester sees it.
pub(super) fn own_ticket() -> Value {
    json!({
        "id": "3", "subject": "Where is my order?", "status": "open", "requester": customer(),
        "assignee": agent(), "participants": [], "position": position(),
        "createdAt": "2026-11-21T05:47:14.303Z", "updatedAt": "2026-11-21T05:47:14.318Z",
        "lastMessageAt": "2026-11-21T05:47:14.318Z",
    })
}

pub(super) fn overview() -> Value {
    let mut overview = ticket();
    overview["lastMessage"] = message();
    overview["unread"] = 1.into();
    overview
}

pub(super) fn user_status() -> Value {
    json!({"userId": "casey", "status": "online", "lastSeen": "2026-11-21T09:35:21.952Z"})
}

pub(super) fn notification() -> Value {
    json!({
        "id": "6", "kind": "mention", "ticketId": "3", "messageId": "6", "title": "Casey mentioned you in #3",
        "body": "@alex any news?", "createdAt": "2026-11-21T09:27:37.338Z",
    })
}

pub(super) fn canned_response() -> Value {
    json!({
        "id": "1", "shortcut": "hello", "title": "Greeting", "message": "Hello {{customer.name}},\nwelcome!",
        "shared": true, "createdBy": agent(), "updatedAt": "2026-11-21T09:35:21.953Z",
    })
}

pub(super) fn error() -> Value {
    json!({"code": "invalid_payload", "message": "This field is required.", "field": "ticketId"})
}

/// Where a durable event stands, and what it says.
pub(super) fn durable(what: Value) -> Value {
    let mut event = json!({"ticketId": "3", "stream": "public", "seq": 3});
    if let (Some(event), Value::Object(what)) = (event.as_object_mut(), what) {
        event.extend(what);
    }
    event
}

pub(super) fn ticket_ref() -> Value {
    json!({"ticketId": "3"})
}

pub(super) fn notification_ref() -> Value {
    json!({"notificationId": "6"})
}

pub(super) fn canned_response_ref() -> Value {
    json!({"id": "1"})
}

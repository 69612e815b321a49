//! Examples of commands.

use serde_json::{Value, json};

use super::position;

pub(in crate::protocol) fn authenticate() -> Value {
    json!({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYXNleSIsImV4cCI6MTc5NTI0MDAzNH0.c2lnbmF0dXJl"})
}

pub(in crate::protocol) fn create_ticket() -> Value {
    json!({
        "subject": "Where is my order?", "message": "It has not arrived.", "format": "text",
        "clientTicketId": "t-1", "clientMessageId": "m-0",
    })
}

pub(in crate::protocol) fn join_ticket() -> Value {
    json!({"ticketId": "3", "since": position(), "epoch": "612fccd5b86bf0be"})
}

pub(in crate::protocol) fn ticket_ref() -> Value {
    json!({"ticketId": "3"})
}

pub(in crate::protocol) fn get_messages() -> Value {
    json!({"ticketId": "3", "limit": 50, "before": "9"})
}

pub(in crate::protocol) fn send_message() -> Value {
    json!({
        "ticketId": "3", "message": "Any news? <b>Thanks</b>", "clientMessageId": "m-1",
        "attachments": [attached_file(), attached_link()],
    })
}

pub(in crate::protocol) fn attached_file() -> Value {
    json!({"name": "hello.txt", "data": "aGVsbG8="})
}

pub(in crate::protocol) fn attached_link() -> Value {
    json!({"name": "Tracking", "url": "https://example.com/track/1"})
}

pub(in crate::protocol) fn typing() -> Value {
    json!({"ticketId": "3", "visibility": "public"})
}

pub(in crate::protocol) fn edit_message() -> Value {
    json!({"messageId": "6", "message": "Any news? Thanks", "format": "text"})
}

pub(in crate::protocol) fn message_ref() -> Value {
    json!({"messageId": "6"})
}

pub(in crate::protocol) fn react() -> Value {
    json!({"messageId": "6", "emoji": "\u{2764}"})
}

pub(in crate::protocol) fn mark() -> Value {
    json!({"ticketId": "3", "seq": 2})
}

pub(in crate::protocol) fn list_tickets() -> Value {
    json!({"status": "open", "assigneeId": null, "query": "order", "limit": 50})
}

pub(in crate::protocol) fn update_ticket() -> Value {
    json!({
        "ticketId": "3", "status": "closed", "priority": "low", "labels": ["vip", "billing"],
        "assigneeId": "alex", "ifPosition": position(),
    })
}

pub(in crate::protocol) fn participant_ref() -> Value {
    json!({"ticketId": "3", "userId": "bo"})
}

pub(in crate::protocol) fn rate_ticket() -> Value {
    json!({"ticketId": "3", "score": 5, "comment": "Fast!"})
}

pub(in crate::protocol) fn subscribe_queue() -> Value {
    json!({"assigneeId": null})
}

pub(in crate::protocol) fn user_ref() -> Value {
    json!({"userId": "casey"})
}

pub(in crate::protocol) fn user_refs() -> Value {
    json!({"userIds": ["casey", "never"]})
}

pub(in crate::protocol) fn set_status() -> Value {
    json!({"status": "away"})
}

pub(in crate::protocol) fn get_notifications() -> Value {
    json!({"unreadOnly": true, "limit": 50})
}

pub(in crate::protocol) fn notification_ref() -> Value {
    json!({"notificationId": "6"})
}

pub(in crate::protocol) fn search_messages() -> Value {
    json!({"query": "order news", "limit": 20})
}

pub(in crate::protocol) fn save_canned_response() -> Value {
    json!({
        "shortcut": "hello", "title": "Greeting", "message": "Hello {{customer.name}},\nwelcome!",
        "shared": true,
    })
}

pub(in crate::protocol) fn canned_response_ref() -> Value {
    json!({"id": "1"})
}

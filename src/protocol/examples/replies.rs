//! Examples of replies.

use serde_json::{Value, json};

use super::{
    agent, canned_response, changes, customer, message, notification, overview, own_ticket, position,
    receipt, ticket, user_status, whole_position,
};

pub(in crate::protocol) fn authenticated() -> Value {
    json!({"user": customer(), "expiresAt": "2026-11-21T06:47:14.000Z", "epoch": "612fccd5b86bf0be"})
}

pub(in crate::protocol) fn ticket_created() -> Value {
    json!({"ticket": own_ticket(), "message": message(), "position": position()})
}

pub(in crate::protocol) fn joined_ticket() -> Value {
    json!({
        "ticketId": "3", "ticket": own_ticket(), "position": position(), "epoch": "612fccd5b86bf0be",
        "replaying": 0, "reset": false, "onlineUsers": [agent(), customer()], "receipts": [receipt()],
    })
}

pub(in crate::protocol) fn messages() -> Value {
    json!({
        "ticketId": "3", "messages": [message()], "total": 2, "hasMore": true, "position": whole_position(),
    })
}

pub(in crate::protocol) fn message_sent() -> Value {
    json!({"message": message()})
}

pub(in crate::protocol) fn message_edited() -> Value {
    let mut message = message();
    message["message"] = "Any news? Thanks".into();
    message["editedAt"] = "2026-11-21T09:26:30.192Z".into();
    json!({"message": message})
}

pub(in crate::protocol) fn message_deleted() -> Value {
    json!({"ticketId": "3", "messageId": "6"})
}

pub(in crate::protocol) fn reacted() -> Value {
    json!({"ticketId": "3", "messageId": "6", "emoji": "\u{2764}\u{fe0f}", "userId": "alex"})
}

pub(in crate::protocol) fn marked() -> Value {
    json!({"ticketId": "3", "stream": "public", "userId": "alex", "deliveredSeq": 2, "readSeq": 2})
}

pub(in crate::protocol) fn search_results() -> Value {
    json!({"results": [{"message": message(), "snippet": "Any <b>news</b>? Thanks"}], "hasMore": false})
}

pub(in crate::protocol) fn tickets() -> Value {
    json!({"tickets": [overview()], "nextCursor": null})
}

pub(in crate::protocol) fn ticket_reply() -> Value {
    json!({"ticket": overview()})
}

pub(in crate::protocol) fn ticket_updated() -> Value {
    json!({"ticket": ticket(), "changes": changes()})
}

pub(in crate::protocol) fn ticket_rated() -> Value {
    json!({"ticketId": "3", "score": 5})
}

pub(in crate::protocol) fn participant() -> Value {
    json!({"ticketId": "3", "user": {"id": "bo", "name": "Bo", "role": "customer"}})
}

pub(in crate::protocol) fn online_users() -> Value {
    json!({"ticketId": "3", "users": [agent(), customer()]})
}

pub(in crate::protocol) fn queue_subscribed() -> Value {
    json!({"tickets": 2})
}

pub(in crate::protocol) fn pong() -> Value {
    json!({"at": "2026-11-21T05:47:15.297Z"})
}

pub(in crate::protocol) fn users_status() -> Value {
    json!({"users": [user_status(), {"userId": "never", "status": "offline", "lastSeen": null}]})
}

pub(in crate::protocol) fn notifications() -> Value {
    json!({"notifications": [notification()], "unread": 1})
}

pub(in crate::protocol) fn canned_responses() -> Value {
    json!({"cannedResponses": [canned_response()]})
}

pub(in crate::protocol) fn canned_response_saved() -> Value {
    json!({"cannedResponse": canned_response()})
}

//! Commands of the socket, done over HTTP.

use serde_json::Value;

use super::{Answer, Api};

/// The request that does what a command of the socket does; `None` where only a connection can.
fn route(command: &str, data: &Value) -> Option<(&'static str, String, Option<Value>)> {
    let mut rest = data.clone();
    let mut take = |name: &str| {
        let taken = rest.as_object_mut().unwrap().remove(name).unwrap_or_default();
        encoded(taken.as_str().unwrap_or(&taken.to_string()))
    };
    let in_ticket = |id: String, below: &str| format!("/api/tickets/{id}{below}");
    let (method, path) = match command {
        "create_ticket" => ("POST", "/api/tickets".to_owned()),
        "get_ticket" => return Some(("GET", in_ticket(take("ticketId"), ""), None)),
        "update_ticket" => ("PATCH", in_ticket(take("ticketId"), "")),
        "rate_ticket" => ("PUT", in_ticket(take("ticketId"), "/rating")),
        "send_message" => ("POST", in_ticket(take("ticketId"), "/messages")),
        "mark_read" => ("PUT", in_ticket(take("ticketId"), "/receipts/read")),
        "mark_delivered" => ("PUT", in_ticket(take("ticketId"), "/receipts/delivered")),
        "get_online_users" => return Some(("GET", in_ticket(take("ticketId"), "/online"), None)),
        "add_participant" | "remove_participant" => {
            let method = if command == "add_participant" { "PUT" } else { "DELETE" };
            let user = take("userId");
            return Some((method, in_ticket(take("ticketId"), &format!("/participants/{user}")), None));
        }
        "edit_message" => ("PATCH", format!("/api/messages/{}", take("messageId"))),
        "delete_message" => return Some(("DELETE", format!("/api/messages/{}", take("messageId")), None)),
        "add_reaction" | "remove_reaction" => {
            let method = if command == "add_reaction" { "PUT" } else { "DELETE" };
            let emoji = take("emoji");
            return Some((method, format!("/api/messages/{}/reactions/{emoji}", take("messageId")), None));
        }
        "set_status" => ("PUT", "/api/me/status".to_owned()),
        "get_user_status" => return Some(("GET", format!("/api/users/{}/status", take("userId")), None)),
        "get_users_status" => {
            let ids: Vec<&str> =
                data["userIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
            return Some(("GET", format!("/api/users/status?ids={}", encoded(&ids.join(","))), None));
        }
        "mark_all_notifications_read" => return Some(("POST", "/api/notifications/read".to_owned(), None)),
        "save_canned_response" => ("POST", "/api/canned-responses".to_owned()),
        "get_messages" => {
            let id = take("ticketId");
            return Some(("GET", in_ticket(id, &format!("/messages{}", query(&rest))), None));
        }
        "list_tickets" => return Some(("GET", format!("/api/tickets{}", query(&rest)), None)),
        "search_messages" => return Some(("GET", format!("/api/search{}", query(&rest)), None)),
        "get_notifications" => return Some(("GET", format!("/api/notifications{}", query(&rest)), None)),
        "list_canned_responses" => return Some(("GET", "/api/canned-responses".to_owned(), None)),
        _ => return None,
    };
    Some((method, path, Some(rest)))
}

/// Percent-encoded, whatever it is.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn query(fields: &Value) -> String {
    let pairs: Vec<String> = fields
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value.as_str().unwrap_or(&value.to_string()))))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

impl Api {
    /// Does over HTTP what a command of the socket does; `None` where only a connection can.
    pub async fn command(&self, name: &str, data: &Value) -> Option<Answer> {
        let (method, path, body) = route(name, data)?;
        Some(self.send(method, &path, body).await)
    }
}

//! What webhooks are sent, and what admins send and get about them.
//!
//! Owns the body: `{"type":…,"timestamp":…,"data":…}`. `data` is what the event of the socket carries.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    encode::{self, EncodeError},
    objects::{Rfc3339, TicketObject},
};
use crate::domain::{
    Delivery, LogEntry, Secret, Stream, Ticket, TicketId, Timestamp, Visible, Webhook, WebhookEvent,
    WebhookId,
};

/// What is sent.
#[derive(Serialize)]
struct Body<T> {
    #[serde(rename = "type")]
    event: &'static str,
    timestamp: Rfc3339,
    data: T,
}

/// The body that tells of an entry of a log.
///
/// # Errors
/// See [`EncodeError`].
pub fn entry_body(event: WebhookEvent, at: Timestamp, entry: &LogEntry) -> Result<String, EncodeError> {
    body(event, at, encode::data(entry)?)
}

/// The body that tells of a ticket that was opened, as someone sees it who sees `visible`.
///
/// # Errors
/// See [`EncodeError`].
pub fn ticket_body(at: Timestamp, ticket: &Ticket, visible: Visible) -> Result<String, EncodeError> {
    #[derive(Serialize)]
    struct Data<'a> {
        ticket: TicketObject<'a>,
    }

    body(WebhookEvent::TicketCreated, at, Data { ticket: TicketObject::new(ticket, visible) })
}

/// The body of a ping.
///
/// # Errors
/// See [`EncodeError`].
pub fn ping_body(at: Timestamp, webhook_id: WebhookId) -> Result<String, EncodeError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        webhook_id: WebhookId,
    }

    body(WebhookEvent::Ping, at, Data { webhook_id })
}

fn body(event: WebhookEvent, at: Timestamp, data: impl Serialize) -> Result<String, EncodeError> {
    encode::text(&Body { event: event.as_str(), timestamp: Rfc3339(at), data })
}

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateWebhook {
    /// Where to send events: `https`, and a public address.
    pub url: String,
    /// Which kinds; all of them if it is left out or empty.
    pub events: Option<Vec<String>>,
    /// Whether events of the internal streams are sent as well.
    pub internal: Option<bool>,
    /// Your own words.
    pub description: Option<String>,
    /// `whsec_` and the base64 of 24 to 64 bytes; made by the server if it is left out.
    #[schema(value_type = Option<String>)]
    pub secret: Option<Secret>,
    /// `true` unless it is given.
    pub enabled: Option<bool>,
}

/// What to change of a webhook; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateWebhook {
    /// Where to send events.
    pub url: Option<String>,
    /// Which kinds; all of them if it is empty.
    pub events: Option<Vec<String>>,
    /// Whether events of the internal streams are sent as well.
    pub internal: Option<bool>,
    /// Your own words.
    pub description: Option<String>,
    /// Whether anything is sent.
    pub enabled: Option<bool>,
}

/// How to change a webhook's secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotateSecret {
    /// The new one; made by the server if it is left out.
    #[schema(value_type = Option<String>)]
    pub secret: Option<Secret>,
    /// For how many seconds the one before signs as well, 0 to 604800; 86400 if it is left out.
    pub overlap_seconds: Option<u32>,
}

/// A webhook. Its secret is not in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct WebhookObject<'a> {
    pub id: WebhookId,
    pub url: &'a str,
    /// Empty if it is told of all kinds.
    pub events: Vec<&'static str>,
    pub internal: bool,
    pub description: &'a str,
    pub enabled: bool,
    /// Why the server disabled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<&'a str>,
    /// Until when the secret before signs as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<Rfc3339>,
    pub created_at: Rfc3339,
}

impl WebhookObject<'_> {
    /// `webhook` as it is at `now`.
    pub fn new(webhook: &Webhook, now: Timestamp) -> WebhookObject<'_> {
        let until = webhook.previous.as_ref().map(|(_, until)| *until);
        WebhookObject {
            id: webhook.id,
            url: &webhook.url,
            events: webhook.filter.events.iter().map(|event| event.as_str()).collect(),
            internal: webhook.filter.internal,
            description: &webhook.description,
            enabled: webhook.enabled,
            disabled_reason: webhook.disabled_reason.as_deref(),
            previous_secret_until: until.filter(|until| *until > now).map(Rfc3339),
            created_at: Rfc3339(webhook.created_at),
        }
    }
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct DeliveryObject<'a> {
    pub id: String,
    pub webhook_id: WebhookId,
    /// What the header `webhook-id` carries.
    pub event_id: &'a str,
    #[serde(rename = "type")]
    pub event: &'static str,
    /// What it tells of; nothing of a `ping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<Stream>,
    /// 0 of `ticket.created`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// `pending`, `delivered` or `dead`.
    pub state: &'static str,
    pub attempts: i32,
    /// Not there while an earlier one of the ticket is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<&'a str>,
    pub created_at: Rfc3339,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Rfc3339>,
}

impl<'a> From<&'a Delivery> for DeliveryObject<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook_id,
            event_id: &delivery.event_id,
            event: delivery.event.as_str(),
            ticket_id: delivery.place.map(|place| place.ticket_id),
            stream: delivery.place.map(|place| place.stream),
            seq: delivery.place.map(|place| place.seq),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(Rfc3339),
            last_status: delivery.last_status,
            last_error: delivery.last_error.as_deref(),
            created_at: Rfc3339(delivery.created_at),
            settled_at: delivery.settled_at.map(Rfc3339),
        }
    }
}

/// A webhook, alone; not for a log.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct OneWebhook<'a> {
    pub webhook: WebhookObject<'a>,
    /// Shown once: when it was made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<&'a str>,
}

/// All webhooks.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct AllWebhooks<'a> {
    pub webhooks: Vec<WebhookObject<'a>>,
}

/// A delivery, alone.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct OneDelivery<'a> {
    pub delivery: DeliveryObject<'a>,
}

/// A page of deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct DeliveryPageObject<'a> {
    pub deliveries: Vec<DeliveryObject<'a>>,
    pub has_more: bool,
}

/// How many dead deliveries are on their way again.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedObject {
    /// So many.
    pub replayed: usize,
    /// There are more: ask again.
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{LogKind, Message, MessageId, MessageStatus, Role, User, UserId};

    #[test]
    fn a_body_carries_what_the_event_of_the_socket_carries() {
        let sender =
            User { id: UserId::new("a").unwrap(), name: r#"A ","data": B"#.into(), role: Role::Agent };
        let entry = LogEntry::sent(Arc::new(Message {
            id: MessageId(1),
            ticket_id: TicketId(2),
            stream: Stream::Public,
            seq: 3,
            pos: 4,
            client_message_id: None,
            sender,
            body: r#"x ","data":{"#.into(),
            reply_to: None,
            attachments: Vec::new(),
            reactions: Vec::new(),
            status: MessageStatus::Sent,
            created_at: Timestamp(0),
            edited_at: None,
            deleted_at: None,
        }));
        let body = entry_body(WebhookEvent::Log(LogKind::MessageSent), Timestamp(1_500), &entry).unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let frame: serde_json::Value = serde_json::from_str(&encode::entry(&entry).unwrap()).unwrap();
        assert_eq!(body["type"], "message.created");
        assert_eq!(body["timestamp"], "1970-01-01T00:00:01.500Z");
        assert_eq!(body["data"], frame["data"]);
        assert_eq!(body["data"]["seq"], 3);
    }
}

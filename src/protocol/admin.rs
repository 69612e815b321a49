//! What a helpdesk's own server and its admins send over HTTP, and what they get.
//!
//! Owns names and fields. Does not know who may send them: that stands in the table of access.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::objects::{NotificationObject, Rfc3339, UserObject};
use crate::domain::{Role, TicketId, UserId};

/// A user as a helpdesk knows them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PutUser {
    /// Plain text.
    pub name: String,
    /// What they may do; as it is known, or `customer`, if it is not given.
    pub role: Option<Role>,
    /// Their address; as it is known if it is not given.
    pub email: Option<String>,
}

/// A notification in the sender's words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewNotification {
    /// What the sender calls it: `[a-z][a-z0-9_.-]{0,63}`, and none of the server's own kinds.
    pub kind: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// A ticket that the user sees.
    pub ticket_id: Option<TicketId>,
    /// An http(s) URL, or a path.
    pub link: Option<String>,
    /// A JSON object for the user's client.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Box<RawValue>>,
}

/// An event in the sender's words.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewEvent {
    /// What the sender calls it: `[a-z][a-z0-9_.-]{0,63}`.
    pub name: String,
    /// A JSON object.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

/// `{user, email}`
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownUser<'a> {
    /// As others see them.
    pub user: UserObject<'a>,
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
}

/// `{notification, duplicate?}`
#[derive(Debug, Serialize, ToSchema)]
pub struct Notified<'a> {
    /// As the user gets it.
    pub notification: NotificationObject<'a>,
    /// It was given before, by the same request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// `{connections}`: how many were told, or closed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Reached {
    /// Of this process.
    pub connections: usize,
}

/// `{userId, disabled, tokensValidAfter}`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Standing)]
pub struct StandingObject<'a> {
    /// Who.
    pub user_id: &'a UserId,
    /// No token of theirs is good.
    pub disabled: bool,
    /// Tokens issued before it are void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_valid_after: Option<Rfc3339>,
}

/// `{status}` of an erasure.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub struct ErasureObject {
    /// `erasing` or `erased`.
    pub status: &'static str,
}

/// A connection of this process.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connection)]
pub struct ConnectionObject {
    /// As `hello` says it.
    pub id: String,
    /// Whose.
    pub user: OwnedUser,
    /// From where, behind proxies that are trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// What carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<&'static str>,
    /// When it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Rfc3339>,
    /// How many rooms it has joined.
    pub rooms: usize,
    /// What waits to be written to it.
    pub outbox_bytes: usize,
}

/// `{id, name, role}`
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the wire's own words")]
#[schema(as = User)]
pub struct OwnedUser {
    pub id: UserId,
    pub name: String,
    pub role: Role,
}

/// A page of connections.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connections {
    /// In the order in which they were opened.
    pub connections: Vec<ConnectionObject>,
    /// To be sent as `after`; `null` at the end.
    pub next_cursor: Option<String>,
}

/// A room of this process.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Room)]
pub struct RoomObject {
    /// Its ticket.
    pub ticket_id: TicketId,
    /// Different users who are in.
    pub users: usize,
    /// Connections that are in.
    pub members: usize,
}

/// A page of rooms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rooms {
    /// In the order of their tickets.
    pub rooms: Vec<RoomObject>,
    /// To be sent as `after`; `null` at the end.
    pub next_cursor: Option<TicketId>,
}

/// What waits in this process.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queues {
    /// Writes that wait for the database.
    pub writes: usize,
    /// Signals that wait for each worker.
    pub signals: Vec<usize>,
    /// Bytes of messages and bodies that are coming in.
    pub inbound_bytes: usize,
    /// At most.
    pub inbound_bytes_max: usize,
    /// Bytes that wait to be written to connections.
    pub outbox_bytes: usize,
    /// Open connections,
    pub connections: usize,
    /// and those of them that somebody has authenticated on.
    pub authenticated: usize,
    /// Users who are being erased.
    pub erasing: usize,
    /// The server is about to stop.
    pub draining: bool,
}

//! The connection itself: what the server says first and last on it, and `ping`.
//!
//! Owns names and fields. Does not know sockets.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    FEATURES, VERSION,
    examples::nothing,
    objects::Rfc3339,
    schema::names,
    spec::{CommandSpec, Order},
};
use crate::domain::{Action, Class, ConnectionId};

names! {
    Pong = "pong";
    Hello = "hello";
    ServerDraining = "server_draining";
}

/// Tells whether the connection works.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(nothing))]
pub struct Ping {}

impl CommandSpec for Ping {
    const NAME: &'static str = "ping";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[];
    const ORDER: Order = Order::Pipelined;
    type Reply = Pong;
}

/// The connection works.
#[derive(Serialize, ToSchema)]
#[schema(as = PongReply, examples(pong))]
pub struct Pong {
    /// The server's time.
    pub at: Rfc3339,
}

/// What the server says first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HelloEvent, examples(hello))]
pub struct Hello {
    /// The version of the protocol.
    protocol: u32,
    /// Program and version.
    server: &'static str,
    /// Names the connection in the server's log.
    connection_id: String,
    /// What the server can do.
    #[schema(value_type = Vec<String>)]
    features: &'static [&'static str],
    /// How often the server sends a ping.
    heartbeat_ms: u64,
    /// How long the client has to authenticate.
    auth_timeout_ms: u64,
    /// The largest message that the server takes, once authenticated.
    max_frame_bytes: usize,
    /// The largest attachment that the server takes.
    max_attachment_bytes: usize,
}

/// What `hello` says of the server's settings.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields of `hello`")]
pub struct Settings {
    pub heartbeat_ms: u64,
    pub auth_timeout_ms: u64,
    pub max_frame_bytes: usize,
    pub max_attachment_bytes: usize,
}

impl Hello {
    /// What is said on this connection.
    pub fn new(connection: ConnectionId, settings: Settings) -> Self {
        let Settings { heartbeat_ms, auth_timeout_ms, max_frame_bytes, max_attachment_bytes } = settings;
        Self {
            protocol: VERSION,
            server: SERVER,
            connection_id: connection.to_string(),
            features: FEATURES,
            heartbeat_ms,
            auth_timeout_ms,
            max_frame_bytes,
            max_attachment_bytes,
        }
    }
}

const SERVER: &str = concat!("deskwire/", env!("CARGO_PKG_VERSION"));

/// The server is about to restart.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerDrainingEvent, examples(draining))]
pub struct ServerDraining {
    /// How long to wait before coming back.
    pub reconnect_after_ms: u64,
}

fn pong() -> Value {
    json!({"at": "2026-11-21T05:47:15.297Z"})
}

fn hello() -> Value {
    json!({
        "protocol": VERSION, "server": SERVER, "connectionId": "0000000000000001", "features": FEATURES,
        "heartbeatMs": 25_000, "authTimeoutMs": 10_000, "maxFrameBytes": 16_777_216,
        "maxAttachmentBytes": 10_485_760,
    })
}

fn draining() -> Value {
    json!({"reconnectAfterMs": 1_733})
}

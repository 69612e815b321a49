//! Messages: sending, editing, deleting, receiving and reading back.

mod content;
mod deleting;
pub(crate) mod editing;
mod history;
mod history_pages;
mod http;
mod idempotency;
mod idempotency_content;
mod if_position;
mod internal;
mod mentions;
mod order;
mod replies;
mod sending;

use serde_json::Value;

use crate::harness::WsClient;

/// The next `n` messages that arrive.
pub(crate) async fn take(client: &mut WsClient, n: usize) -> Vec<Value> {
    let mut messages = Vec::with_capacity(n);
    while messages.len() < n {
        messages.push(client.event("new_message").await);
    }
    messages
}

/// The messages that arrive up to the one of this text, and that one.
async fn take_until(client: &mut WsClient, text: &str) -> Vec<Value> {
    let mut messages = Vec::new();
    loop {
        let message = client.event("new_message").await;
        let last = message["message"] == text;
        messages.push(message);
        if last {
            return messages;
        }
    }
}

pub(crate) fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["message"].as_str().unwrap()).collect()
}

/// The sequence numbers of one stream, in the order of arrival.
fn seqs(messages: &[Value], stream: &str) -> Vec<u64> {
    let of_stream = messages.iter().filter(|message| message["stream"] == stream);
    of_stream.map(|message| message["seq"].as_u64().unwrap()).collect()
}

fn id(message: &Value) -> u64 {
    message["id"].as_str().unwrap().parse().unwrap()
}

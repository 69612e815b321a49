//! Streams: resuming them, and getting them in spite of slowness and lost hints.

mod access_changes;
mod healing;
mod interleavings;
mod rejoining;
mod reset;
mod since;
mod slow_readers;

use serde_json::Value;

use crate::harness::{TestApp, WsClient, json};

/// `join_ticket` from a position.
fn resume(ticket: &str, since: &Value, epoch: &Value) -> Value {
    json!({ "ticketId": ticket, "since": since, "epoch": epoch })
}

fn note(ticket: &str, text: &str) -> Value {
    json!({ "ticketId": ticket, "message": text, "visibility": "internal" })
}

/// The epoch, as any connection learns it.
async fn epoch(app: &TestApp) -> Value {
    let mut anyone = app.open().await;
    anyone.authenticate(&app.token("anyone", deskwire::domain::Role::Customer)).await["epoch"].clone()
}

/// Sends so many messages of so many characters, several at a time; every second one is internal if
/// wanted.
async fn fill(agent: &mut WsClient, ticket: &str, count: usize, chars: usize, both: bool) {
    let text = "x".repeat(chars);
    let mut acks = Vec::new();
    for n in 0..count {
        let visibility = if both && n % 2 == 1 { "internal" } else { "public" };
        let message = json!({ "ticketId": ticket, "message": text, "visibility": visibility });
        acks.push(agent.send_acked("send_message", message).await);
        // Who sends without ever reading its answers is not read from in the end.
        if acks.len() == 20 || n + 1 == count {
            for ack in acks.drain(..) {
                assert_eq!(agent.ack(ack).await["success"], true);
            }
        }
    }
}

/// The names of events in the order of their coming up to one of that name or text, `new_message`s with
/// their stream and number; without presence.
async fn story_until(client: &mut WsClient, last: &str) -> Vec<String> {
    let mut story = Vec::new();
    loop {
        let aside = ["ack", "user_joined_ticket", "user_left_ticket", "user_status", "notification"];
        let frame = client.frame(|frame| !aside.contains(&frame["event"].as_str().unwrap())).await;
        let (name, data) = (frame["event"].as_str().unwrap(), &frame["data"]);
        story.push(match name {
            "new_message" => format!("{} {}", data["stream"].as_str().unwrap(), data["seq"]),
            other => other.to_owned(),
        });
        if name == last || data["message"] == last {
            return story;
        }
    }
}

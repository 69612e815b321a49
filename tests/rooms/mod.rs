//! Rooms: who is in them, who types, who may stay, and what a stranger learns of them.

mod bounds;
mod presence;
mod presence_ends;
mod roles;
mod strangers;
mod typing;
mod typing_ends;

use serde_json::Value;

use crate::harness::WsClient;

/// All events of that name up to now, at a member of the room.
///
/// What was announced before `speaker` speaks went over the same queue as the message, so it has
/// arrived when the message has.
async fn announced(member: &mut WsClient, speaker: &mut WsClient, ticket: &str, name: &str) -> Vec<Value> {
    let said = speaker.say(ticket, "everyone listens").await;
    member.frame(|frame| frame["event"] == "new_message" && frame["data"]["id"] == said["id"]).await;
    member.take_kept(name)
}

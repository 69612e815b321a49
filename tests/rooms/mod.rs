//! Rooms: how many there may be, and who is in them.

mod bounds;
mod online_users;
mod online_users_ends;

use serde_json::Value;

use crate::harness::WsClient;

/// All events of that name up to now, at a member of the room.
///
/// What was announced before `speaker` speaks went over the same queue as the message, so it has
/// arrived when the message has.
pub(crate) async fn announced(
    member: &mut WsClient,
    speaker: &mut WsClient,
    ticket: &str,
    name: &str,
) -> Vec<Value> {
    let said = speaker.say(ticket, "everyone listens").await;
    member.frame(|frame| frame["event"] == "new_message" && frame["data"]["id"] == said["id"]).await;
    member.take_kept(name)
}

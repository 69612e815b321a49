//! Everyone does everything at once: what a customer hears is without gaps and without a trace of the
//! internal stream, whoever joins, leaves, is removed or changes roles meanwhile.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{harness::*, on_each_database};

/// What only agents may know stands in every note, label and canned response.
const SECRET_WORD: &str = "xyzzy";

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn as_agent(dice: &mut Dice, ticket: &str) -> (&'static str, Value) {
    let message = (dice.roll(40) + 1).to_string();
    match dice.roll(16) {
        0 => (
            "send_message",
            json!({ "ticketId": ticket, "message": format!("{SECRET_WORD} note"), "visibility": "internal" }),
        ),
        1 => ("send_message", json!({ "ticketId": ticket, "message": "hello @pat", "replyTo": message })),
        2 => ("edit_message", json!({ "messageId": message, "message": format!("edit {}", dice.roll(9)) })),
        3 => ("delete_message", json!({ "messageId": message })),
        4 => ("add_reaction", json!({ "messageId": message, "emoji": "👍" })),
        5 => ("remove_reaction", json!({ "messageId": message, "emoji": "👍" })),
        6 => ("add_participant", json!({ "ticketId": ticket, "userId": "pat" })),
        7 => ("remove_participant", json!({ "ticketId": ticket, "userId": "pat" })),
        8 => (
            "update_ticket",
            json!({ "ticketId": ticket, "labels": [format!("{SECRET_WORD}{}", dice.roll(9))], "priority": "urgent" }),
        ),
        9 => (
            "update_ticket",
            json!({ "ticketId": ticket, "snoozedUntil": "2027-01-01T00:00:00Z", "priority": "low" }),
        ),
        10 => ("update_ticket", json!({ "ticketId": ticket, "status": "closed" })),
        11 => ("update_ticket", json!({ "ticketId": ticket, "status": "pending", "assigneeId": "alex" })),
        12 => ("mark_read", json!({ "ticketId": ticket, "stream": "internal", "seq": dice.roll(5) })),
        13 => ("typing_start", json!({ "ticketId": ticket, "visibility": "internal" })),
        14 => ("mark_read", json!({ "ticketId": ticket, "messageId": message })),
        _ => (
            "send_message",
            json!({ "ticketId": ticket, "message": format!("{SECRET_WORD} @pat @casey"), "visibility": "internal" }),
        ),
    }
}

fn as_customer(dice: &mut Dice, ticket: &str) -> (&'static str, Value) {
    let message = (dice.roll(40) + 1).to_string();
    match dice.roll(16) {
        0 | 1 => {
            ("send_message", json!({ "ticketId": ticket, "message": "help @alex", "replyTo": Value::Null }))
        }
        2 => ("send_message", json!({ "ticketId": ticket, "message": "re", "replyTo": message })),
        3 => ("edit_message", json!({ "messageId": message, "message": format!("mine {}", dice.roll(9)) })),
        4 => ("delete_message", json!({ "messageId": message })),
        5 => ("add_reaction", json!({ "messageId": message, "emoji": "❤" })),
        6 => ("mark_read", json!({ "ticketId": ticket, "messageId": message })),
        7 => ("search_messages", json!({ "query": SECRET_WORD })),
        8 => ("search_messages", json!({ "query": &SECRET_WORD[..2], "ticketId": ticket })),
        9 => ("get_messages", json!({ "ticketId": ticket, "limit": 200 })),
        10 => ("list_tickets", json!({})),
        11 => ("get_notifications", json!({})),
        12 => ("rate_ticket", json!({ "ticketId": ticket, "score": dice.roll(5) + 1 })),
        13 => ("join_ticket", json!({ "ticketId": ticket })),
        14 => ("subscribe_queue", json!({})),
        _ => ("update_ticket", json!({ "ticketId": ticket, "status": "closed" })),
    }
}

/// Sends commands without waiting, then takes all that came until the last is answered.
async fn storm(
    mut client: WsClient,
    ticket: String,
    mut dice: Dice,
    of: fn(&mut Dice, &str) -> (&'static str, Value),
) -> Vec<Value> {
    for round in 0..150 {
        let (command, data) = of(&mut dice, &ticket);
        if dice.roll(3) == 0 {
            client.send(command, data).await;
        } else {
            client.send_acked(command, data).await;
        }
        if round % 8 == 0 {
            // Waits for what is before it.
            client.request("get_ticket", json!({ "ticketId": ticket })).await;
        }
    }
    client.request("get_ticket", json!({ "ticketId": ticket })).await;
    client.all_kept().iter().cloned().collect()
}

/// Durable events of a stream come without a gap, from one joining to the next.
fn assert_dense(frames: &[Value]) {
    let mut at: Option<i64> = None;
    for frame in frames {
        let data = &frame["data"];
        if frame["event"] == "left_ticket" {
            at = None;
        } else if data["replaying"].is_i64() {
            at = data["position"]["public"].as_i64();
        } else if frame["event"] != "ack"
            && data["seq"].is_i64()
            && !frame["event"].as_str().unwrap().starts_with("messages_")
        {
            let seq = data["seq"].as_i64().unwrap();
            if let Some(before) = at {
                assert_eq!(seq, before + 1, "{frame}");
            }
            at = Some(seq);
        }
    }
}

fn assert_public(frames: &[Value]) {
    for frame in frames {
        let text = frame.to_string();
        for hidden in [SECRET_WORD, "\"internal\"", "priority", "labels", "snoozedUntil", "queue_ticket"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
    }
}

on_each_database! {
    async fn whatever_happens_at_once_customers_hear_all_that_is_public_and_nothing_else(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut pat) = (app.customer("casey").await, app.customer("pat").await);
        let (mut alex, mut ari, mut max) = (app.agent("alex").await, app.agent("ari").await, app.agent("max").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "pat" })).await;
        for client in [&mut casey, &mut pat, &mut alex, &mut ari, &mut max] {
            client.join(&ticket).await;
        }
        max.ok("subscribe_queue", json!({})).await;
        let demoted = {
            let (token, ticket) = (app.token("max", Role::Customer), ticket.clone());
            async move {
                for _ in 0..20 {
                    max.ok("ping", json!({})).await;
                }
                max.authenticate(&token).await;
                let before = max.all_kept().len();
                storm(max, ticket, Dice(5), as_customer).await.split_off(before)
            }
        };
        let (casey, pat, _, _, max) = tokio::join!(
            storm(casey, ticket.clone(), Dice(1), as_customer),
            storm(pat, ticket.clone(), Dice(2), as_customer),
            storm(alex, ticket.clone(), Dice(3), as_agent),
            storm(ari, ticket.clone(), Dice(4), as_agent),
            demoted,
        );
        for frames in [&casey, &pat, &max] {
            let faults = frames.iter().filter(|it| it.to_string().contains(r#""code":"internal""#)).count();
            assert_eq!(faults, 0);
            assert_dense(frames);
            assert!(frames.len() > 100, "{}", frames.len());
        }
        let public = |frames: &[Value]| {
            // The refusal of an invalid stream and the policy's words may name it.
            frames.iter().filter(|it| it["data"]["success"] != false && it["event"] != "error").cloned().collect::<Vec<_>>()
        };
        for frames in [casey, pat, max] {
            assert_public(&public(&frames));
        }
    }
}

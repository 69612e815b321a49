//! Listening without a WebSocket: by a stream of events, and by polls.

mod bounds;
mod ends;
mod polls;
mod presence;
mod resuming;
mod streams;

use deskwire::domain::Role;
use serde_json::Value;

use crate::harness::{Api, TestApp};

fn events(ticket: &str) -> String {
    format!("/api/tickets/{ticket}/events")
}

/// The path of a poll from a position, as an answer or a reply names it.
fn since(ticket: &str, at: &Value, wait: u32) -> String {
    let internal = at["position"]["internal"].as_u64().map_or(String::new(), |it| format!("&internal={it}"));
    let (public, epoch) = (&at["position"]["public"], at["epoch"].as_str().unwrap());
    format!("{}?public={public}{internal}&epoch={epoch}&wait={wait}", events(ticket))
}

fn agent(app: &TestApp) -> Api {
    app.api("ari", Role::Agent)
}

fn customer(app: &TestApp) -> Api {
    app.api("casey", Role::Customer)
}

/// The durable events among frames: those that a log has.
fn durable<'a>(frames: impl IntoIterator<Item = &'a Value>) -> Vec<Value> {
    let is_durable = |frame: &&Value| {
        let name = frame["event"].as_str().unwrap();
        frame["data"].get("seq").is_some() && !["messages_read", "messages_delivered"].contains(&name)
    };
    frames.into_iter().filter(is_durable).cloned().collect()
}

/// The epoch.
async fn epoch(app: &TestApp) -> String {
    let me = app.api("anyone", Role::Customer).get("/api/me").await.expect(200);
    me["epoch"].as_str().unwrap().to_owned()
}

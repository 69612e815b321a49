//! Webhooks: events that are told over HTTP, to a real receiver on this machine.

mod administering;
mod delivering;
mod destinations;
mod retrying;
mod stored_rows;
mod two_servers;

use std::time::Duration;

use deskwire::domain::{Clock, Role, Timestamp};
use serde_json::Value;

use crate::harness::{Api, Database, Receiver, TestApp, app::now, json};

/// A server whose webhooks may lead to this machine.
async fn start(database: Database) -> TestApp {
    TestApp::with(database, |settings| settings.webhooks.webhooks_allow_private = true).await
}

/// The same, with a clock that stands until it is moved.
async fn start_with_clock(database: Database) -> (TestApp, Hands) {
    let hands = Hands { clock: Clock::fixed(now()) };
    let allow = |settings: &mut deskwire::config::Settings| settings.webhooks.webhooks_allow_private = true;
    (TestApp::with_clock(database, hands.clock.clone(), allow).await, hands)
}

/// Of a clock.
struct Hands {
    clock: Clock,
}

impl Hands {
    fn forward(&self, by: Duration) {
        self.clock.set(self.clock.now().after(by));
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// An admin, for longer than any test moves the clock.
fn admin(app: &TestApp) -> Api {
    let token = app.token_for("root", Role::Admin, Duration::from_secs(90 * 24 * 3_600));
    app.anonymous_api().with("Authorization", &format!("Bearer {token}"))
}

/// A registered webhook.
struct Hook {
    id: String,
    secret: String,
}

impl Hook {
    /// One that leads to the receiver.
    async fn register(app: &TestApp, receiver: &Receiver, more: Value) -> Self {
        let mut wanted = json!({ "url": receiver.url("/hook") });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = admin(app).post("/api/webhooks", wanted).await.expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { id: text(&made["webhook"]["id"]), secret: text(&made["secret"]) }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/webhooks/{}{rest}", self.id)
    }

    /// Its deliveries in a state, oldest first.
    async fn deliveries(&self, app: &TestApp, state: &str) -> Vec<Value> {
        let page =
            admin(app).get(&self.path(&format!("/deliveries?state={state}&limit=200"))).await.expect(200);
        page["deliveries"].as_array().unwrap().iter().rev().cloned().collect()
    }
}

/// What came, as the kinds of events.
fn kinds(received: &[crate::harness::webhook_receiver::Received]) -> Vec<String> {
    received.iter().map(crate::harness::webhook_receiver::Received::kind).collect()
}

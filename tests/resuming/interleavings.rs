//! The promise of resuming, for any interleaving: replay and live together are the log.
//!
//! Two readers, a customer and an agent, join, leave, lose their connections and come back while
//! messages are written and changed without waiting for anyone. Each keeps what a client keeps: its log, its
//! position, and nothing that arrives between asking for a join and its answer.

use deskwire::domain::Role;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;
use tokio::runtime::Handle;

use super::{epoch, resume};
use crate::{harness::*, on_each_database};

#[derive(Clone, Debug)]
enum Step {
    /// So many messages, without waiting for acks.
    Write {
        internal: bool,
        count: usize,
    },
    /// So many edits of a first message, and emojis put under it and taken away, without waiting.
    Change {
        internal: bool,
        count: usize,
    },
    /// Join from where the reader is.
    Join(usize),
    Leave(usize),
    /// Lose the connection, and what was not read.
    Cut(usize),
    /// Read everything that has arrived.
    Read(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..2_usize;
    let step = prop_oneof![
        4 => (any::<bool>(), 1..15_usize).prop_map(|(internal, count)| Step::Write { internal, count }),
        3 => (any::<bool>(), 1..8_usize).prop_map(|(internal, count)| Step::Change { internal, count }),
        3 => who.clone().prop_map(Step::Join),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Cut),
        2 => who.prop_map(Step::Read),
    ];
    prop::collection::vec(step, 5..40)
}

struct Reader {
    name: &'static str,
    role: Role,
    client: Option<WsClient>,
    /// Joins that are not answered yet.
    joins: Vec<u64>,
    /// Replayed events still to come, until `replay_complete`.
    replaying: Option<u64>,
    position: [u64; 2],
    /// The durable events, as frames.
    log: Vec<Value>,
}

impl Reader {
    fn new(name: &'static str, role: Role) -> Self {
        Self {
            name,
            role,
            client: None,
            joins: Vec::new(),
            replaying: None,
            position: [0, 0],
            log: Vec::new(),
        }
    }

    async fn client(&mut self, app: &TestApp) -> &mut WsClient {
        if self.client.is_none() {
            self.client = Some(app.connect(self.name, self.role).await);
        }
        self.client.as_mut().unwrap()
    }

    async fn join(&mut self, app: &TestApp, ticket: &str, epoch: &Value) {
        let since = json!({ "public": self.position[0], "internal": self.position[1] });
        let ack = self.client(app).await.send_acked("join_ticket", resume(ticket, &since, epoch)).await;
        self.joins.push(ack);
    }

    async fn leave(&mut self, app: &TestApp, ticket: &str) {
        // Answered in order: a `ping` behind it tells when it is done.
        self.client(app).await.send_acked("leave_ticket", json!({ "ticketId": ticket })).await;
        self.read(app).await;
        self.replaying = None;
    }

    fn cut(&mut self) {
        if let Some(client) = self.client.take() {
            client.cut();
        }
        self.joins.clear();
        self.replaying = None;
    }

    /// Reads until the answer to a `ping`.
    async fn read(&mut self, app: &TestApp) {
        let pong = self.client(app).await.send_acked("ping", json!({})).await;
        while !self.next(Some(pong)).await {}
    }

    /// Takes the next frame; tells whether it was the awaited ack.
    async fn next(&mut self, awaited: Option<u64>) -> bool {
        let client = self.client.as_mut().unwrap();
        let frame = tokio::time::timeout(PATIENCE, client.receive()).await.expect("a frame").expect("no end");
        let data = &frame["data"];
        let name = frame["event"].as_str().unwrap();
        match name {
            "ack" => {
                let ack = frame["ack"].as_u64();
                if let Some(index) = self.joins.iter().position(|join| Some(*join) == ack) {
                    self.joins.remove(index);
                    assert_eq!(data["reset"], false, "{data}");
                    self.replaying = data["replaying"].as_u64();
                }
                return ack == awaited;
            }
            "new_message" | "message_edited" | "reaction_added" | "reaction_removed"
                if self.joins.is_empty() =>
            {
                let stream = usize::from(data["stream"] == "internal");
                assert!(stream == 0 || self.role == Role::Agent, "an internal {name} to a customer");
                self.position[stream] += 1;
                assert_eq!(data["seq"], self.position[stream], "{}: neither a gap nor a double", self.name);
                self.log.push(frame.clone());
                if let Some(left) = &mut self.replaying {
                    *left = left.checked_sub(1).expect("replay_complete comes before live events");
                }
            }
            "replay_complete" if self.joins.is_empty() => {
                assert_eq!(self.replaying.take(), Some(0), "exactly what was promised is replayed");
            }
            _ => {}
        }
        false
    }

    /// What it got of the log: names and places.
    fn events(&self) -> Vec<(Value, Value, Value)> {
        let event = |frame: &Value| {
            (frame["event"].clone(), frame["data"]["stream"].clone(), frame["data"]["seq"].clone())
        };
        self.log.iter().map(event).collect()
    }

    /// The messages that it got; those that were changed meanwhile may have been got before.
    fn unchanged(&self, changed: &[Value]) -> Vec<Value> {
        let messages = self.log.iter().filter(|frame| frame["event"] == "new_message");
        let messages = messages.map(|frame| frame["data"].clone());
        messages.filter(|message| !changed.contains(&message["id"])).collect()
    }

    /// Joins a last time and reads up to these heads.
    async fn finish(&mut self, app: &TestApp, ticket: &str, epoch: &Value, heads: [u64; 2]) {
        self.read(app).await;
        self.join(app, ticket, epoch).await;
        while !self.joins.is_empty() || self.replaying.is_some() || self.position != heads {
            self.next(None).await;
        }
    }
}

/// Everything that someone sees of a ticket, by pages.
async fn history(client: &mut WsClient, ticket: &str) -> Vec<Value> {
    let mut log: Vec<Value> = Vec::new();
    loop {
        let after = log.last().map_or(json!(0), |last| last["id"].clone());
        let page =
            client.ok("get_messages", json!({ "ticketId": ticket, "limit": 200, "after": after })).await;
        log.extend(page["messages"].as_array().unwrap().iter().cloned());
        if page["hasMore"] == false {
            return log;
        }
    }
}

async fn tell(app: &TestApp, epoch: &Value, steps: Vec<Step>) {
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Told").await;
    let mut writer = app.agent("alex").await;
    let mut readers = [Reader::new("casey", Role::Customer), Reader::new("ari", Role::Agent)];
    let (mut acks, mut heads) = (Vec::new(), [1, 1]);
    let mut changed = Vec::new();
    for visibility in ["public", "internal"] {
        let data = json!({ "ticketId": ticket, "message": "first", "visibility": visibility });
        changed.push(writer.ok("send_message", data).await["message"]["id"].clone());
    }
    let mut changes = [0, 0];
    for step in steps {
        match step {
            Step::Write { internal, count } => {
                let visibility = if internal { "internal" } else { "public" };
                heads[usize::from(internal)] += count as u64;
                for n in 0..count {
                    let data =
                        json!({ "ticketId": ticket, "message": n.to_string(), "visibility": visibility });
                    acks.push(writer.send_acked("send_message", data).await);
                }
            }
            Step::Change { internal, count } => {
                let which = usize::from(internal);
                heads[which] += count as u64;
                for _ in 0..count {
                    let (command, data) = change(&changed[which], changes[which]);
                    changes[which] += 1;
                    acks.push(writer.send_acked(command, data).await);
                }
            }
            Step::Join(who) => readers[who].join(app, &ticket, epoch).await,
            Step::Leave(who) => readers[who].leave(app, &ticket).await,
            Step::Cut(who) => readers[who].cut(),
            Step::Read(who) => readers[who].read(app).await,
        }
    }
    for ack in acks {
        assert_eq!(writer.ack(ack).await["success"], true);
    }
    let [customer, agent] = &mut readers;
    customer.finish(app, &ticket, epoch, [heads[0], 0]).await;
    agent.finish(app, &ticket, epoch, heads).await;
    for (reader, client) in [(customer, &mut casey), (agent, &mut writer)] {
        let mut seen = history(client, &ticket).await;
        seen.retain(|message| !changed.contains(&message["id"]));
        assert_eq!(reader.unchanged(&changed), seen);
        let mut late = Reader::new(reader.name, reader.role);
        late.finish(app, &ticket, epoch, reader.position).await;
        assert_eq!(reader.events(), late.events(), "live or replayed, the log is the same");
    }
}

/// The next change of a message; each has an effect.
fn change(message: &Value, number: usize) -> (&'static str, Value) {
    match number % 3 {
        0 => ("edit_message", json!({ "messageId": message, "message": number.to_string() })),
        1 => ("add_reaction", json!({ "messageId": message, "emoji": "👀" })),
        _ => ("remove_reaction", json!({ "messageId": message, "emoji": "👀" })),
    }
}

on_each_database! {
    async fn replay_and_live_together_are_the_log(database) {
        let app = TestApp::start(database).await;
        let epoch = epoch(&app).await;
        let config = ProptestConfig { cases: 24, max_shrink_iters: 50, failure_persistence: None, ..Default::default() };
        let told = tokio::task::block_in_place(|| {
            TestRunner::new(config).run(&steps(), |steps| {
                Handle::current().block_on(tell(&app, &epoch, steps));
                Ok(())
            })
        });
        if let Err(failure) = told {
            panic!("{failure}");
        }
    }
}

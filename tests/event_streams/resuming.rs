//! However often it breaks off: together the pieces are the log.

use deskwire::domain::Role;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;
use tokio::runtime::Handle;

use super::{durable, epoch, events, since};
use crate::{harness::*, on_each_database};

/// Every third of them internal; one more comes last.
const MESSAGES: usize = 40;

/// Reads a few events, then loses the connection and whatever was under way on it.
#[derive(Clone, Debug)]
struct Piece {
    reads: usize,
    by_stream: bool,
    waits: bool,
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (0..9_usize, any::<bool>(), any::<bool>()).prop_map(|(reads, by_stream, waits)| Piece {
        reads,
        by_stream,
        waits,
    });
    prop::collection::vec(piece, 3..25)
}

struct Reader {
    api: Api,
    /// As an `id` of a stream.
    at: String,
    /// How many there will be.
    total: usize,
    got: Vec<Value>,
}

impl Reader {
    fn new(app: &TestApp, id: &str, role: Role, epoch: &Value) -> Self {
        Self {
            api: app.api(id, role),
            at: format!("{}:0", epoch.as_str().unwrap()),
            total: if role == Role::Agent { MESSAGES + 1 } else { MESSAGES - MESSAGES.div_ceil(3) + 1 },
            got: Vec::new(),
        }
    }

    /// By either way: a stream's id and a poll's position are the same thing.
    async fn read(&mut self, ticket: &str, piece: &Piece) {
        if piece.by_stream {
            self.by_stream(ticket, piece.reads).await
        } else {
            self.by_poll(ticket, piece.waits).await
        }
    }

    async fn by_stream(&mut self, ticket: &str, reads: usize) {
        let mut stream = self.api.with("Last-Event-ID", &self.at).stream(&events(ticket)).await;
        let mut reads = reads;
        // As long as something is missing, something comes.
        while reads > 0 && self.got.len() < self.total {
            let sent = stream.next().await.unwrap();
            if let Some(id) = &sent.id {
                self.at.clone_from(id);
            }
            if sent.name() == "joined_ticket" {
                assert_eq!(sent.data["data"]["reset"], false);
            }
            self.got.append(&mut durable([&sent.data]));
            reads -= 1;
        }
    }

    async fn by_poll(&mut self, ticket: &str, waits: bool) {
        let mut parts = self.at.split(':');
        let epoch = parts.next().unwrap();
        let position = json!({ "public": parts.next().unwrap().parse::<u64>().unwrap(),
            "internal": parts.next().map(|it| it.parse::<u64>().unwrap()) });
        let at = json!({ "epoch": epoch, "position": position });
        let answer = self
            .api
            .get(&since(ticket, &at, u32::from(waits && self.got.len() < self.total)))
            .await
            .expect(200);
        assert_eq!(answer["reset"], false);
        self.got.append(&mut durable(answer["events"].as_array().unwrap()));
        let position = &answer["position"];
        let internal = position["internal"].as_u64().map_or(String::new(), |it| format!(":{it}"));
        self.at = format!("{epoch}:{}{internal}", position["public"]);
    }
}

async fn tell(app: &TestApp, epoch: &Value, pieces: Vec<Piece>) {
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Told").await;
    let mut alex = app.agent("alex").await;
    let mut readers =
        [Reader::new(app, "casey", Role::Customer, epoch), Reader::new(app, "ari", Role::Agent, epoch)];
    let writes = async {
        let mut acks = Vec::new();
        for n in 0..MESSAGES {
            let visibility = if n % 3 == 0 { "internal" } else { "public" };
            let data = json!({ "ticketId": ticket, "message": n.to_string(), "visibility": visibility });
            acks.push(alex.send_acked("send_message", data).await);
            tokio::task::yield_now().await;
        }
        for ack in acks {
            assert_eq!(alex.ack(ack).await["success"], true);
        }
        alex.say(&ticket, "last").await;
    };
    let [customer, agent] = &mut readers;
    let reads = async {
        for piece in &pieces {
            tokio::join!(customer.read(&ticket, piece), agent.read(&ticket, piece));
        }
    };
    tokio::join!(writes, reads);
    for (reader, client) in [(customer, &mut casey), (agent, &mut alex)] {
        while reader.got.len() < reader.total {
            reader.by_poll(&ticket, true).await;
        }
        assert_eq!(reader.got, client.replay(&ticket).await);
    }
}

on_each_database! {
    async fn what_streams_and_polls_bring_over_any_breaks_is_the_log(database) {
        let app = TestApp::start(database).await;
        let epoch = json!(epoch(&app).await);
        let config = ProptestConfig { cases: 12, max_shrink_iters: 30, failure_persistence: None, ..Default::default() };
        let told = tokio::task::block_in_place(|| {
            TestRunner::new(config).run(&pieces(), |pieces| {
                Handle::current().block_on(tell(&app, &epoch, pieces));
                Ok(())
            })
        });
        if let Err(failure) = told {
            panic!("{failure}");
        }
    }
}

on_each_database! {
    async fn a_position_that_does_not_fit_is_told_at_once(database) {
        let app = TestApp::with(database, |settings| settings.bounds.replay_events = 3).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        for n in 0..5 {
            alex.say(&ticket, &n.to_string()).await;
        }
        let epoch = epoch(&app).await;
        let api = app.api("ari", Role::Agent);
        for (query, id) in [
            ("public=5&internal=0&epoch=another".to_owned(), "another:5:0".to_owned()),
            ("public=5&internal=0".to_owned(), ":5:0".to_owned()),
            (format!("public=6&epoch={epoch}"), format!("{epoch}:6")),
            (format!("public=5&internal=1&epoch={epoch}"), format!("{epoch}:5:1")),
            (format!("public=1&epoch={epoch}"), format!("{epoch}:1:0")),
            (format!("internal=0&epoch={epoch}"), format!("{epoch}:0:0")),
        ] {
            let answer = api.get(&format!("{}?{query}&wait=60", events(&ticket))).await.expect(200);
            let expected = json!({ "events": [], "position": { "public": 5, "internal": 0 }, "epoch": epoch, "reset": true });
            assert_eq!(answer, expected, "{query}");

            // The header counts, whatever the query says.
            let path = format!("{}?public=5&epoch={epoch}", events(&ticket));
            let mut stream = api.with("Last-Event-ID", &id).stream(&path).await;
            let first = stream.next().await.unwrap();
            assert_eq!((first.name(), &first.data["data"]["reset"]), ("joined_ticket", &json!(true)), "{id}");
            assert_eq!(first.id.unwrap(), format!("{epoch}:5:0"));
            assert_eq!(stream.next().await.unwrap().name(), "replay_complete");
        }
    }
}

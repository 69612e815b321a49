//! Users who talk as fast as they are answered, and what must be in the log of what they were told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};

use super::{PATIENCE, WsClient, http};

/// Messages of one user that are under way at once.
const WINDOW: usize = 8;
/// Every so many messages one carries a file.
const ATTACH_EVERY: usize = 16;

/// A message that was acknowledged.
#[derive(Clone, Debug)]
pub struct Acked {
    id: Value,
    seq: Value,
}

/// What one user sent to one ticket, and what became of it.
#[derive(Debug, Default)]
pub struct Talk {
    /// Where.
    pub ticket: String,
    /// By the client's id of the message.
    pub acked: HashMap<String, Acked>,
    /// What was sent and never answered.
    pub open: Vec<String>,
}

/// Talks until the connection ends or `enough` was acknowledged; counts what is in `total`.
pub async fn talk(
    client: &mut WsClient,
    ticket: String,
    name: &str,
    enough: usize,
    total: Arc<AtomicUsize>,
) -> Talk {
    let mut talk = Talk { ticket, ..Talk::default() };
    let mut sent = 0;
    while talk.acked.len() < enough {
        while talk.open.len() < WINDOW && sent < enough {
            let id = format!("{name}-{sent}");
            sent += 1;
            talk.open.push(id.clone());
            if !client.try_send_text(frame(&talk.ticket, &id)).await {
                return talk;
            }
        }
        let Some(frame) = client.receive().await else { return talk };
        let Some(id) = frame["ack"].as_str().filter(|_| frame["event"] == "ack") else { continue };
        assert_eq!(frame["data"]["success"], true, "{frame}");
        talk.open.retain(|open| open != id);
        talk.acked.insert(id.to_owned(), {
            let message = &frame["data"]["message"];
            Acked { id: message["id"].clone(), seq: message["seq"].clone() }
        });
        total.fetch_add(1, Ordering::Relaxed);
    }
    talk
}

/// The client's id of a message is its ack and its text as well.
fn frame(ticket: &str, id: &str) -> String {
    let mut data = json!({ "ticketId": ticket, "message": id, "format": "text", "clientMessageId": id });
    let number: usize = id.rsplit_once('-').unwrap().1.parse().unwrap();
    if number.is_multiple_of(ATTACH_EVERY) {
        data["attachments"] = json!([{ "name": "note.txt", "type": "text/plain", "data": base64(id) }]);
    }
    json!({ "event": "send_message", "data": data, "ack": id }).to_string()
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for three in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(*three.get(at).unwrap_or(&0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..=three.len() {
            encoded.push(char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    encoded
}

/// All messages of a ticket, oldest first.
pub async fn history(client: &mut WsClient, ticket: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut before = Value::Null;
    loop {
        let mut page = json!({ "ticketId": ticket, "limit": 200 });
        if !before.is_null() {
            page["before"] = before;
        }
        let page = client.ok("get_messages", page).await;
        let messages = page["messages"].as_array().unwrap();
        all.splice(0..0, messages.iter().cloned());
        if page["hasMore"] == false {
            return all;
        }
        before = messages[0]["id"].clone();
    }
}

/// A ticket in which one user talked, as it is in the log, by the client's ids of the messages: no number
/// is missing, nothing is there twice, every text is what was sent and every file can be had.
pub async fn audit(
    address: SocketAddr,
    client: &mut WsClient,
    token: &str,
    ticket: &str,
) -> HashMap<String, Value> {
    let mut log = HashMap::new();
    for (number, message) in (1..).zip(history(client, ticket).await) {
        assert_eq!(message["seq"], number, "a gap: {message}");
        let id = message["clientMessageId"].as_str().unwrap().to_owned();
        assert_eq!(message["message"], *id);
        for attachment in message["attachments"].as_array().unwrap() {
            let url = attachment["url"].as_str().unwrap();
            let file = http::get_with_token(address, &url[url.find("/api").unwrap()..], token).await;
            assert_eq!((file.status, file.body.as_slice()), (200, id.as_bytes()), "{url}");
        }
        assert!(log.insert(id, message).is_none(), "twice in the log");
    }
    log
}

impl Talk {
    /// Every acknowledged message is in the log exactly once, as it was acknowledged.
    pub async fn verify(&self, address: SocketAddr, client: &mut WsClient, token: &str) {
        let log = audit(address, client, token, &self.ticket).await;
        for (id, acked) in &self.acked {
            let message = log.get(id).unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
            assert_eq!((&message["id"], &message["seq"]), (&acked.id, &acked.seq), "{id}");
        }
    }

    /// What never was answered is sent again: it is there once after that, whether it was before or not.
    pub async fn retry(&self, address: SocketAddr, client: &mut WsClient, token: &str) {
        for id in &self.open {
            client.send_text(frame(&self.ticket, id)).await;
            let answer = client.frame(|frame| frame["ack"] == **id).await;
            assert_eq!(answer["data"]["success"], true, "{answer}");
        }
        let log = audit(address, client, token, &self.ticket).await;
        assert_eq!(log.len(), self.acked.len() + self.open.len());
    }
}

/// Waits until so much was acknowledged.
pub async fn acknowledged(total: &AtomicUsize, enough: usize) {
    let reached = async {
        while total.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    // Many tests may be sharing the machine.
    tokio::time::timeout(PATIENCE * 3, reached).await.expect("acknowledgements");
}

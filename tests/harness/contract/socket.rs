//! Frames, held against the AsyncAPI document.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::Value;

use super::schemas::{Schemas, shortened};

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let document = deskwire::protocol::asyncapi::document("localhost", "ws");
    let messages = document["components"]["messages"].as_object().unwrap();
    let payloads = messages.iter().map(|(id, message)| (id.clone(), message["payload"].clone())).collect();
    Contract { schemas: Schemas::of(&document), payloads }
});

struct Contract {
    schemas: Schemas,
    /// By the ids of messages: `command.…`, `ack.…`, `reply.…`, `event.…`.
    payloads: HashMap<String, Value>,
}

impl Contract {
    fn fault(&self, message: &str, frame: &Value) -> Option<String> {
        match self.payloads.get(message) {
            Some(payload) if message.starts_with("command.") => {
                self.schemas.fault_of_sent(message, payload, frame)
            }
            Some(payload) => self.schemas.fault(message, payload, frame),
            None => Some(format!("{message} is not described")),
        }
    }

    /// One of these messages has to be what the frame is.
    fn check(&self, messages: &[String], frame: &Value) {
        let mut faults = Vec::new();
        for message in messages {
            match self.fault(message, frame) {
                None => return,
                Some(fault) => faults.push(format!("{message}:\n  {fault}")),
            }
        }
        panic!("a frame is not as described: {}\n{}", shortened(&frame.to_string()), faults.join("\n"));
    }
}

/// Checks a frame that is no ack: an event, or a reply by its name.
///
/// # Panics
/// If it is not as it is described.
pub fn check_frame(frame: &Value) {
    let name = frame["event"].as_str().unwrap_or_default();
    let known = [format!("event.{name}"), format!("reply.{name}")];
    let known = known.into_iter().filter(|message| CONTRACT.payloads.contains_key(message));
    CONTRACT.check(&known.collect::<Vec<_>>(), frame);
}

/// More than this is not parsed only to be checked.
const MAX_BYTES: usize = 1 << 20;

/// The commands of a connection that wait for their acks.
#[derive(Default)]
pub struct Sent {
    /// By the ack; more than one if a client uses it again.
    waiting: HashMap<String, Vec<Value>>,
    /// A command went out that could not be read: any ack may be its.
    has_unread: bool,
}

impl Sent {
    /// Notes what is sent.
    pub fn note(&mut self, text: &str) {
        let frame = (text.len() <= MAX_BYTES).then(|| serde_json::from_str::<Value>(text).ok()).flatten();
        match frame {
            Some(frame) if frame["event"].is_string() => {
                if let Some(ack) = frame.get("ack").filter(|ack| !ack.is_null()) {
                    self.waiting.entry(ack.to_string()).or_default().push(frame);
                }
            }
            _ => self.has_unread = true,
        }
    }

    /// Notes that something is sent which is not text, or not whole.
    pub fn note_unread(&mut self) {
        self.has_unread = true;
    }

    /// Checks what arrives, and the command that it accepts.
    ///
    /// # Panics
    /// If it is not as it is described.
    pub fn check(&mut self, frame: &Value) {
        if frame["event"] != "ack" {
            return check_frame(frame);
        }
        let waiting = self.waiting.remove(&frame["ack"].to_string()).unwrap_or_default();
        assert!(self.has_unread || !waiting.is_empty(), "an ack that nobody asked for: {frame}");
        if frame["data"]["success"] == false {
            CONTRACT.check(&["ack.refused".to_owned()], frame);
        } else {
            self.check_accepted(&waiting, frame);
        }
        // Which of several it answers is not always known; keep them for the answers to come.
        if waiting.len() > 1 {
            self.waiting.insert(frame["ack"].to_string(), waiting);
        }
    }

    fn check_accepted(&self, waiting: &[Value], frame: &Value) {
        let mut names: Vec<String> =
            waiting.iter().map(|command| format!("ack.{}", command["event"].as_str().unwrap())).collect();
        if self.has_unread {
            names.extend(CONTRACT.payloads.keys().filter(|message| message.starts_with("ack.")).cloned());
        }
        CONTRACT.check(&names, frame);
        if let ([command], false) = (waiting, self.has_unread) {
            CONTRACT.check(&[format!("command.{}", command["event"].as_str().unwrap())], command);
        }
    }
}

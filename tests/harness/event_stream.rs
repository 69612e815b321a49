//! A client of the stream of events, read as far as it is asked to.

use std::collections::VecDeque;

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use super::{Api, PATIENCE, contract::check_frame, http::named};

/// One event.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where the stream can be taken up after it.
    pub id: Option<String>,
    /// `message`, unless it says otherwise.
    pub kind: String,
    /// A frame, as on the socket.
    pub data: Value,
}

impl Sent {
    /// The frame's name.
    pub fn name(&self) -> &str {
        self.data["event"].as_str().unwrap_or_default()
    }
}

/// A stream that is open.
pub struct EventStream {
    response: Response,
    /// Arrived, and not asked for yet.
    text: Vec<u8>,
    kept: VecDeque<Sent>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Lines that were nothing but a sign of life.
    pub beats: usize,
    /// How long the server wants a client to wait before it comes back.
    pub retry: Option<u64>,
    /// The stream was ended as HTTP wants it.
    pub is_ended: bool,
}

impl Api {
    /// Opens a stream, which must be answered with 200.
    pub async fn stream(&self, path: &str) -> EventStream {
        let request = self.with("Accept", "text/event-stream").request("GET", path);
        let response = timeout(PATIENCE, request.send()).await.expect("an answer over HTTP").unwrap();
        if response.status() != 200 {
            panic!("{}: {}", response.status(), response.text().await.unwrap());
        }
        EventStream {
            headers: named(response.headers()),
            response,
            text: Vec::new(),
            kept: VecDeque::new(),
            beats: 0,
            retry: None,
            is_ended: false,
        }
    }
}

impl EventStream {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Sent> {
        if let Some(kept) = self.kept.pop_front() {
            return Some(kept);
        }
        loop {
            while let Some(end) = self.text.windows(2).position(|it| it == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(event) = self.read(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
            }
            if self.is_ended || !self.fill().await {
                return None;
            }
        }
    }

    /// The next event for which `wanted` holds; what comes before it is kept for later.
    pub async fn find(&mut self, wanted: impl Fn(&Sent) -> bool) -> Sent {
        let mut before = VecDeque::new();
        loop {
            let next =
                self.next().await.unwrap_or_else(|| panic!("the stream ended before; kept: {before:?}"));
            if wanted(&next) {
                before.append(&mut self.kept);
                self.kept = before;
                return next;
            }
            before.push_back(next);
        }
    }

    /// The `data` of the next frame of that name.
    pub async fn event(&mut self, name: &str) -> Value {
        self.find(|sent| sent.name() == name).await.data["data"].clone()
    }

    /// Why the server ends it: all events up to that one, and its code.
    pub async fn closed(&mut self) -> (Vec<Sent>, u64) {
        let mut before = Vec::new();
        while let Some(next) = self.next().await {
            if next.kind == "close" {
                assert!(self.next().await.is_none() && self.is_ended, "nothing follows a close");
                return (before, next.data["code"].as_u64().unwrap());
            }
            before.push(next);
        }
        panic!("the stream ended without a reason: {before:?}");
    }

    /// Reads to the end.
    pub async fn rest(&mut self) -> Vec<Sent> {
        let mut rest = Vec::new();
        while let Some(next) = self.next().await {
            rest.push(next);
        }
        rest
    }

    /// WHATWG HTML, section 9.2.6.
    fn read(&mut self, block: &str) -> Option<Sent> {
        let mut sent = Sent { id: None, kind: "message".to_owned(), data: Value::Null };
        let mut has_data = false;
        for line in block.lines().filter(|line| !line.is_empty()) {
            match line.split_once(": ").unwrap_or((line, "")) {
                ("data", data) => {
                    assert!(!has_data, "one line of data an event: {block:?}");
                    has_data = true;
                    sent.data = serde_json::from_str(data).unwrap();
                }
                ("id", id) => sent.id = Some(id.to_owned()),
                ("event", kind) => sent.kind = kind.to_owned(),
                ("retry", millis) => self.retry = Some(millis.parse().unwrap()),
                (":", "") => self.beats += 1,
                _ => panic!("not a field of an event: {line:?}"),
            }
        }
        if has_data && sent.kind == "message" {
            check_frame(&sent.data);
        }
        has_data.then_some(sent)
    }

    /// Reads some; `false` at the end.
    async fn fill(&mut self) -> bool {
        let chunk = timeout(PATIENCE, self.response.chunk()).await;
        match chunk.expect("nothing came, not even the end") {
            Ok(Some(bytes)) => self.text.extend_from_slice(&bytes),
            Ok(None) => self.is_ended = true,
            Err(_) => return false,
        }
        !self.is_ended
    }
}

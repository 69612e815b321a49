//! A client of the stream of events: HTTP in chunks, read as far as it is asked to.

use std::collections::VecDeque;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{Api, PATIENCE, contract::check_frame};

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
    socket: TcpStream,
    /// Arrived, as it came.
    raw: Vec<u8>,
    /// Taken out of its chunks, and not asked for yet.
    text: String,
    kept: VecDeque<Sent>,
    /// The status.
    pub status: u16,
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
        let stream = EventStream::open(self, path, None).await;
        assert_eq!(stream.status, 200, "{}", String::from_utf8_lossy(&stream.raw));
        stream
    }

    /// The same with a small receive buffer: what is not read soon stays with the server.
    pub async fn slow_stream(&self, path: &str) -> EventStream {
        EventStream::open(self, path, Some(4_096)).await
    }

    /// Sends a `GET` and does not wait for an answer.
    pub async fn ask(&self, path: &str) -> TcpStream {
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        socket
    }
}

impl EventStream {
    async fn open(api: &Api, path: &str, buffer: Option<u32>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        let mut socket = socket.connect(api.address).await.unwrap();
        let api = api.with("Accept", "text/event-stream");
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", api.address);
        for (name, value) in &api.headers {
            head += &format!("{name}: {value}\r\n");
        }
        socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let mut this = Self {
            socket,
            raw: Vec::new(),
            text: String::new(),
            kept: VecDeque::new(),
            status: 0,
            headers: Vec::new(),
            beats: 0,
            retry: None,
            is_ended: false,
        };
        this.head().await;
        this
    }

    async fn head(&mut self) {
        let end = loop {
            if let Some(at) = self.raw.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            assert!(self.fill().await, "closed before a response came");
        };
        let head = String::from_utf8(self.raw.drain(..end + 4).collect()).unwrap();
        let mut lines = head.lines();
        self.status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        self.headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
    }

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
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(event) = self.read(&block) {
                    return Some(event);
                }
            }
            if !self.unchunk() && (self.is_ended || !self.fill().await) {
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

    /// Takes what is there out of its chunks (RFC 9112, section 7.1); `false` if nothing is.
    fn unchunk(&mut self) -> bool {
        let mut any = false;
        loop {
            let Some(line) = self.raw.windows(2).position(|it| it == b"\r\n") else { return any };
            let size = usize::from_str_radix(std::str::from_utf8(&self.raw[..line]).unwrap(), 16).unwrap();
            if self.raw.len() < line + 2 + size + 2 {
                return any;
            }
            let chunk: Vec<u8> = self.raw.drain(..line + 2 + size + 2).collect();
            if size == 0 {
                self.is_ended = true;
                return any;
            }
            // The server cuts between events, so no character is cut either.
            self.text += std::str::from_utf8(&chunk[line + 2..line + 2 + size]).unwrap();
            any = true;
        }
    }

    /// Reads some; `false` at the end.
    async fn fill(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        let read = timeout(PATIENCE, self.socket.read(&mut piece)).await;
        match read.expect("nothing came, not even the end") {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.raw.extend_from_slice(&piece[..read]);
                true
            }
        }
    }
}

//! A client with a real socket, which keeps what it was not asked for yet.

use std::{collections::VecDeque, net::SocketAddr};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{PATIENCE, contract::Sent};

/// A WebSocket connection.
pub struct WsClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Arrived, and not asked for yet.
    kept: VecDeque<Value>,
    sent: Sent,
    next_ack: u64,
    closed: Option<u16>,
    /// What the server said first.
    pub hello: Value,
}

impl WsClient {
    /// Connects and takes the `hello`.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_with(address, &[]).await
    }

    /// Connects with more request headers.
    pub async fn open_with(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        // Small frames go at once, as a browser sends them.
        let (socket, _) = connect_async_with_config(request, None, true).await.unwrap();
        Self::greeted(socket).await
    }

    /// Connects with a small receive buffer: what is not read soon stays with the server.
    pub async fn open_slow(address: SocketAddr) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4_096).unwrap();
        tcp.set_nodelay(true).unwrap();
        let stream = MaybeTlsStream::Plain(tcp.connect(address).await.unwrap());
        let (socket, _) = client_async(format!("ws://{address}/ws"), stream).await.unwrap();
        Self::greeted(socket).await
    }

    async fn greeted(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        let mut client = Self {
            socket,
            kept: VecDeque::new(),
            sent: Sent::default(),
            next_ack: 1,
            closed: None,
            hello: Value::Null,
        };
        client.hello = client.event("hello").await;
        client
    }

    /// Authenticates, which must succeed.
    pub async fn authenticate(&mut self, token: &str) -> Value {
        self.ok("authenticate", json!({ "token": token })).await
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.sent.note(&text);
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends any text; `false` if the connection is gone.
    pub async fn try_send_text(&mut self, text: impl Into<String>) -> bool {
        let text = text.into();
        self.sent.note(&text);
        self.socket.send(Message::text(text)).await.is_ok()
    }

    /// Sends any frame.
    pub async fn send_message(&mut self, message: Message) {
        match &message {
            Message::Text(text) => self.sent.note(text),
            _ => self.sent.note_unread(),
        }
        self.socket.send(message).await.unwrap();
    }

    /// Sends a command without asking for an ack.
    pub async fn send(&mut self, event: &str, data: Value) {
        self.send_text(json!({ "event": event, "data": data }).to_string()).await;
    }

    /// Sends a command and gives the number of its ack.
    pub async fn send_acked(&mut self, event: &str, data: Value) -> u64 {
        let ack = self.next_ack;
        self.next_ack += 1;
        self.send_text(json!({ "event": event, "data": data, "ack": ack }).to_string()).await;
        ack
    }

    /// The `data` of an ack.
    pub async fn ack(&mut self, ack: u64) -> Value {
        let frame = self.frame(|frame| frame["event"] == "ack" && frame["ack"] == ack).await;
        frame["data"].clone()
    }

    /// Sends a command and gives the `data` of its ack.
    pub async fn request(&mut self, event: &str, data: Value) -> Value {
        let ack = self.send_acked(event, data).await;
        self.ack(ack).await
    }

    /// Sends a command that must succeed.
    pub async fn ok(&mut self, event: &str, data: Value) -> Value {
        let answer = self.request(event, data).await;
        assert_eq!(answer["success"], true, "{event} was refused: {answer}");
        answer
    }

    /// Sends a command that must be refused, and gives the error.
    pub async fn refused(&mut self, event: &str, data: Value) -> Value {
        let answer = self.request(event, data).await;
        assert_eq!(answer["success"], false, "{event} was not refused: {answer}");
        answer["error"].clone()
    }

    /// The `data` of the next event of that name; what comes before it is kept for later.
    pub async fn event(&mut self, name: &str) -> Value {
        self.frame(|frame| frame["event"] == name).await["data"].clone()
    }

    /// The next frame for which `wanted` holds; what comes before it is kept for later.
    pub async fn frame(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.kept.iter().position(&wanted) {
            return self.kept.remove(index).unwrap();
        }
        let waited = timeout(PATIENCE, async {
            loop {
                match self.receive().await {
                    Some(frame) if wanted(&frame) => return Some(frame),
                    Some(frame) => self.kept.push_back(frame),
                    None => return None,
                }
            }
        });
        match waited.await {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("closed with {:?} before the frame came; kept: {}", self.closed, self.kept()),
            Err(_) => panic!("the frame did not come; kept: {}", self.kept()),
        }
    }

    /// All events of that name that arrived before the answer to a `ping` sent now.
    ///
    /// A connection's frames come in order, so this tells what did *not* come without waiting for a
    /// set time. What other connections cause must be known to be done.
    pub async fn events_so_far(&mut self, name: &str) -> Vec<Value> {
        let ack = self.send_acked("ping", json!({})).await;
        self.ack(ack).await;
        self.take_kept(name)
    }

    /// Reads until the server closes, and gives the code; 1006 if it did so without a Close frame.
    pub async fn closed(&mut self) -> u16 {
        // Checked when all of it is there: the server waits for the answer to its Close for a moment only.
        let mut texts = Vec::new();
        let waited = timeout(PATIENCE, async {
            while let Some(text) = self.next_text().await {
                texts.push(text);
            }
        });
        waited.await.expect("the server did not close");
        for text in texts {
            let frame = serde_json::from_str(&text).unwrap();
            self.sent.check(&frame);
            self.kept.push_back(frame);
        }
        self.closed.unwrap_or(1006)
    }

    /// Reads the next frame, whatever it is; `None` at the end.
    pub async fn receive(&mut self) -> Option<Value> {
        let frame = serde_json::from_str(&self.next_text().await?).unwrap();
        self.sent.check(&frame);
        Some(frame)
    }

    /// Reads the next frame as it is on the wire; `None` at the end.
    pub async fn receive_text(&mut self) -> Option<String> {
        let text = self.next_text().await?;
        self.sent.check(&serde_json::from_str(&text).unwrap());
        Some(text)
    }

    async fn next_text(&mut self) -> Option<String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Close(reason))) => {
                    self.closed = reason.map(|reason| reason.code.into());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// What arrived and was not asked for.
    pub fn all_kept(&self) -> &VecDeque<Value> {
        &self.kept
    }

    /// The last of what is kept, shortened for a person to read.
    fn kept(&self) -> String {
        let last = self.kept.iter().rev().take(20).rev();
        let shown: Vec<String> = last.map(|frame| frame.to_string().chars().take(200).collect()).collect();
        format!("{} frames, at last {shown:#?}", self.kept.len())
    }

    /// Takes all kept events of that name, without reading any more.
    pub fn take_kept(&mut self, name: &str) -> Vec<Value> {
        let (found, rest): (Vec<Value>, Vec<Value>) =
            self.kept.drain(..).partition(|frame| frame["event"] == name);
        self.kept = rest.into();
        found.into_iter().map(|frame| frame["data"].clone()).collect()
    }

    /// Drops the TCP connection without a Close frame.
    pub fn cut(self) {
        drop(self.socket);
    }

    /// Says good-bye.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
        while self.receive().await.is_some() {}
    }

    /// Opens a ticket, and gives its id.
    pub async fn create_ticket(&mut self, subject: &str) -> String {
        let created = self.ok("create_ticket", json!({ "subject": subject })).await;
        created["ticket"]["id"].as_str().unwrap().to_owned()
    }

    /// Joins a room and takes its `replay_complete`: from here on everything is live.
    pub async fn join(&mut self, ticket: &str) -> Value {
        let joined = self.ok("join_ticket", json!({ "ticketId": ticket })).await;
        self.event("replay_complete").await;
        joined
    }

    /// Joins a room, and gives all durable events of its log as they are replayed: `{event, data}`.
    pub async fn replay(&mut self, ticket: &str) -> Vec<Value> {
        let epoch = self.join(ticket).await["epoch"].clone();
        let since = json!({ "ticketId": ticket, "since": { "public": 0, "internal": 0 }, "epoch": epoch });
        self.ok("join_ticket", since).await;
        self.event("replay_complete").await;
        let events = self.kept.iter().filter(|frame| frame["data"].get("seq").is_some());
        events.map(|frame| json!({ "event": frame["event"], "data": frame["data"] })).collect()
    }

    /// Sends a text and gives the message.
    pub async fn say(&mut self, ticket: &str, text: &str) -> Value {
        let sent =
            self.ok("send_message", json!({ "ticketId": ticket, "message": text, "format": "text" })).await;
        sent["message"].clone()
    }
}

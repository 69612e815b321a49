//! Someone who receives webhooks: an HTTP server that notes what comes and answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::eventually;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Of the URL.
    pub path: String,
    /// All of them.
    pub headers: HeaderMap,
    /// As it came.
    pub body: String,
}

impl Received {
    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The `type` in the body.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// The `data` in the body.
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The ticket that it is about.
    pub fn ticket(&self) -> String {
        let data = self.data();
        data["ticketId"].as_str().or(data["ticket"]["id"].as_str()).unwrap_or_default().to_owned()
    }

    /// The header `webhook-id`.
    pub fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }

    /// Whether it was signed with the secret, as the library of the specification sees it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        webhook.verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Respond {
    /// With that status.
    Status(u16),
    /// With that status and one header.
    Header(u16, &'static str, String),
    /// With 200 and a body that never ends.
    Endless,
    /// With 200 and the beginning of a body that never comes.
    Dripping,
    /// Never.
    Never,
}

type Script = Box<dyn FnMut(&Received) -> Respond + Send>;

/// A running server.
#[derive(Clone)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<Script>>,
}

impl Receiver {
    /// One that answers 200.
    pub async fn start() -> Self {
        Self::answering(|_| Respond::Status(200)).await
    }

    /// One that answers what the script says.
    pub async fn answering(script: impl FnMut(&Received) -> Respond + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            got: Arc::default(),
            script: Arc::new(Mutex::new(Box::new(script))),
        };
        let shared = receiver.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(shared.clone().serve(socket));
            }
        });
        receiver
    }

    /// From now on, it answers what this script says.
    pub fn answer(&self, script: impl FnMut(&Received) -> Respond + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// A URL of its.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until so many requests came, and gives all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} requests"), async || self.received().len() >= count).await;
        self.received()
    }

    async fn serve(self, mut socket: TcpStream) {
        let mut buffer = Vec::new();
        while let Some(received) = read(&mut socket, &mut buffer).await {
            let respond = (self.script.lock().unwrap())(&received);
            self.got.lock().unwrap().push(received);
            if answer(&mut socket, respond).await.is_none() {
                return;
            }
        }
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some(end) = buffer.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let mut headers = HeaderMap::new();
            for (name, value) in lines.filter_map(|line| line.split_once(':')) {
                let name: HeaderName = name.parse().unwrap();
                headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
            }
            let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
                buffer.drain(..end + 4 + length);
                return Some(Received { path, headers, body });
            }
        }
        // A TLS handshake begins with a record of type 22: not a language that is spoken here.
        if socket.read_buf(buffer).await.ok()? == 0 || buffer[0] == 22 {
            return None;
        }
    }
}

/// `None` when the connection is over.
async fn answer(socket: &mut TcpStream, respond: Respond) -> Option<()> {
    let head = |status: u16, more: String| format!("HTTP/1.1 {status} X\r\n{more}\r\n");
    let empty = "Content-Length: 0\r\n";
    match respond {
        Respond::Status(status) => socket.write_all(head(status, empty.to_owned()).as_bytes()).await.ok(),
        Respond::Header(status, name, value) => {
            socket.write_all(head(status, format!("{name}: {value}\r\n{empty}")).as_bytes()).await.ok()
        }
        Respond::Endless => {
            let long = head(200, format!("Content-Length: {}\r\n", u64::MAX / 2));
            socket.write_all(long.as_bytes()).await.ok()?;
            while socket.write_all(&[b'x'; 16 * 1024]).await.is_ok() {}
            None
        }
        Respond::Dripping => {
            let long = head(200, "Content-Length: 100\r\n".to_owned());
            socket.write_all(long.as_bytes()).await.ok()?;
            std::future::pending().await
        }
        Respond::Never => std::future::pending().await,
    }
}

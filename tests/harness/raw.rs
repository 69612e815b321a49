//! A TCP connection without manners: HTTP and WebSocket frames byte by byte, for what a decent client
//! would never send.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{
    Answer, PATIENCE,
    contract::{Exchange, Sent, check_http},
};

/// A connection of which nothing is hidden.
pub struct Raw {
    stream: TcpStream,
    /// Arrived, and not taken yet.
    buffer: Vec<u8>,
    sent: Sent,
    /// Method and path of requests that were not answered yet.
    asked: VecDeque<(String, String)>,
}

/// A masked frame with this first byte (FIN, reserved bits, opcode).
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = header(first, payload.len() as u64);
    out.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

/// A text frame.
pub fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// The header of a masked frame that declares so many bytes of payload.
pub fn header(first: u8, payload: u64) -> Vec<u8> {
    let mut out = vec![first];
    match payload {
        0..=125 => out.push(0x80 | payload as u8),
        126..=0xffff => {
            out.push(0x80 | 126);
            out.extend((payload as u16).to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend(payload.to_be_bytes());
        }
    }
    out.extend(KEY);
    out
}

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One HTTP request on a connection of its own.
pub async fn http(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut raw = Raw::connect(address).await;
    raw.request(method, path, headers).await;
    raw.response(method == "HEAD").await
}

impl Raw {
    /// Connects, and says nothing.
    pub async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    /// Connects with a receive buffer that is full after a few kilobytes.
    pub async fn connect_narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2_048).unwrap();
        Self::over(socket.connect(address).await.unwrap())
    }

    fn over(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new(), sent: Sent::default(), asked: VecDeque::new() }
    }

    /// Connects and becomes a WebSocket.
    pub async fn open(address: SocketAddr) -> Self {
        let mut raw = Self::connect(address).await;
        assert_eq!(raw.upgrade(&[]).await.status, 101);
        raw
    }

    /// Asks to become a WebSocket.
    pub async fn upgrade(&mut self, headers: &[(&str, &str)]) -> Answer {
        let handshake = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        self.request("GET", "/ws", &[&handshake, headers].concat()).await;
        self.response(false).await
    }

    /// Sends an HTTP request without a body.
    pub async fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) {
        self.asked.push_back((method.to_owned(), path.to_owned()));
        let host = self.stream.peer_addr().unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request += &format!("Host: {host}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        self.write(format!("{request}\r\n").as_bytes()).await;
    }

    /// Sends bytes, which must be taken.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.sent.note_unread();
        timeout(PATIENCE, self.try_write(bytes)).await.expect("the server took nothing").unwrap();
    }

    /// Sends bytes, if the server takes them.
    pub async fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a command as a text frame.
    pub async fn send(&mut self, command: &Value) {
        self.write(&text(&command.to_string())).await;
    }

    /// Reads a response; that to a HEAD request has no body.
    pub async fn response(&mut self, headless: bool) -> Answer {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            assert!(self.fill().await, "closed before a response came");
        };
        let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut response = Answer { status, headers, body: Vec::new() };
        let asked = self.asked.pop_front();
        let length = response.header("content-length").map_or(0, |it| it.parse().unwrap());
        if !headless {
            while self.buffer.len() < length {
                assert!(self.fill().await, "closed before the whole body came");
            }
            response.body = self.buffer.drain(..length).collect();
        }
        if let Some((method, path)) = asked {
            let Answer { status, body, .. } = &response;
            check_http(&Exchange {
                method: &method,
                path: &path,
                sent_type: None,
                sent: b"",
                status: *status,
                media_type: response.header("content-type"),
                body,
            });
        }
        response
    }

    /// The next frame: its first byte and its payload; `None` at the end of the connection.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((header, payload)) = lengths(&self.buffer)
                && self.buffer.len() >= header + payload
            {
                let frame: Vec<u8> = self.buffer.drain(..header + payload).collect();
                if frame[0] == 0x81 {
                    self.sent.check(&serde_json::from_slice(&frame[header..]).unwrap());
                }
                return Some((frame[0], frame[header..].to_vec()));
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// The `data` of the next event of that name; everything before it is dropped.
    pub async fn event(&mut self, name: &str) -> Value {
        while let Some((first, payload)) = self.frame().await {
            if first == 0x81 {
                let frame: Value = serde_json::from_slice(&payload).unwrap();
                if frame["event"] == name {
                    return frame["data"].clone();
                }
            }
        }
        panic!("closed before {name} came");
    }

    /// Reads until the Close frame, and gives its code; 1006 if the connection ends without one.
    pub async fn closed(&mut self) -> u16 {
        while let Some((first, payload)) = self.frame().await {
            if first == 0x88 {
                return payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
            }
        }
        1006
    }

    /// Reads until the server has closed the TCP connection.
    pub async fn gone(&mut self) {
        while self.fill().await {
            self.buffer.clear();
        }
    }

    /// Breaks the connection off, as a process that is killed leaves it.
    pub fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Reads some; `false` at the end.
    async fn fill(&mut self) -> bool {
        let mut piece = [0; 16 * 1024];
        match timeout(PATIENCE, self.stream.read(&mut piece)).await.expect("nothing came, not even the end") {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.buffer.extend_from_slice(&piece[..read]);
                true
            }
        }
    }
}

/// The lengths of a server's frame: of its header and of its payload.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    match bytes.get(1)? {
        126 => Some((4, u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()).into())),
        127 => Some((10, u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()).try_into().unwrap())),
        short => Some((2, (*short).into())),
    }
}

//! A client of the HTTP API: JSON in and out, one request a connection.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    PATIENCE, TestApp,
    contract::{Exchange, check_http},
};

/// Someone with a token.
#[derive(Clone, Debug)]
pub struct Api {
    pub(super) address: std::net::SocketAddr,
    pub(super) headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// In the order in which they came, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, chunks put together.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    fn check(&self, api: &Api, method: &str, path: &str, sent: &[u8]) {
        let sent_type = api.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        check_http(&Exchange {
            method,
            path,
            sent_type: sent_type.map(|(_, value)| value.as_str()),
            sent,
            status: self.status,
            media_type: self.header("content-type"),
            body: &self.body,
        });
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON; `null` if there is none.
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    /// The body of an answer that must have that status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The error of an answer that must have that status.
    #[track_caller]
    pub fn error(&self, status: u16) -> Value {
        let body = self.expect(status);
        assert!(body["error"]["code"].is_string(), "{body}");
        body["error"].clone()
    }
}

impl TestApp {
    /// The API as a user of that role.
    pub fn api(&self, id: &str, role: deskwire::domain::Role) -> Api {
        self.anonymous_api().with("Authorization", &format!("Bearer {}", self.token(id, role)))
    }

    /// The API without a token.
    pub fn anonymous_api(&self) -> Api {
        Api { address: self.address, headers: Vec::new() }
    }
}

impl Api {
    /// The same with one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name.to_owned(), value.to_owned()));
        Self { headers, ..self.clone() }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Any method, with a JSON body or none.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        match body {
            Some(body) => {
                let json = self.with("Content-Type", "application/json");
                json.send_bytes(method, path, body.to_string().as_bytes()).await
            }
            None => self.send_bytes(method, path, b"").await,
        }
    }

    /// Any method with any body; its type is one of the headers.
    pub async fn send_bytes(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || method != "GET" {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        let answer = self.exchange(head + "\r\n", body).await;
        answer.check(self, method, path, body);
        answer
    }

    /// Any method with any body, in one chunk and without telling its length.
    pub async fn send_chunked(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "Transfer-Encoding: chunked\r\n\r\n";
        let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
        let answer = self.exchange(head, &chunk).await;
        answer.check(self, method, path, body);
        answer
    }

    async fn exchange(&self, head: String, body: &[u8]) -> Answer {
        let exchange = async {
            let mut socket = TcpStream::connect(self.address).await.unwrap();
            socket.write_all(head.as_bytes()).await.unwrap();
            // A server that refuses by the head alone may close before it has read the body.
            let _ = socket.write_all(body).await;
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer).await;
            answer
        };
        parse(&timeout(PATIENCE, exchange).await.expect("an answer over HTTP"))
    }
}

/// The answer to what was asked on `socket`; the server closes behind it.
pub async fn read_answer(mut socket: TcpStream) -> Answer {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("an answer over HTTP");
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").expect("the end of the headers");
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let raw = &answer[end + 4..];
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunked(raw) } else { raw.to_vec() };
    Answer { status, headers, body }
}

/// RFC 9112, section 7.1.
fn unchunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = raw.windows(2).position(|it| it == b"\r\n").expect("a chunk's size");
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&raw[line + 2..line + 2 + size]);
        raw = &raw[line + 2 + size + 2..];
    }
}

/// Percent-encoded, whatever it is.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

//! A client of plain HTTP and of the API: JSON in and out, one request a connection.

use std::{net::SocketAddr, sync::LazyLock};

use reqwest::{
    Client, Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    PATIENCE, Raw, TestApp,
    contract::{Exchange, check_http},
};

/// Keeps no connection: the runtime of another test may be gone.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    // An error means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().redirect(Policy::none()).pool_max_idle_per_host(0);
    client.tls_certs_only([]).build().unwrap()
});

/// A client with the same headers in all requests, among them its token.
#[derive(Clone, Debug)]
pub struct Api {
    pub(super) address: SocketAddr,
    pub(super) headers: Vec<(String, String)>,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// In the order in which they came, the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
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

/// `GET`s a path with these headers and no others.
pub async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let api = Api { address, headers: Vec::new() };
    headers.iter().fold(api, |api, (name, value)| api.with(name, value)).get(path).await
}

/// `GET`s a path with a token.
pub async fn get_with_token(address: SocketAddr, path: &str, token: &str) -> Answer {
    get(address, path, &[("Authorization", &format!("Bearer {token}"))]).await
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

    /// Any method with any body, which the server must read to its end; its type is one of the headers.
    pub async fn send_bytes(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut request = self.request(method, path);
        if !body.is_empty() {
            request = request.body(body.to_vec());
        }
        let exchange = async {
            let response = request.send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), named(response.headers()));
            Answer { status, headers, body: response.bytes().await.unwrap().into() }
        };
        let answer = timeout(PATIENCE, exchange).await.expect("an answer over HTTP");
        self.check(&answer, method, path, body);
        answer
    }

    /// Any method with a body that the server may refuse before it has read all of it.
    pub async fn send_refused(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        self.send_by_hand(method, path, ("Content-Length", &body.len().to_string()), body).await
    }

    /// The same, in one chunk and without telling its length.
    pub async fn send_refused_chunk(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
        self.send_by_hand(method, path, ("Transfer-Encoding", "chunked"), &chunk).await
    }

    /// The answer counts although not all of the body could be sent.
    async fn send_by_hand(&self, method: &str, path: &str, framing: (&str, &str), body: &[u8]) -> Answer {
        let mut raw = Raw::connect(self.address).await;
        raw.request(method, path, &[&self.pairs()[..], &[framing]].concat()).await;
        let _ = timeout(PATIENCE, raw.try_write(body)).await.expect("the server took nothing");
        raw.response(false).await
    }

    /// Sends a `GET` and does not wait for an answer.
    pub async fn ask(&self, path: &str) -> Raw {
        let mut raw = Raw::connect(self.address).await;
        raw.request("GET", path, &self.pairs()).await;
        raw
    }

    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = CLIENT.request(Method::from_bytes(method.as_bytes()).unwrap(), self.url(path));
        self.headers.iter().fold(request, |request, (name, value)| {
            request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
    }

    fn url(&self, path: &str) -> reqwest::Url {
        let url = reqwest::Url::parse(&format!("http://{}{path}", self.address)).unwrap();
        assert!(url.as_str().ends_with(path), "{path} is not a path as a client sends it");
        url
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn check(&self, answer: &Answer, method: &str, path: &str, sent: &[u8]) {
        let sent_type = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        check_http(&Exchange {
            method,
            path,
            sent_type: sent_type.map(|(_, value)| value.as_str()),
            sent,
            status: answer.status,
            media_type: answer.header("content-type"),
            body: &answer.body,
        });
    }
}

/// The headers of a response as text.
pub(super) fn named(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

//! Requests over HTTP, one a connection.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    PATIENCE,
    contract::{Exchange, check_http},
};

/// What came back.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Status line and headers, as they came.
    pub head: String,
    /// The body, as it came.
    pub body: Vec<u8>,
}

/// `GET`s a path with more header lines.
pub async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    let exchange = async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(PATIENCE, exchange).await.expect("an answer over HTTP");
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").expect("the end of the headers");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let response = Response { status, head, body: answer[end + 4..].to_vec() };
    let lines = response.head.to_ascii_lowercase();
    let media_type = lines.lines().find_map(|line| line.strip_prefix("content-type:"));
    check_http(&Exchange {
        method: "GET",
        path,
        sent_type: None,
        sent: b"",
        status,
        media_type,
        body: &response.body,
    });
    response
}

/// `GET`s a path with a token.
pub async fn get_with_token(address: SocketAddr, path: &str, token: &str) -> Response {
    get(address, path, &[("Authorization", &format!("Bearer {token}"))]).await
}

//! The smallest HTTP client that these tests need.

use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut fields = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        fields.next().map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn send(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let mut socket = TcpStream::connect(server)
        .await
        .expect("the server listens");
    let mut request = format!("GET {path} HTTP/1.0\r\nHost: {server}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    socket
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    socket
}

/// HTTP/1.0, so that the body ends with the connection and is not chunked.
pub async fn get(server: SocketAddr, path: &str) -> Answer {
    ask(server, path, &[]).await
}

pub async fn ask(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut bytes = Vec::new();
    send(server, path, headers)
        .await
        .read_to_end(&mut bytes)
        .await
        .expect("the server answers");
    parse(&bytes)
}

/// A request with a body.
pub async fn post(server: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    with_body("POST", server, path, headers, body).await
}

/// Likewise, by another method.
pub async fn with_body(
    method: &str,
    server: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut socket = TcpStream::connect(server)
        .await
        .expect("the server listens");
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {server}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    socket
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let mut bytes = Vec::new();
    socket
        .read_to_end(&mut bytes)
        .await
        .expect("the server answers");
    parse(&bytes)
}

pub async fn read_json<T: DeserializeOwned>(server: SocketAddr, path: &str) -> T {
    let answer = get(server, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).expect("the JSON that the API promises")
}

/// The first `bytes` of an answer that does not end.
pub async fn read_start(server: SocketAddr, path: &str, wanted: usize) -> Answer {
    let mut bytes = vec![0; wanted];
    send(server, path, &[])
        .await
        .read_exact(&mut bytes)
        .await
        .expect("the stream goes on");
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("a status");
    Answer {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    }
}

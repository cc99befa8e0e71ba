use super::*;
use sandbox::{Pool, PoolSettings};
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Instant,
};

#[test]
fn an_address_is_checked_at_once() {
    for good in [
        "http://127.0.0.1:8332",
        "https://node/",
        "http://[::1]:8332/btc",
    ] {
        assert!(Node::new(good).is_ok(), "{good}");
    }
    for wrong in [
        "",
        "node",
        "127.0.0.1:8332",
        "ftp://node",
        "http://",
        "http://a@node",
        "http://node/?x",
    ] {
        assert!(
            matches!(Node::new(wrong), Err(NodeError::Address(_))),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_hashes_of_a_chain() {
    let pool = Pool::start(PoolSettings::default()).await.unwrap();
    pool.new_block();
    pool.new_block();
    let rest = sandbox::Node::start("127.0.0.1:0".parse().unwrap(), &pool)
        .await
        .unwrap();
    let node = Node::new(&format!("http://{}/", rest.address())).unwrap();
    let asked = tokio::task::spawn_blocking(move || {
        let hash = node.block_hash(2).unwrap().unwrap();
        let tip = node.header(&hash).unwrap().unwrap();
        assert_eq!(tip.hash(), hash);
        let before = node.header(&tip.prev_hash).unwrap().unwrap();
        assert_eq!(node.block_hash(1).unwrap(), Some(before.hash()));
        assert!(node.header(&[7; 32]).unwrap().is_none());
        let both = node.headers(&before.hash(), HEADERS_MAX).unwrap();
        assert_eq!(
            both.iter().map(Header::hash).collect::<Vec<_>>(),
            [before.hash(), hash]
        );
        assert_eq!(node.headers(&before.hash(), 1).unwrap().len(), 1);
        assert!(node.headers(&[7; 32], 2).unwrap().is_empty());
        assert_eq!(node.block_hash(3).unwrap(), None);
    });
    asked.await.unwrap();
}

/// A server that gives every question the same answer.
fn answering(answer: Vec<u8>) -> Node {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&answer);
        }
    });
    Node::new(&format!("http://{address}")).unwrap()
}

fn http(status: u16, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[test]
fn what_is_not_the_header_asked_for_is_refused() {
    let malformed = |answer: Vec<u8>| {
        matches!(
            answering(answer).header(&[1; 32]),
            Err(NodeError::Malformed(_))
        )
    };
    assert!(malformed(http(200, &[0; 80])), "another header");
    assert!(malformed(http(200, &[0; 79])));
    assert!(malformed(http(200, &[0; 160])));
    assert!(malformed(http(200, &[0; 1 << 20])));
    // The right one first, and then one that does not follow it.
    let right = Header::from_bytes(&[3; 80]);
    let two = [[3; 80], [4; 80]].concat();
    let asked = answering(http(200, &two)).headers(&right.hash(), 2);
    assert!(matches!(asked, Err(NodeError::Malformed(_))), "{asked:?}");
    let alone = answering(http(200, &two[..80])).headers(&right.hash(), 2);
    assert_eq!(alone.unwrap(), [right]);
    let refused = |answer: Vec<u8>| match answering(answer).header(&[1; 32]) {
        Err(NodeError::Refused { status, .. }) => status,
        other => panic!("{other:?}"),
    };
    // What a node without REST, a redirect, and a proxy's page of words say.
    assert_eq!(refused(http(404, b"")), 404);
    assert_eq!(
        refused(b"HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_vec()),
        302
    );
    assert_eq!(refused(http(503, &[b'.'; 9_000])), 503);
    let unreachable = answering(b"SSH-2.0-x\r\n".to_vec()).header(&[1; 32]);
    assert!(matches!(unreachable, Err(NodeError::Unreachable { .. })));
}

#[test]
fn a_node_that_says_nothing_is_given_up() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let node = Node::new(&format!("http://{}", socket.local_addr().unwrap())).unwrap();
    let asked = Instant::now();
    let silent = node.header(&[1; 32]);
    assert!(matches!(silent, Err(NodeError::Unreachable { .. })));
    assert!(asked.elapsed() < PATIENCE * 2);
}

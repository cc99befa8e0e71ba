use super::*;
use crate::pools::{Special, resolve::tests::Answers};
use tokio::net::TcpListener;

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn private(port: u16) -> PoolPolicy {
    PoolPolicy {
        allow_private_pools: true,
        also_ports: vec![port],
        ..PoolPolicy::default()
    }
}

/// The first answer is good; by the next connection the name points to where it must not.
#[tokio::test]
async fn a_name_that_was_rebound_is_refused_at_the_reconnection() {
    let (listener, port) = listener().await;
    let pool = PoolAddress::parse(&format!("pool.net:{port}")).unwrap();
    let policy = private(port);
    let answers = Answers::new(&[
        &["127.0.0.1"],
        &["169.254.169.254"],
        &["127.0.0.1", "0.0.0.0"],
    ]);
    let first = connect_with(&pool, &policy, &answers).await.unwrap();
    assert_eq!(first.peer_addr().unwrap(), listener.local_addr().unwrap());
    // Asked once: what was checked is what was connected to.
    assert_eq!(answers.asked(), 1);
    let link_local = AddressError::NotPublic(Special::LinkLocal);
    let second = connect_with(&pool, &policy, &answers).await;
    assert_eq!(second.unwrap_err(), ConnectError::Address(link_local));
    let nowhere = AddressError::NotPublic(Special::Unspecified);
    let third = connect_with(&pool, &policy, &answers).await;
    assert_eq!(third.unwrap_err(), ConnectError::Address(nowhere));
    assert_eq!(answers.asked(), 3);
}

#[tokio::test]
async fn a_public_name_that_is_rebound_to_this_machine_opens_no_connection() {
    let (listener, port) = listener().await;
    let pool = PoolAddress::parse(&format!("pool.net:{port}")).unwrap();
    let policy = PoolPolicy {
        also_ports: vec![port],
        ..PoolPolicy::default()
    };
    let answers = Answers::new(&[&["1.1.1.1"], &["127.0.0.1"]]);
    assert!(resolve(&pool, &policy, &answers).await.is_ok());
    let loopback = AddressError::NotPublic(Special::Loopback);
    let refused = connect_with(&pool, &policy, &answers).await;
    assert_eq!(refused.unwrap_err(), ConnectError::Address(loopback));
    let nobody = timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(nobody.is_err());
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_refuses() {
    let (listener, port) = listener().await;
    let pool = PoolAddress::parse(&format!("pool.net:{port}")).unwrap();
    // Nobody listens at the first.
    let answers = Answers::new(&[&["127.0.0.9", "127.0.0.1"]]);
    let stream = connect_with(&pool, &private(port), &answers).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    drop(listener);
    let refused = connect_with(&pool, &private(port), &answers).await;
    assert_eq!(refused.unwrap_err(), ConnectError::Refused);
}

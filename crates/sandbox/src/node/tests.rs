use super::*;
use crate::PoolSettings;
use pow::Header;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use units::Nbits;

fn chain(blocks: u32) -> Chain {
    let mut chain = Chain::new(7, 1_700_000_000);
    for _ in 0..blocks {
        let template = chain.template(1_700_000_000, 12);
        assert!(chain.extend(&template));
    }
    chain
}

/// As block explorers print it.
fn printed(header: &Header) -> String {
    let mut hash = header.hash();
    hash.reverse();
    hex::encode(&hash)
}

#[test]
fn headers_link_and_meet_their_nbits_in_both_forms_of_the_path() {
    let chain = chain(9);
    let first = printed(&chain.headers()[3]);
    let old = answered(&chain, &format!("/rest/headers/4/{first}.bin"), "").unwrap();
    let new = answered(&chain, &format!("/rest/headers/{first}.bin"), "count=4").unwrap();
    assert_eq!(old, new);
    let (whole, rest) = old.1.as_chunks::<80>();
    assert_eq!((old.0, whole.len(), rest.len()), (Format::Binary, 4, 0));
    let headers: Vec<Header> = whole.iter().map(Header::from_bytes).collect();
    assert_eq!(headers, chain.headers()[3..7]);
    for pair in headers.windows(2) {
        assert_eq!(pair[1].prev_hash, pair[0].hash());
    }
    for header in headers {
        let target = Nbits::from_consensus(header.nbits).unwrap().target();
        assert!(target.is_met_by_le_hash(&header.hash()));
    }
    // Without a count five; at the tip what there is; of an unknown block nothing, and that is no error.
    let length = |path: String| answered(&chain, &path, "").unwrap().1.len() / 80;
    assert_eq!(length(format!("/rest/headers/{first}.hex")), 5);
    let tip = printed(&chain.headers()[9]);
    assert_eq!(length(format!("/rest/headers/2000/{tip}.bin")), 1);
    assert_eq!(
        length(format!("/rest/headers/1/{}.bin", "00".repeat(32))),
        0
    );
}

#[test]
fn hashes_by_height() {
    let chain = chain(2);
    let hash = chain.headers()[2].hash().to_vec();
    let ask = |path| answered(&chain, path, "").unwrap();
    assert_eq!(ask("/rest/blockhashbyheight/2.bin"), (Format::Binary, hash));
    let hex = hex::encode(&ask("/rest/blockhashbyheight/2.hex").1);
    assert_eq!(hex, printed(&chain.headers()[2]));
}

#[test]
fn refusals_are_bitcoin_cores() {
    let chain = chain(1);
    let zeros = "00".repeat(32);
    let range = "Header count is invalid or out of acceptable range (1-2000): ";
    for (path, query, status, message) in [
        (
            format!("/rest/headers/0/{zeros}.bin"),
            "",
            400,
            format!("{range}0"),
        ),
        (
            format!("/rest/headers/{zeros}.bin"),
            "count=2001",
            400,
            format!("{range}2001"),
        ),
        (
            format!("/rest/headers/-5/{zeros}.bin"),
            "",
            400,
            format!("{range}-5"),
        ),
        (
            "/rest/headers/1/zz.bin".into(),
            "",
            400,
            "Invalid hash: zz".into(),
        ),
        (
            "/rest/headers/1/2/3.bin".into(),
            "",
            400,
            "Invalid URI format. Expected /rest/headers/<hash>.<ext>?count=<count>".into(),
        ),
        (
            format!("/rest/headers/1/{zeros}"),
            "",
            404,
            "output format not found (available: .bin, .hex)".into(),
        ),
        (
            "/rest/blockhashbyheight/2.bin".into(),
            "",
            404,
            "Block height out of range".into(),
        ),
        (
            "/rest/blockhashbyheight/-1.bin".into(),
            "",
            400,
            "Invalid height: -1".into(),
        ),
        ("/rest/chaininfo.json".into(), "", 404, String::new()),
    ] {
        let refusal = answered(&chain, &path, query).unwrap_err();
        assert_eq!((refusal.0.as_u16(), refusal.1), (status, message), "{path}");
    }
}

#[tokio::test]
async fn a_pools_chain_over_http() {
    let pool = Pool::start(PoolSettings::default()).await.unwrap();
    pool.new_block();
    let node = Node::start("127.0.0.1:0".parse().unwrap(), &pool)
        .await
        .unwrap();
    let ask = async |path: &str| {
        let mut stream = TcpStream::connect(node.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let hash = pool.shared().chain(|chain| printed(&chain.headers()[1]));
    let by_height = ask("/rest/blockhashbyheight/1.hex").await;
    assert!(by_height.starts_with("HTTP/1.1 200 "), "{by_height}");
    assert!(
        by_height.ends_with(&format!("\r\n\r\n{hash}\n")),
        "{by_height}"
    );
    let refused = ask("/rest/headers/0/00.bin").await;
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    assert!(
        refused.contains("content-type: text/plain\r\n"),
        "{refused}"
    );
    assert!(refused.ends_with(": 0\r\n"), "{refused}");
}

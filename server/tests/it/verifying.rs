//! `assay verify` on files, pipes and addresses, with as many threads as one likes.

use crate::binary::assay;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use futures::{StreamExt, stream};
use sandbox::{BundleSettings, write_bundle};
use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpListener, time::sleep};

const SHARES: u64 = 20_000;

fn bundle(seed: u64) -> Vec<u8> {
    let settings = BundleSettings {
        shares: SHARES,
        seed,
        ..BundleSettings::default()
    };
    let mut bytes = Vec::new();
    write_bundle(settings, &mut bytes).expect("a bundle");
    bytes
}

fn file(bytes: &[u8]) -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("contract.assay");
    std::fs::write(&path, bytes).expect("a file");
    (path, folder)
}

async fn verify(arguments: &[&str]) -> Output {
    let mut command = assay();
    // What the shell around the tests goes through is nothing to them.
    command.env_remove("http_proxy").env_remove("HTTP_PROXY");
    command.env_remove("all_proxy").env_remove("ALL_PROXY");
    command.arg("verify").args(arguments);
    command.output().await.expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn verdict(output: &Output) -> api::Verdict {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| {
        panic!("{why}: {} {}", text(&output.stdout), text(&output.stderr));
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_threads_gives_the_same_bytes() {
    let mut bytes = bundle(1);
    // Good, damaged in a share, and cut.
    for (code, shares) in [(0, Some(SHARES)), (1, None), (1, None)] {
        let (path, _folder) = file(&bytes);
        let path = path.to_str().unwrap();
        let one = verify(&[path, "--json", "--threads", "1"]).await;
        assert_eq!(one.status.code(), Some(code), "{}", text(&one.stderr));
        for threads in ["2", "4", "9"] {
            let many = verify(&[path, "--json", "--threads", threads]).await;
            assert!(one.stdout == many.stdout, "{threads} threads");
        }
        let verdict = verdict(&one);
        assert_eq!(verdict.valid, code == 0);
        assert!(shares.is_none_or(|shares| shares == verdict.shares_valid));
        assert_eq!(text(&one.stderr), "", "no progress where it is no terminal");
        let middle = bytes.len() / 2;
        if verdict.valid {
            bytes[middle] ^= 1;
        } else {
            bytes.truncate(middle - 1_000);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_and_text_for_people() {
    let bytes = bundle(1);
    let mut process = assay()
        .args(["verify", "-", "--threads", "3"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(&bytes).await.unwrap();
    drop(input);
    let output = process.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    for line in [
        "VALID",
        "shares         20000 valid, 0 invalid",
        "delivery       kept: ",
        "uniformity     pass, p = 0.",
        "tail           too few shares to say",
        "arrivals       pass, p = 0.",
        "payout         bcrt1q",
        "tag            /assay sandbox/ in 167 jobs",
        "blocks         17 of 17 proven by their headers",
        "               first 0 ",
        "               last 16 ",
        "headers        17 in a row, with 34 expected hashes of work",
    ] {
        assert!(
            said.lines().any(|said| said.starts_with(line)),
            "{line}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_of_the_size_that_was_asked_for() {
    let (path, _folder) = file(&bundle(1));
    let path = path.to_str().unwrap();
    let sample = verify(&[path, "--json", "--sample", "500", "--seed", "7"]).await;
    let again = verify(&[
        path,
        "--json",
        "--sample",
        "500",
        "--seed",
        "7",
        "--threads",
        "3",
    ])
    .await;
    assert!(sample.stdout == again.stdout);
    let sampled = verdict(&sample).sample.expect("a sample");
    assert_eq!(sampled.seed, 7);
    assert!((350..700).contains(&sampled.hashed), "{sampled:?}");
    // Without a seed nobody knows which shares will be taken.
    let one = verdict(&verify(&[path, "--json", "--sample", "500"]).await).sample;
    let other = verdict(&verify(&[path, "--json", "--sample", "500"]).await).sample;
    assert_ne!(one.unwrap().seed, other.unwrap().seed);

    let mut pipe = assay();
    pipe.args(["verify", "-", "--sample", "500"])
        .stdin(Stdio::null());
    let refused = pipe.output().await.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let sentence = text(&refused.stderr);
    assert!(
        sentence.starts_with("assay: a sample of a bundle needs to know its size"),
        "{sentence}"
    );
}

/// A bundle, its tag, and after how many bytes the connection breaks.
type Answer = (Vec<u8>, &'static str, Option<usize>);

/// A server of one bundle, whose connections break as the list says; a request's range is remembered.
struct Shaky {
    /// For each request.
    answers: Mutex<Vec<Answer>>,
    ranges: Mutex<Vec<Option<String>>>,
}

impl Shaky {
    async fn serve(answers: Vec<Answer>) -> (Arc<Self>, String) {
        let shaky = Arc::new(Self {
            answers: Mutex::new(answers),
            ranges: Mutex::default(),
        });
        let answering = Arc::clone(&shaky);
        let answer = get(move |headers| async move { answering.answer(&headers) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let router = Router::new().route("/contract.assay", answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (shaky, format!("http://{address}/contract.assay"))
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let text = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
        let range: Option<String> = text("range");
        self.ranges.lock().unwrap().push(range.clone());
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() {
            let busy = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
            return busy.body(Body::empty()).unwrap();
        }
        let (bytes, tag, breaks) = answers.remove(0);
        let first = range.filter(|_| text("if-range").as_deref() == Some(tag));
        let first = first.and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        });
        let total = bytes.len();
        let mut response = Response::builder().header("etag", tag);
        if let Some(first) = first {
            let place = format!("bytes {first}-{}/{total}", total - 1);
            response = response
                .status(StatusCode::PARTIAL_CONTENT)
                .header("content-range", place);
        }
        let rest = bytes[first.unwrap_or(0)..].to_vec();
        let response = response.header("content-length", rest.len());
        let sent = rest[..breaks.unwrap_or(rest.len())].to_vec();
        // What was sent before must be on its way before the connection breaks.
        let broken = stream::iter(breaks).then(|_| async {
            sleep(Duration::from_millis(200)).await;
            Err(io::Error::other("the cable was pulled"))
        });
        let pieces = stream::once(async { Ok(sent) }).chain(broken);
        response.body(Body::from_stream(pieces)).unwrap()
    }

    fn ranges(&self) -> Vec<Option<String>> {
        self.ranges.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_its_connection_broke() {
    let bytes = bundle(1);
    let half = bytes.len() / 2;
    let broken = vec![
        (bytes.clone(), "\"1\"", Some(half)),
        (bytes.clone(), "\"1\"", None),
    ];
    let (server, url) = Shaky::serve(broken).await;
    let (path, _folder) = file(&bytes);
    let whole = verify(&[path.to_str().unwrap(), "--json"]).await;
    let resumed = verify(&[&url, "--json", "--threads", "2"]).await;
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    assert!(resumed.stdout == whole.stdout);
    let [None, Some(range)] = &server.ranges()[..] else {
        panic!("{:?}", server.ranges());
    };
    let from: usize = range
        .strip_prefix("bytes=")
        .unwrap()
        .strip_suffix('-')
        .unwrap()
        .parse()
        .unwrap();
    assert!(from > 0 && from <= half, "{range}");
    assert!(text(&resumed.stderr).contains("the connection was lost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_changed_meanwhile_is_verified_anew_and_never_mixed() {
    let (before, after) = (bundle(1), bundle(2));
    let answers = vec![
        (before.clone(), "\"1\"", Some(before.len() / 2)),
        (after.clone(), "\"2\"", None),
    ];
    let (_server, url) = Shaky::serve(answers).await;
    let (path, _folder) = file(&after);
    let whole = verify(&[path.to_str().unwrap(), "--json"]).await;
    for threads in ["1", "4"] {
        let answers = vec![
            (before.clone(), "\"1\"", Some(before.len() / 2)),
            (after.clone(), "\"2\"", None),
        ];
        let (_server, url) = Shaky::serve(answers).await;
        let anew = verify(&[&url, "--json", "--threads", threads]).await;
        assert_eq!(anew.status.code(), Some(0), "{}", text(&anew.stderr));
        assert!(anew.stdout == whole.stdout);
    }
    let people = verify(&[&url]).await;
    assert!(text(&people.stdout).starts_with("VALID\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_without_shares_has_no_block_that_a_node_could_confirm() {
    let settings = BundleSettings {
        shares: 0,
        ..BundleSettings::default()
    };
    let mut bytes = Vec::new();
    write_bundle(settings, &mut bytes).expect("a bundle");
    let (path, _folder) = file(&bytes);
    let path = path.to_str().unwrap();
    let alone = verify(&[path]).await;
    assert_eq!(alone.status.code(), Some(0));
    let compared = verify(&[path, "--node", "http://127.0.0.1:1"]).await;
    let said = text(&compared.stdout);
    assert_eq!(compared.status.code(), Some(3), "{said}");
    assert!(
        said.contains("no share counts: there is no block to compare"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_one_sentence() {
    let (_server, url) = Shaky::serve(Vec::new()).await;
    let (path, _folder) = file(&bundle(1));
    let folder = path.parent().unwrap().to_str().unwrap();
    let path = path.to_str().unwrap();
    for (arguments, sentence) in [
        (
            vec![url.as_str()],
            "cannot be read: the server answers with status 503",
        ),
        (
            vec!["http://127.0.0.1:1/x"],
            "http://127.0.0.1:1/x cannot be read: ",
        ),
        (vec!["/no/such/file"], "/no/such/file cannot be opened: "),
        (vec![folder], " cannot be read: "),
        (vec![path, "--node", "x"], "x is not a node's address"),
        (
            vec![path, "--node", "http://127.0.0.1:1"],
            "the node http://127.0.0.1:1 cannot be asked: ",
        ),
    ] {
        let output = verify(&arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(
            said.starts_with("assay: ") && said.contains(sentence),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

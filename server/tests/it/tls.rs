//! Machines that speak TLS.

use crate::{
    binary::{assay, demo},
    machine::Machine,
    metrics::read,
    test_app::{TestApp, args, until},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use server::cli::DemoArgs;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const LOGIN: &str = "demo-host.rig1";

/// Writes a certificate for `localhost` and its key.
fn certify(folder: &Path, name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["crt", "key"].map(|end| folder.join(format!("{name}.{end}")));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

/// Options of a demo with TLS.
fn with_tls() -> (DemoArgs, TempDir) {
    let (mut args, folder) = args();
    let (certificate, key) = certify(folder.path(), "stratum");
    args.stratum_tls = Some("127.0.0.1:0".parse().unwrap());
    args.metrics = Some("127.0.0.1:0".parse().unwrap());
    (args.tls_certificate, args.tls_key) = (Some(certificate), Some(key));
    (args, folder)
}

async fn connect(
    server: SocketAddr,
    certificate: &Path,
    version: &'static SupportedProtocolVersion,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificate).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TcpStream::connect(server).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, socket).await.expect("TLS")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_mines_over_either_version_of_tls_beside_plain_ones() {
    let (args, folder) = with_tls();
    let certificate = args.tls_certificate.clone().unwrap();
    let app = TestApp::start_args(args, folder, |_| {}).await;
    let server = app.demo.stratum_tls.expect("it was asked for");
    // Small machines know 1.2 alone.
    for (version, login) in [(&TLS12, LOGIN), (&TLS13, "demo-host.rig2")] {
        let mut machine = Machine::over(connect(server, &certificate, version).await);
        machine.begin(login).await;
        let (_, line) = machine.find_share(login, 0);
        let answer = machine.ask(&line).await;
        assert_eq!(answer, r#"{"id":4,"result":true,"error":null}"#);
        assert!(machine.ask(&line).await.contains("Duplicate"));
        // A line in pieces, and one that is too long.
        machine.send_raw(b"{\"id\":5,\"method\":\"mini").await;
        let ping = machine.ask("ng.ping\",\"params\":[]}").await;
        assert_eq!(ping, r#"{"id":5,"result":"pong","error":null}"#);
        machine.send_raw(&[b'x'; 9_000]).await;
        assert!(machine.answer().await.unwrap().contains("Line too long"));
        assert_eq!(machine.line().await, None);
    }
    let mut plain = Machine::mining(app.demo.stratum, "demo-host.rig3").await;
    let (_, line) = plain.find_share("demo-host.rig3", 0);
    assert!(plain.ask(&line).await.contains("true"));
    let workers = app.contract().await.workers;
    for login in [LOGIN, "demo-host.rig2", "demo-host.rig3"] {
        let worker = workers.iter().find(|worker| worker.login == login);
        assert_eq!(worker.map(|worker| worker.shares), Some(1), "{login}");
    }
}

/// Everything that comes until the other side closes.
async fn until_closed(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(60), socket.read_to_end(&mut bytes)).await;
    // A reset is an end too.
    let _ = read.expect("the server closes");
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tls_or_says_nothing_is_ended_and_the_others_do_not_notice() {
    let (args, folder) = with_tls();
    let certificate = args.tls_certificate.clone().unwrap();
    let app = TestApp::start_args(args, folder, |config| {
        config.stratum.patience.tls = Duration::from_secs(1);
        config.stratum.patience.login = Duration::from_secs(2);
    })
    .await;
    let server = app.demo.stratum_tls.expect("it was asked for");
    let metrics = app.demo.metrics.expect("it was asked for");
    let mut working = Machine::over(connect(server, &certificate, &TLS13).await);
    working.begin(LOGIN).await;

    let mut plain = TcpStream::connect(server).await.unwrap();
    let hello = b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n";
    plain.write_all(hello).await.unwrap();
    let said = until_closed(&mut plain).await;
    let text = String::from_utf8_lossy(&said);
    assert!(
        !text.contains("mining.notify"),
        "nothing is said in the clear"
    );

    let mut silent = TcpStream::connect(server).await.unwrap();
    let mut halfway = TcpStream::connect(server).await.unwrap();
    // A handshake's record that is never complete.
    halfway.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    assert!(until_closed(&mut silent).await.is_empty());
    until_closed(&mut halfway).await;
    // TLS, and then nothing: the time to log in.
    let mut anonymous = Machine::over(connect(server, &certificate, &TLS13).await);
    assert_eq!(anonymous.line().await, None);

    until("the ends are counted", || async {
        read(metrics, r#"assay_connections_ended_total{reason="tls"}"#).await == 3.0
            && read(
                metrics,
                r#"assay_connections_ended_total{reason="no_login"}"#,
            )
            .await
                == 1.0
    })
    .await;
    // The sandbox's machines and the one that works: every seat came back.
    until("the seats are back", || async {
        read(metrics, r#"assay_connections{side="downstream"}"#).await == 4.0
    })
    .await;
    let (_, line) = working.find_share(LOGIN, 0);
    assert!(working.ask(&line).await.contains("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_do_are_one_clear_sentence() {
    let (good, folder) = with_tls();
    let (other, _) = certify(folder.path(), "other");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let missing = folder.path().join("missing");
    let empty = file("empty", "");
    let garbage = file(
        "garbage",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    );
    let (certificate, key) = (
        good.tls_certificate.clone().unwrap(),
        good.tls_key.clone().unwrap(),
    );
    for (certificate, key, culprit) in [
        (&missing, &key, "missing cannot be used for TLS"),
        (&empty, &key, "empty cannot be used for TLS"),
        (&garbage, &key, "garbage cannot be used for TLS"),
        (&certificate, &missing, "missing cannot be used for TLS"),
        (
            &certificate,
            &certificate,
            "stratum.crt cannot be used for TLS",
        ),
        (&other, &key, "stratum.key cannot be used together for TLS"),
    ] {
        let ended = demo(&good)
            .args(["--stratum-tls", "127.0.0.1:0", "--tls-certificate"])
            .arg(certificate)
            .arg("--tls-key")
            .arg(key)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        let sentence = said.lines().find(|line| line.starts_with("assay: "));
        let sentence = sentence.unwrap_or_default();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(sentence.contains(culprit), "{said}");
    }
    // All three or none.
    for options in [
        vec!["--stratum-tls", "127.0.0.1:0"],
        vec!["--tls-certificate", "a", "--tls-key", "b"],
        vec!["--stratum-tls", "127.0.0.1:0", "--tls-certificate", "a"],
    ] {
        let ended = assay().arg("demo").args(options).output().await.unwrap();
        assert_eq!(ended.status.code(), Some(2));
    }
}

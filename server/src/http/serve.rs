//! The HTTP/1.1 accept loop. `axum::serve` sets no timer, so that a client which sends half a head, or nothing, would
//! hold its connection for ever.

use super::caller::Peer;
use axum::{
    Router,
    http::{HeaderMap, HeaderName},
};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::{self, FromStr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// Connections at once; the next wait in the system's queue.
const CONNECTIONS: usize = 4_096;
/// From the connection, or the answer before, to the end of the head.
const HEAD: Duration = Duration::from_secs(30);
/// Bytes of a head, and of what is buffered of a body.
const BUFFER: usize = 64 << 10;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Bytes of an address with a port, and some more.
const ENTRY: usize = 64;

/// Serves for as long as the server runs. `proxies` are believed about who asks.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Arc<[IpAddr]>,
) -> io::Result<()> {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, mostly: wait for some to come back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let routes = TowerToHyperService::new(router.clone());
        let proxies = Arc::clone(&proxies);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let client = client(peer.ip(), request.headers(), &proxies);
            request.extensions_mut().insert(Peer(client));
            // The same for the pages, which know nothing of this crate.
            request.extensions_mut().insert(client);
            routes.call(request)
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(socket), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
}

/// The socket's other end or, where that is one of the operator's proxies, whom it names last: what stands before, and all
/// of it where no proxy is in front, anybody may have written.
fn client(socket: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let socket = socket.to_canonical();
    let trusted = proxies.iter().any(|proxy| proxy.to_canonical() == socket);
    let named = trusted.then(|| named_last(headers)).flatten();
    named.unwrap_or(socket)
}

/// Proxies write an address, some with its port, or one in brackets.
fn named_last(headers: &HeaderMap) -> Option<IpAddr> {
    let field = headers.get_all(X_FORWARDED_FOR).iter().next_back()?;
    let last = field.as_bytes().rsplit(|byte| *byte == b',').next()?;
    if last.len() > ENTRY {
        return None;
    }
    let last = str::from_utf8(last).ok()?.trim();
    let with_port = || SocketAddr::from_str(last).ok().map(|address| address.ip());
    let bracketed = || {
        let inner = last.strip_prefix('[')?.strip_suffix(']')?;
        Ipv6Addr::from_str(inner).ok().map(IpAddr::from)
    };
    let named = IpAddr::from_str(last).ok();
    let named = named.or_else(with_port).or_else(bracketed)?;
    Some(named.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn asked_by(socket: &str, fields: &[&str]) -> String {
        let field = |value: &&str| (X_FORWARDED_FOR, value.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in fields.iter().map(field) {
            headers.append(name, value);
        }
        let proxies = [PROXY.parse().unwrap(), "fd00::1".parse().unwrap()];
        client(socket.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_trusted_proxys_last_entry_is_who_asks() {
        for (fields, who) in [
            (vec!["203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1", "2.2.2.2,203.0.113.7 "], "203.0.113.7"),
            (vec!["203.0.113.7:4711"], "203.0.113.7"),
            (vec!["2001:db8::7"], "2001:db8::7"),
            (vec!["[2001:db8::7]"], "2001:db8::7"),
            (vec!["[2001:db8::7]:4711"], "2001:db8::7"),
            (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
        ] {
            assert_eq!(asked_by(PROXY, &fields), who, "{fields:?}");
        }
        // As a socket of both kinds of address has it.
        assert_eq!(asked_by("::ffff:10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(asked_by("fd00::1", &["1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn what_names_nobody_is_the_proxys_own() {
        let long = format!("{}1.2.3.4", " ".repeat(ENTRY));
        for fields in [
            vec![],
            vec![""],
            vec!["1.2.3.4,"],
            vec!["1.2.3.4, unknown"],
            vec!["1.2.3.4", "_hidden"],
            vec!["1.2.3.256"],
            vec!["[1.2.3.4]"],
            vec![long.as_str()],
        ] {
            assert_eq!(asked_by(PROXY, &fields), PROXY, "{fields:?}");
        }
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(asked_by("10.0.0.2", &["203.0.113.7"]), "10.0.0.2");
        assert_eq!(asked_by("fd00::2", &["203.0.113.7"]), "fd00::2");
    }
}

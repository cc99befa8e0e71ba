//! The HTTP/1.1 accept loop. `axum::serve` sets no timer, so that a client which sends half a head, or nothing, would
//! hold its connection for ever.

use super::caller::Peer;
use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};

/// Connections at once; the next wait in the system's queue.
const CONNECTIONS: usize = 4_096;
/// From the connection, or the answer before, to the end of the head.
const HEAD: Duration = Duration::from_secs(30);
/// Bytes of a head, and of what is buffered of a body.
const BUFFER: usize = 64 << 10;

/// Serves for as long as the server runs.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
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
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            // The same for the pages, which know nothing of this crate.
            request.extensions_mut().insert(peer.ip());
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

//! `GET /api/v1/contracts/{id}/bundle`

use super::{Failure, contract_id};
use crate::{backend::Service, clock};
use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use std::{io, sync::Arc};
use tokio::{fs::File, io::AsyncReadExt};
use tokio_util::io::ReaderStream;

/// The contract's proof bundle as of now, as it stands on disk.
pub(crate) async fn download(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = contract_id(&id)?;
    let delivery = service.delivery(id)?;
    let (mark, end) = delivery.log.bundle(clock::now());
    let log = async {
        delivery.log.durable(mark).await.map_err(io::Error::other)?;
        File::open(delivery.log.path()).await
    };
    let file = log.await.map_err(|error| {
        tracing::error!(%error, contract = %id, "the bundle cannot be read");
        api::Error::internal()
    })?;
    let length = mark.bytes() + end.len() as u64;
    // The log grows meanwhile: only what the end record covers is sent.
    let records = ReaderStream::with_capacity(file.take(mark.bytes()), 1 << 16);
    let body = records.chain(stream::once(async { Ok(end.into()) }));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"contract-{id}.assay\""),
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

//! `GET /api/v1/contracts/{id}/bundle`

mod range;
mod snapshot;

use super::{Failure, contract_id};
use crate::{backend::Service, clock, sharelog::ShareLog};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use range::Part;
use snapshot::Snapshot;
use std::{
    io::{self, SeekFrom},
    ops::Range,
    sync::Arc,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

/// The contract's proof bundle as of now, as it stands on disk. With `Range`, a part of it; with `If-Range` too, of exactly the
/// bundle that a broken download began with.
pub(crate) async fn download(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Failure> {
    let id = contract_id(&id)?;
    let delivery = service.delivery(id)?;
    let opened = open(&delivery.log, &asked).await;
    let (snapshot, part, body) = opened.map_err(|error| {
        tracing::error!(%error, contract = %id, "the bundle cannot be read");
        api::Error::internal()
    })?;
    let total = snapshot.bytes();
    let (status, length, place) = match part {
        Part::Whole => (StatusCode::OK, total, None),
        Part::Of(Range { start, end }) => {
            let place = format!("bytes {start}-{}/{total}", end.saturating_sub(1));
            let length = end.saturating_sub(start);
            (StatusCode::PARTIAL_CONTENT, length, Some(place))
        }
        Part::Beyond => {
            let place = format!("bytes */{total}");
            (StatusCode::RANGE_NOT_SATISFIABLE, 0, Some(place))
        }
    };
    let name = format!("attachment; filename=\"contract-{id}.assay\"");
    let headers: [(HeaderName, String); 5] = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, name),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, snapshot.etag()),
    ];
    let place = place.map(|place| [(header::CONTENT_RANGE, place)]);
    Ok(match place {
        Some(place) => (status, headers, place, body).into_response(),
        None => (status, headers, body).into_response(),
    })
}

/// Which bundle, which part of it, and that part's bytes.
async fn open(log: &ShareLog, asked: &HeaderMap) -> io::Result<(Snapshot, Part, Body)> {
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let if_range = text(header::IF_RANGE);
    let (mark, end) = log.bundle(clock::now());
    log.durable(mark).await.map_err(io::Error::other)?;
    let now = Snapshot {
        records: mark.bytes(),
        end,
    };
    // A log only grows, so an earlier bundle is still there, but for its end record, which the tag itself holds.
    let before = if_range.and_then(Snapshot::from_etag);
    let before = before.filter(|before| before.records <= now.records);
    let honoured = if_range.is_none() || before.is_some();
    let snapshot = before.unwrap_or(now);
    let range = text(header::RANGE).filter(|_| honoured);
    let part = range::part(range, snapshot.bytes());
    let file = File::open(log.path()).await?;
    let body = match &part {
        Part::Whole => body(file, &snapshot, 0..snapshot.bytes()).await?,
        Part::Of(bytes) => body(file, &snapshot, bytes.clone()).await?,
        Part::Beyond => Body::empty(),
    };
    Ok((snapshot, part, body))
}

async fn body(mut file: File, snapshot: &Snapshot, bytes: Range<u64>) -> io::Result<Body> {
    file.seek(SeekFrom::Start(bytes.start)).await?;
    // The log grows meanwhile: only what the end record covers is sent.
    let records = snapshot.records.min(bytes.end).saturating_sub(bytes.start);
    let records = ReaderStream::with_capacity(file.take(records), 1 << 16);
    let end = snapshot.end_within(&bytes);
    Ok(Body::from_stream(
        records.chain(stream::once(async { Ok(end.into()) })),
    ))
}

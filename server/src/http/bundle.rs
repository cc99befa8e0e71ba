//! `GET /api/v1/contracts/{id}/bundle`

mod range;
mod snapshot;

use super::{Failure, contract_id};
use crate::{
    backend::Service,
    clock,
    sharelog::{self, ShareLog},
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use pow::bundle::Ending;
use range::Part;
use snapshot::Snapshot;
use std::{
    io::{self, Seek, SeekFrom},
    ops::Range,
    path,
    sync::Arc,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, Take},
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
    let delivery = service.delivery(id).await?;
    if let Some(until) = delivery.log.removed_at() {
        let message = format!(
            "The shares of contract {id} were kept until {until}. Its terms, epochs and payments are still here."
        );
        return Err(api::Error::gone(message).into());
    }
    // As the market has it: the contract that the delivery holds is as it was when it began.
    let over = service.ending(id);
    let opened = open(&delivery.log, over, &asked).await;
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
async fn open(
    log: &ShareLog,
    over: Option<(u32, Ending)>,
    asked: &HeaderMap,
) -> io::Result<(Snapshot, Part, Body)> {
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let if_range = text(header::IF_RANGE);
    let (mark, end) = log.bundle(clock::now(), over);
    log.durable(mark).await.map_err(io::Error::other)?;
    let now = Snapshot {
        records: mark.bytes(),
        end,
    };
    // A log only grows, so an earlier bundle is still there, but for what ends it, which the tag itself holds.
    let before = if_range.and_then(Snapshot::from_etag);
    let before = before.filter(|before| before.records <= now.records);
    let honoured = if_range.is_none() || before.is_some();
    let snapshot = before.unwrap_or(now);
    let range = text(header::RANGE).filter(|_| honoured);
    let part = range::part(range, snapshot.bytes());
    let body = match &part {
        Part::Whole => body(log, &snapshot, 0..snapshot.bytes()),
        Part::Of(bytes) => body(log, &snapshot, bytes.clone()),
        Part::Beyond => Body::empty(),
    };
    Ok((snapshot, part, body))
}

/// The log grows meanwhile, and its segments are sealed: only what the end record covers is sent.
fn body(log: &ShareLog, snapshot: &Snapshot, bytes: Range<u64>) -> Body {
    let end = snapshot.end_within(&bytes);
    let records = bytes.start..snapshot.records.min(bytes.end);
    let folder: Arc<path::Path> = log.folder().into();
    let records = stream::iter(log.parts(records))
        .then(move |part| read(Arc::clone(&folder), part))
        .try_flatten();
    Body::from_stream(records.chain(stream::once(async { Ok(end.into()) })))
}

async fn read(
    folder: Arc<path::Path>,
    part: sharelog::Part,
) -> io::Result<ReaderStream<Take<File>>> {
    let Range { start, end } = part.bytes;
    let opening = tokio::task::spawn_blocking(move || {
        let mut file = part.open(&folder)?;
        file.seek(SeekFrom::Start(start))?;
        Ok::<_, io::Error>(file)
    });
    let file = File::from_std(opening.await??);
    let length = end.saturating_sub(start);
    Ok(ReaderStream::with_capacity(file.take(length), 1 << 16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharelog::{Recorder, tests};
    use axum::body::BodyDataStream;

    #[tokio::test]
    async fn a_download_during_a_seal_is_whole() {
        let data = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(data.path(), Arc::default()).unwrap();
        let folder = data.path().join("contracts/1/shares");
        let opened = ShareLog::open(&folder, &tests::terms(), &recorder);
        let log = opened.map_err(|error| error.to_string()).unwrap().log;
        for epoch in 1..=3 {
            tests::append(&log).unwrap();
            tests::seal(&log, epoch * 10_000);
        }
        tests::append(&log).unwrap();
        let (mark, end) = log.bundle(clock::now(), None);
        log.durable(mark).await.unwrap();
        let snapshot = Snapshot {
            records: mark.bytes(),
            end,
        };
        let part = |from| body(&log, &snapshot, from..snapshot.bytes()).into_data_stream();
        let whole = rest(part(0)).await;
        assert_eq!(whole.len() as u64, snapshot.bytes());
        let mut verifier = pow::bundle::Verifier::new();
        verifier.push(&whole);
        assert!(verifier.finish().valid);
        let mut broken_off = part(0);
        let first = broken_off.next().await.unwrap().unwrap();
        assert!(first.len() < whole.len(), "a piece of the first segment");
        tests::seal(&log, 40_000);
        tests::wait_for("the seal", || folder.join("0000000003.epoch").exists()).await;
        assert_eq!([&first[..], &rest(broken_off).await].concat(), whole);
        for from in 0..snapshot.bytes() {
            let at = usize::try_from(from).unwrap();
            assert_eq!(rest(part(from)).await, whole[at..], "from {from}");
        }
    }

    async fn rest(mut body: BodyDataStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        bytes
    }
}

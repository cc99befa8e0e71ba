//! `GET /api/v1/events`

use super::{Failure, contract_id};
use crate::backend::Service;
use api::{Backend, LiveEvent};
use axum::{
    extract::{Query, State},
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt, stream};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// What is watched.
#[derive(serde::Deserialize)]
pub(crate) struct Watch {
    contract: Option<String>,
    product: Option<String>,
}

/// The market with the book of spot or of `?product=`, or with `?contract=ID` that contract, anew every second, as Server-Sent
/// Events.
pub(crate) async fn stream(
    State(service): State<Arc<Service>>,
    Query(watch): Query<Watch>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let contract = watch.contract.as_deref().map(contract_id).transpose()?;
    if contract.is_some() && watch.product.is_some() {
        let words = "A stream is of a contract or of a product's book, not of both.";
        return Err(api::Error::bad_request(words).about("product").into());
    }
    let product = super::product(watch.product.as_deref())?;
    if let Some(id) = contract {
        // A clear 404 instead of a stream that never says anything.
        service.contract(id).await?;
    }
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = stream::unfold(
        (service, seconds),
        move |(service, mut seconds)| async move {
            seconds.tick().await;
            let event = match contract {
                Some(id) => service
                    .contract(id)
                    .await
                    .map(|c| LiveEvent::Contract(Box::new(c))),
                None => service
                    .market(product)
                    .await
                    .map(|m| LiveEvent::Market(Box::new(m))),
            };
            Some((event.ok().and_then(encode), (service, seconds)))
        },
    );
    Ok(Sse::new(events.filter_map(|event| async { event.map(Ok) }))
        .keep_alive(KeepAlive::default()))
}

/// The stream's event carries what is inside; its name says which.
fn encode(event: LiveEvent) -> Option<Event> {
    let named = Event::default().event(event.name());
    match event {
        LiveEvent::Market(market) => named.json_data(&*market).ok(),
        LiveEvent::Contract(contract) => named.json_data(&*contract).ok(),
    }
}

//! `POST /buy`: a bid, looked at or placed.

use super::{
    Fields, Forms, go_on, take,
    trading::{key, placed},
};
use api::{Backend, Caller, Error, ErrorCode, PoolCheck};
use app::{
    Review,
    forms::{PASSWORD_GIVEN, Sheet, new_bid},
};
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};

/// Does what the form asks for.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let form = take(&mut fields, "do");
    let password = take(&mut fields, "password");
    if !password.is_empty() {
        fields.insert(PASSWORD_GIVEN.into(), "1".into());
    }
    match form.as_str() {
        "place-bid" => match place(&forms, caller, &fields, &password).await {
            Ok(next) => go_on(&next),
            Err(error) => forms.refuse_in_form(&form, fields, error, parts).await,
        },
        // The enter key's too.
        _ => match review(&forms, caller, &fields, &password).await {
            Ok(review) => forms.reviewed("review-bid", fields, review, parts).await,
            Err(error) => {
                let form = "review-bid";
                forms.refuse_in_form(form, fields, error, parts).await
            }
        },
    }
}

async fn place(
    forms: &Forms,
    caller: Caller,
    fields: &Fields,
    password: &str,
) -> Result<String, Error> {
    let bid = new_bid(Sheet(fields), password, false)?;
    let done = forms.service.place_bid(caller, key(fields), bid).await?;
    Ok(placed("bid", &done))
}

/// The market's answer first: it is quick, and knows who asks. Then the pool's.
async fn review(
    forms: &Forms,
    caller: Caller,
    fields: &Fields,
    password: &str,
) -> Result<Review, Error> {
    let bid = new_bid(Sheet(fields), password, true)?;
    let check = PoolCheck {
        address: bid.pool.address.clone(),
        user: bid.pool.user.clone(),
        password: bid.pool.password.clone(),
        hashrate_hs: Some(bid.hashrate_hs),
    };
    let placed = forms.service.place_bid(caller, None, bid).await?;
    let pool = match forms.service.check_pool(check).await {
        Ok(report) => Some(report),
        // The order can be placed all the same; the page then shows no report.
        Err(error) if error.code == ErrorCode::TooManyRequests => None,
        Err(error) => return Err(error.about("pool.address")),
    };
    Ok(Review { placed, pool })
}

//! `POST /sell`: the forms of the page for hosts, told apart by their field `do`.

use super::{
    Fields, Forms, go_on, take,
    trading::{key, placed},
};
use api::{Backend, Caller, Error};
use app::{
    Review,
    forms::{Sheet, fleet, listing, new_ask, site},
};
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};
use units::{ListingId, SiteId};

/// Does what the form asks for.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let form = take(&mut fields, "do");
    let done = match form.as_str() {
        "site" => describe_site(&forms, caller, &fields).await,
        "fleet" => describe_fleet(&forms, caller, &fields).await,
        "listing" => list_capacity(&forms, caller, &fields).await,
        "withdraw" => withdraw(&forms, caller, &fields).await,
        "place-ask" => place(&forms, caller, &fields).await,
        "review-ask" => match review(&forms, caller, &fields).await {
            Ok(review) => return forms.reviewed(&form, fields, review, parts).await,
            Err(error) => Err(error),
        },
        _ => Err(Error::bad_request("The page has no such form.")),
    };
    match done {
        Ok(next) => go_on(&next),
        Err(error) => forms.refuse_in_form(&form, fields, error, parts).await,
    }
}

/// Where the browser goes on.
type Done = Result<String, Error>;

async fn describe_site(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let sheet = Sheet(fields);
    let anew = sheet.maybe::<u64>("site", "A site's number is a whole number.")?;
    let said = site(sheet)?;
    let done = forms
        .service
        .describe_site(caller, key(fields), anew.map(SiteId::new), said);
    done.await?;
    Ok("/sell?done=site#sites".into())
}

async fn describe_fleet(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let said = fleet(Sheet(fields))?;
    let done = forms
        .service
        .describe_fleet(caller, key(fields), None, said);
    done.await?;
    Ok("/sell?done=fleet#fleets".into())
}

async fn list_capacity(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let new = listing(Sheet(fields))?;
    let done = forms.service.list_capacity(caller, key(fields), new);
    done.await?;
    Ok("/sell?done=listing#ask".into())
}

async fn withdraw(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let words = "A listing's number is a whole number.";
    let listing = ListingId::new(Sheet(fields).parsed("listing", words)?);
    let done = forms.service.withdraw_listing(caller, key(fields), listing);
    done.await?;
    Ok("/sell?done=withdraw#listings".into())
}

async fn place(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let ask = new_ask(Sheet(fields), false)?;
    let done = forms.service.place_ask(caller, key(fields), ask).await?;
    Ok(placed("ask", &done))
}

async fn review(forms: &Forms, caller: Caller, fields: &Fields) -> Result<Review, Error> {
    let ask = new_ask(Sheet(fields), true)?;
    let placed = forms.service.place_ask(caller, None, ask).await?;
    Ok(Review { placed, pool: None })
}

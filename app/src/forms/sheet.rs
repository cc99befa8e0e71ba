use super::{numbers, time};
use api::{Error, OrderTerms, Payer, RejectTerms, TimeInForce};
use std::{collections::BTreeMap, str::FromStr};
use units::{Hashrate, Price};

/// A form's fields, by name.
pub type Fields = BTreeMap<String, String>;

/// A form that was sent, to be read. Every error names its field.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a>(pub &'a Fields);

/// Who pays for work that the buyer's pool refuses.
pub const POOL_REJECT: &str = "pool_reject";

/// Who pays for work that the buyer's pool does not answer.
pub const POOL_DOWN: &str = "pool_down";

pub(super) fn bad(words: &str, field: &str) -> Error {
    Error::bad_request(words).about(field)
}

impl<'a> Sheet<'a> {
    /// What was typed, without blanks around it.
    #[must_use]
    pub fn text(self, field: &str) -> &'a str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// The same; none where nothing was typed.
    #[must_use]
    pub fn filled(self, field: &str) -> Option<&'a str> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    /// True where a box was ticked.
    #[must_use]
    pub fn ticked(self, field: &str) -> bool {
        !self.text(field).is_empty()
    }

    /// A number or name of a type that reads itself.
    ///
    /// # Errors
    /// `words`, about the field.
    pub fn parsed<T: FromStr>(self, field: &str, words: &str) -> Result<T, Error> {
        self.text(field).parse().map_err(|_| bad(words, field))
    }

    /// The same; none where nothing was typed.
    ///
    /// # Errors
    /// `words`, about the field.
    pub fn maybe<T: FromStr>(self, field: &str, words: &str) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|_| bad(words, field));
        self.filled(field).map(read).transpose()
    }

    /// A whole number, written with thousands apart or not.
    ///
    /// # Errors
    /// `words`, about the field.
    pub fn whole<T: TryFrom<u128>>(self, field: &str, words: &str) -> Result<T, Error> {
        let number = numbers::scaled(self.text(field), 1);
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| bad(words, field))
    }

    /// The same; none where nothing was typed.
    ///
    /// # Errors
    /// `words`, about the field.
    pub fn maybe_whole<T: TryFrom<u128>>(
        self,
        field: &str,
        words: &str,
    ) -> Result<Option<T>, Error> {
        let filled = self.filled(field).is_some();
        filled.then(|| self.whole(field, words)).transpose()
    }

    /// A decimal number of which so many make one, as a whole number of them.
    pub(super) fn maybe_scaled<T: TryFrom<u128>>(
        self,
        field: &str,
        scale: u128,
        words: &str,
    ) -> Result<Option<T>, Error> {
        let read = |text| {
            let number = numbers::scaled(text, scale).and_then(|number| T::try_from(number).ok());
            number.ok_or_else(|| bad(words, field))
        };
        self.filled(field).map(read).transpose()
    }

    /// A hashrate in the unit of the field `FIELD_unit`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn hashrate(self, field: &str) -> Result<Hashrate, Error> {
        let unit = self.text(&format!("{field}_unit"));
        let size = numbers::hashrate_size(unit);
        let size = size.ok_or_else(|| bad("There is no such unit.", field))?;
        let number = numbers::scaled(self.text(field), size).filter(|number| *number > 0);
        number.map(Hashrate::new).ok_or_else(|| {
            bad(
                "A hashrate is a number above 0, such as 150 or 1.5, and whole in H/s.",
                field,
            )
        })
    }

    /// The same; none where nothing was typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn maybe_hashrate(self, field: &str) -> Result<Option<Hashrate>, Error> {
        let filled = self.filled(field).is_some();
        filled.then(|| self.hashrate(field)).transpose()
    }

    /// A price in the unit of the field `FIELD_unit`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn price(self, field: &str) -> Result<Price, Error> {
        let unit = self.text(&format!("{field}_unit"));
        let size = numbers::price_size(unit);
        let size = size.ok_or_else(|| bad("There is no such unit.", field))?;
        let number = numbers::scaled(self.text(field), size).filter(|number| *number > 0);
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.map(Price::new).ok_or_else(|| {
            bad(
                "A price is a number above 0, such as 46000, with no part of a sat per PH/s·day.",
                field,
            )
        })
    }

    /// How long an order wants to trade, and its other terms.
    pub(super) fn terms(self) -> Result<OrderTerms, Error> {
        let time_in_force = match self.text("time_in_force") {
            "" | "gtc" => TimeInForce::Gtc,
            "ioc" => TimeInForce::Ioc,
            "fok" => TimeInForce::Fok,
            "gtd" => TimeInForce::Gtd,
            _ => return Err(bad("There is no such time in force.", "time_in_force")),
        };
        let good_till_ms = match (time_in_force, self.filled("good_till")) {
            (TimeInForce::Gtd, Some(text)) => {
                let words = "A time is written as 2026-11-30T18:00, in UTC.";
                Some(time::utc_ms(text).ok_or_else(|| bad(words, "good_till"))?)
            }
            (TimeInForce::Gtd, None) => {
                return Err(bad("Till when is the order good?", "good_till"));
            }
            _ => None,
        };
        Ok(OrderTerms {
            time_in_force,
            good_till_ms,
            post_only: self.ticked("post_only"),
            minimum_fill_hs: self.maybe_hashrate("minimum_fill")?,
            rejects: self.rejects()?,
            ..OrderTerms::default()
        })
    }

    /// Who pays for refused work: a bid's choice, or a tick where an ask's host bears it. Without a word, the buyer.
    pub(super) fn rejects(self) -> Result<RejectTerms, Error> {
        let payer = |field: &str| match self.text(field) {
            "" | "buyer" => Ok(Payer::Buyer),
            "host" | "on" => Ok(Payer::Host),
            _ => Err(bad("The buyer pays for it, or the host bears it.", field)),
        };
        Ok(RejectTerms {
            pool_reject: payer(POOL_REJECT)?,
            pool_down: payer(POOL_DOWN)?,
            ..RejectTerms::default()
        })
    }
}

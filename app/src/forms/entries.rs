use super::{
    Fields, Sheet,
    bid::{WISH_PRICE, is_wish},
};
use crate::Filled;
use leptos_router::params::ParamsMap;

/// What a form on a page holds: what was typed before, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    fields: Fields,
    error: Option<api::Error>,
}

impl Entries {
    /// A wish out of the page's address, and nothing else: a link must not fill in a pool that is not the reader's.
    pub fn of_query(query: &ParamsMap) -> Self {
        let pairs = query.into_iter();
        let of_wish = pairs
            .filter(|(name, _)| is_wish(name) || WISH_PRICE.iter().any(|(price, _)| name == price));
        Self {
            fields: of_wish
                .map(|(name, value)| (name.to_string(), value.to_owned()))
                .collect(),
            error: None,
        }
    }

    /// The wish that a bid's form carried along, with its own price and what is wrong with it: the bid's is another.
    pub fn wish(&self) -> Self {
        let carried = self.fields.iter().filter(|(name, _)| is_wish(name));
        let carried = carried.map(|(name, value)| (name.clone(), value.clone()));
        let price = WISH_PRICE.iter().filter_map(|(price, carried)| {
            let value = self.fields.get(*carried)?;
            Some(((*price).to_owned(), value.clone()))
        });
        let about = |error: &api::Error| error.field.as_deref().is_some_and(is_wish);
        Self {
            fields: carried.chain(price).collect(),
            error: self.error.clone().filter(about),
        }
    }

    /// What was sent, where it was one of these forms.
    pub fn of_forms(filled: &Filled, forms: &[&str]) -> Option<Self> {
        forms.contains(&filled.form.as_str()).then(|| Self {
            fields: filled.fields.clone(),
            error: filled.error.clone(),
        })
    }

    /// With what is so now.
    pub fn of_fields(fields: Fields) -> Self {
        Self {
            fields,
            error: None,
        }
    }

    /// The same, and what is wrong with it.
    pub fn with_error(mut self, error: Option<api::Error>) -> Self {
        self.error = self.error.or(error);
        self
    }

    /// To be read.
    pub fn sheet(&self) -> Sheet<'_> {
        Sheet(&self.fields)
    }

    /// What stands in a field.
    pub fn value(&self, field: &str) -> Option<String> {
        self.fields.get(field).cloned()
    }

    /// The same, or what stands there at first.
    pub fn value_or(&self, field: &str, first: impl Into<String>) -> String {
        let typed = self.sheet().filled(field);
        typed.map_or_else(|| first.into(), str::to_owned)
    }

    /// True where a box is ticked.
    pub fn ticked(&self, field: &str) -> bool {
        self.sheet().ticked(field)
    }

    /// What is wrong with a field.
    pub fn error_of(&self, field: &str) -> Option<String> {
        let error = self.error.as_ref()?;
        (error.field.as_deref() == Some(field)).then(|| error.message.clone())
    }

    /// What is wrong with the form as a whole: what is about none of its fields.
    pub fn error_beside(&self, fields: &[&str]) -> Option<String> {
        let error = self.error.as_ref()?;
        let about = error.field.as_deref();
        let shown = about.is_some_and(|field| fields.contains(&field));
        (!shown).then(|| error.message.clone())
    }

    /// The fields of this wish as a bid's form carries them along unseen. See [`Self::wish`].
    pub fn carried(&self) -> Vec<(String, String)> {
        let pairs = self.fields.iter();
        let filled = pairs.filter(|(_, value)| !value.trim().is_empty());
        let carried = filled.filter_map(|(name, value)| {
            let price = WISH_PRICE.iter().find(|(price, _)| price == name);
            let name = match price {
                Some((_, carried)) => (*carried).to_owned(),
                None => is_wish(name).then(|| name.clone())?,
            };
            Some((name, value.clone()))
        });
        carried.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_fills_in_a_wish_and_nothing_else() {
        let mut query = ParamsMap::new();
        for (name, value) in [
            ("hashrate", "100"),
            ("hashrate_unit", "kh"),
            ("price", "5"),
            ("price_unit", "mh"),
            ("source_hydro", "on"),
            ("pool_address", "evil.example:3333"),
            ("pool_user", "evil"),
            ("backup_address", "evil.example:3333"),
            ("backup_user", "evil"),
            ("budget", "1"),
            ("time_in_force", "ioc"),
            ("pool_reject", "host"),
            ("password_given", "1"),
            ("wish_price", "1"),
        ] {
            query.insert(name, value.to_owned());
        }
        let entries = Entries::of_query(&query);
        let kept: Vec<_> = entries.fields.keys().map(String::as_str).collect();
        let wish = [
            "hashrate",
            "hashrate_unit",
            "price",
            "price_unit",
            "source_hydro",
        ];
        assert_eq!(kept, wish);
    }

    #[test]
    fn a_bids_price_is_not_its_wishs() {
        let wish = Entries::of_fields(
            [
                ("hashrate", "100"),
                ("hashrate_unit", "kh"),
                ("price", "5"),
                ("countries", " "),
            ]
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        );
        let mut sent: Fields = wish.carried().into_iter().collect();
        assert_eq!(sent.get("wish_price").map(String::as_str), Some("5"));
        assert!(!sent.contains_key("countries") && !sent.contains_key("price"));
        sent.insert("price".into(), "46,000".into());
        sent.insert("pool_user".into(), "alice".into());
        let about = |field| Some(api::Error::bad_request("No.").about(field));
        let bid = Entries::of_fields(sent).with_error(about("price"));
        let again = bid.wish();
        assert_eq!(again.value("price").as_deref(), Some("5"));
        assert_eq!(again.value("hashrate").as_deref(), Some("100"));
        assert_eq!(
            (again.value("pool_user"), again.error_of("price")),
            (None, None)
        );
        assert_eq!(again.carried(), wish.carried(), "once more and once more");
        let bid = Entries::of_fields(Fields::new()).with_error(about("hashrate"));
        assert!(bid.wish().error_of("hashrate").is_some());
    }
}

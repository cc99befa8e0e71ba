//! What came of a form. The pages' forms are plain ones: the server carries them out and leads on to a page, or draws the
//! form's page again with what was typed and the reason.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a page is told of its forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The name of the next request that this page sends: sent twice, it is carried out once.
    pub key: String,
    /// Which form was sent; empty where none was.
    pub form: String,
    /// What was typed, without secrets.
    pub fields: BTreeMap<String, String>,
    /// Why it was refused.
    pub error: Option<api::Error>,
    /// A token that was made: shown now, and never again.
    pub made: Option<api::MadeToken>,
}

impl Filled {
    /// As the server says: the same in the browser, once it takes the page over.
    pub(crate) fn of_this_answer() -> Self {
        SharedValue::new(|| use_context::<Self>().unwrap_or_default()).into_inner()
    }

    /// What was typed into a field of a form.
    pub(crate) fn value(&self, form: &str, field: &str) -> Option<String> {
        let typed = self.fields.get(field);
        typed.filter(|_| self.form == form).cloned()
    }

    /// What is wrong with a field of a form.
    pub(crate) fn error_of(&self, form: &str, field: &str) -> Option<String> {
        let error = self.error.as_ref().filter(|_| self.form == form)?;
        (error.field.as_deref() == Some(field)).then(|| error.message.clone())
    }

    /// What is wrong with a form as a whole: what is about none of its fields.
    pub(crate) fn error_of_form(&self, form: &str, fields: &[&str]) -> Option<String> {
        let error = self.error.as_ref().filter(|_| self.form == form)?;
        let about = error.field.as_deref();
        let shown = about.is_some_and(|field| fields.contains(&field));
        (!shown).then(|| error.message.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stands_at_its_field_or_at_its_form() {
        let filled = |field: Option<&str>| Filled {
            form: "deposit".into(),
            fields: [("amount_sats".to_owned(), "x".to_owned())].into(),
            error: Some(api::Error {
                field: field.map(Into::into),
                ..api::Error::bad_request("No.")
            }),
            ..Filled::default()
        };
        let fields = ["amount_sats"];
        let of_field = filled(Some("amount_sats"));
        assert_eq!(
            of_field.error_of("deposit", "amount_sats").as_deref(),
            Some("No.")
        );
        assert_eq!(of_field.error_of_form("deposit", &fields), None);
        assert_eq!(of_field.error_of("sign-in", "amount_sats"), None);
        assert_eq!(
            of_field.value("deposit", "amount_sats").as_deref(),
            Some("x")
        );
        assert_eq!(of_field.value("sign-in", "amount_sats"), None);
        for of_form in [filled(None), filled(Some("other"))] {
            assert_eq!(
                of_form.error_of_form("deposit", &fields).as_deref(),
                Some("No.")
            );
            assert_eq!(of_form.error_of_form("sign-in", &fields), None);
        }
    }
}

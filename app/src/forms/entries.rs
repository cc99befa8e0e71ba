use super::{Fields, Sheet, bid::is_wish};
use crate::Filled;
use leptos_router::params::ParamsMap;

/// What a form on a page holds: what was typed before, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    fields: Fields,
    error: Option<api::Error>,
}

impl Entries {
    /// Out of the page's address.
    pub fn of_query(query: &ParamsMap) -> Self {
        let pairs = query.into_iter();
        Self {
            fields: pairs
                .map(|(name, value)| (name.to_string(), value.to_owned()))
                .collect(),
            error: None,
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

    /// The fields that another form carries along unseen: those of the wish that it is made of.
    pub fn carried(&self) -> Vec<(String, String)> {
        let pairs = self.fields.iter();
        let carried = pairs.filter(|(name, value)| is_wish(name) && !value.trim().is_empty());
        carried
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

//! The parts of the page for hosts.

mod ask_form;
mod energy;
mod fleets;
mod listings;
mod site_fields;
mod site_form;
mod sites;

pub use ask_form::AskForm;
pub use fleets::{FleetForm, Fleets};
pub use listings::{ListingForm, OwnListings};
pub use site_fields::fields_of;
pub use site_form::SiteForm;
pub use sites::Sites;

//! Parts of forms beside the plain field.

mod amount;
mod carried;
mod done;
mod kept_form;
mod select;
mod ticks;

pub use amount::Amount;
pub use carried::Carried;
pub use done::{Done, SignInAgain, SignInFirst};
pub use kept_form::KeptForm;
pub use select::Select;
pub use ticks::{Tick, Ticks};

//! Parts of forms beside the plain field.

mod amount;
mod carried;
mod done;
mod select;
mod ticks;

pub use amount::Amount;
pub use carried::Carried;
pub use done::{Done, SignInFirst};
pub use select::Select;
pub use ticks::{Tick, Ticks};

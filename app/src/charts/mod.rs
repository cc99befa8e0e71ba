//! Charts as plain SVG: they render on the server, print, and take their colours from the style.

mod bins;
mod depth;
mod hours;
mod sparkline;

pub use bins::{BinsChart, expected};
pub use depth::DepthBar;
pub use hours::{Column, HoursChart, columns, hours_per_column, top};
pub use sparkline::Sparkline;

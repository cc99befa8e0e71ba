//! Charts as plain SVG: they render on the server, print, and take their colours from the style.

mod depth;
mod sparkline;

pub use depth::DepthBar;
pub use sparkline::Sparkline;

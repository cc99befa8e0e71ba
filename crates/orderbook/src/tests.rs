//! Scenarios as column tables; the comparison with the naive twin is in `tests/`.

mod classes;
mod scenarios;
mod terms;

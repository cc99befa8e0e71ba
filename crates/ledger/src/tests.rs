//! Scenarios as column tables, and the books against a naive twin.

mod naive;
mod scenarios;
mod streams;

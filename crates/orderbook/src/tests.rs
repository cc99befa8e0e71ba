//! Scenarios as column tables, and the book against a naive twin.

mod naive;
mod scenarios;

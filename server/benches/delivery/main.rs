//! Delivery under load, over real TCP: `cargo xtask bench delivery`.
//!
//! The server runs in a process of its own with a contract, its share log on a real disk and a pool that this process
//! plays; machines that send only shares are played here too. So both share the processor, and the server's part is
//! read from the system. A contender runs the same load: a plain tokio server that parses with `serde_json`, hashes
//! with `sha2`, remembers nothing and writes nothing.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench prints, and ends with a panic where it cannot go on"
)]

mod contender;
mod machines;
mod measure;
mod pace;
mod phases;
mod pool;
mod served;

use std::env;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", pool] => served::run(pool.parse().expect("the pool's address")),
        ["contender"] => contender::run(),
        // What `cargo bench` adds, and names of phases to run alone.
        names => phases::run(names),
    }
}

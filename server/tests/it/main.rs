//! The server as a whole: started in-process on free ports, or as the real binary where it is killed.

#![expect(
    clippy::too_many_lines,
    clippy::print_stdout,
    reason = "a journey is read from top to bottom, and prints what it counted"
)]

mod account;
mod api;
mod archive;
mod bad_input;
mod binary;
mod blocks;
mod client;
mod closing;
mod command_line;
mod disk;
mod ending;
mod failover;
mod fallback;
mod findings;
mod keys;
mod kill;
mod machine;
mod machine_faults;
mod machine_tokens;
mod market_forms;
mod market_kills;
mod metrics;
mod money;
mod pool_answers;
mod pool_faults;
mod pool_trouble;
mod pools;
mod proxy;
mod puppet;
mod ranges;
mod rejects;
mod rig;
mod scripted;
mod second_verifier;
mod small_extranonce;
mod snapshots;
mod test_app;
mod tls;
mod trade;
mod trading;
mod trading_journeys;
mod trading_reading;
mod trading_refusals;
mod trading_rules;
mod verdict;
mod verifying;
mod worker_records;
mod workers;

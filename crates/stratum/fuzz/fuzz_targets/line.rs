//! See `stratum_fuzz::line`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stratum_fuzz::line(bytes));

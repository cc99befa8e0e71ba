//! See `stratum_fuzz::upstream`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stratum_fuzz::upstream(bytes));

//! See `stratum_fuzz::submit`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stratum_fuzz::submit(bytes));

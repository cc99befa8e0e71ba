//! See `stratum_fuzz::notify`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stratum_fuzz::notify(bytes));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| newswatch_fuzz::feed(data));

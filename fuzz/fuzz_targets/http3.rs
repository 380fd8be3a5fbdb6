//! The streams of one HTTP/3 connection: each part has a byte that says how long it is, and one
//! with its stream, who sends, and whether it ends there. Parts of no length are holes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    dissect::http::h3::exchanges(std::iter::from_fn(|| {
        let [length, place, behind @ ..] = rest else { return None };
        let (part, behind) = behind.split_at_checked(usize::from(*length))?;
        rest = behind;
        Some((u64::from(place & 15), place & 16 == 0, part, place & 32 != 0))
    }));
});

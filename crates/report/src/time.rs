//! Points in time as text, always UTC.
//!
//! Two forms: RFC 3339 with `Z` (section 5.6) in findings, and the form of Suricata's EVE,
//! `2017-04-07T22:24:37.251547+0000`, in records. Six digits where the capture has microseconds,
//! nine where it has more, so that no digit is invented and none is lost.

use dissect::Timestamp;
use dissect::x509::ValidityTime;

/// `2017-04-07T22:24:37.251547Z`.
pub fn rfc3339(timestamp: Timestamp) -> String {
    with_fraction(timestamp, "Z")
}

/// `2017-04-07T22:24:37.251547+0000`.
pub fn eve(timestamp: Timestamp) -> String {
    with_fraction(timestamp, "+0000")
}

/// `2017-04-07T22:24:37`: whole seconds, as EVE writes a certificate's validity.
pub fn seconds(at: impl Into<ValidityTime>) -> String {
    at.into().text()
}

fn with_fraction(timestamp: Timestamp, zone: &str) -> String {
    let mut text = seconds(timestamp);
    let nanos = timestamp.nanos().rem_euclid(1_000_000_000);
    text.push('.');
    let nanos = u32::try_from(nanos).unwrap_or(0);
    match nanos % 1_000 {
        0 => put(&mut text, nanos / 1_000, 6),
        _ => put(&mut text, nanos, 9),
    }
    text.push_str(zone);
    text
}

/// The last so many digits of a number, with zeros in front: every line of output has a dozen of
/// them, for which formatting machinery is too slow.
fn put(text: &mut String, number: u32, digits: u32) {
    for at in (0..digits).rev() {
        let digit = number.checked_div(10_u32.saturating_pow(at)).unwrap_or(0) % 10;
        text.extend(char::from_digit(digit, 10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_or_nine() {
        for (nanos, text) in [
            (1_491_603_877_251_547_000, "2017-04-07T22:24:37.251547Z"),
            (1_491_603_877_251_547_001, "2017-04-07T22:24:37.251547001Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn eve_has_its_own_zone() {
        let time = Timestamp::from_nanos(1_491_603_877_251_547_000);
        assert_eq!(eve(time), "2017-04-07T22:24:37.251547+0000");
        assert_eq!(seconds(time), "2017-04-07T22:24:37");
    }

    #[test]
    fn a_validity_has_all_years_of_four_digits() {
        for (secs, text) in [
            (253_402_300_799, "9999-12-31T23:59:59"),
            (9_223_372_037, "2262-04-11T23:47:17"),
            (-62_167_219_200, "0000-01-01T00:00:00"),
        ] {
            assert_eq!(seconds(ValidityTime::from_secs(secs)), text);
        }
    }
}

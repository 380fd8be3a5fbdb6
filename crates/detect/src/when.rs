//! Points in time and stretches of it, in words for people.
//!
//! Evidence quotes times in UTC to the second, as certificates do (RFC 5280 section 4.1.2.5).

use dissect::x509::ValidityTime;

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// `2026-10-24T21:58:34Z`, of a packet or a certificate.
pub(crate) fn utc(at: impl Into<ValidityTime>) -> String {
    let mut text = at.into().text();
    text.push('Z');
    text
}

/// A stretch of time in the largest unit of which there are at least two: `30 days`, `5 hours`,
/// `90 seconds`. The sign is dropped.
pub(crate) fn stretch(seconds: i64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let seconds = seconds.unsigned_abs();
    for (length, unit) in UNITS {
        match seconds.checked_div(length) {
            Some(whole) if whole >= 2 => return format!("{whole} {unit}"),
            _ => {}
        }
    }
    match seconds {
        1 => String::from("1 second"),
        more => format!("{more} seconds"),
    }
}

/// Nanoseconds as milliseconds with three digits: `5.124 ms`.
pub(crate) fn millis(nanos: i64) -> String {
    let micros = nanos.unsigned_abs() / 1_000;
    let sign = if nanos < 0 && micros > 0 { "-" } else { "" };
    format!("{sign}{}.{:03} ms", micros / 1_000, micros % 1_000)
}

#[cfg(test)]
mod tests {
    use dissect::Timestamp;

    use super::*;

    #[test]
    fn utc_is_written_to_the_second() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_792_879_114, "2026-10-24T21:58:34Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(utc(Timestamp::from_secs(seconds)), text);
            assert_eq!(utc(ValidityTime::from_secs(seconds)), text);
        }
        let first = ValidityTime::from_secs(-62_135_596_801);
        assert_eq!(utc(first), "0000-12-31T23:59:59Z");
        let never = ValidityTime::from_secs(253_402_300_799);
        assert_eq!(utc(never), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn stretches_use_the_largest_unit_that_says_enough() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (-7_200, "2 hours"),
            (172_799, "47 hours"),
            (2_592_000, "30 days"),
        ] {
            assert_eq!(stretch(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn milliseconds_have_three_digits() {
        for (nanos, text) in [
            (0, "0.000 ms"),
            (5_124_999, "5.124 ms"),
            (-1_000, "-0.001 ms"),
            (-999, "0.000 ms"),
            (2_000_000_000, "2000.000 ms"),
        ] {
            assert_eq!(millis(nanos), text);
        }
    }
}

//! Points in time as text, always UTC.
//!
//! Two forms: RFC 3339 with `Z` (section 5.6) in findings, and the form of Suricata's EVE,
//! `2017-04-07T22:24:37.251547+0000`, in records. Six digits where the capture has microseconds,
//! nine where it has more, so that no digit is invented and none is lost.

use dissect::Timestamp;
use dissect::x509::ValidityTime;
use time::OffsetDateTime;

/// `2017-04-07T22:24:37.251547Z`.
pub fn rfc3339(timestamp: Timestamp) -> String {
    let mut text = seconds(timestamp);
    text.push_str(&fraction(timestamp));
    text.push('Z');
    text
}

/// `2017-04-07T22:24:37.251547+0000`.
pub fn eve(timestamp: Timestamp) -> String {
    let mut text = seconds(timestamp);
    text.push_str(&fraction(timestamp));
    text.push_str("+0000");
    text
}

/// `2017-04-07T22:24:37`: whole seconds, as EVE writes a certificate's validity.
pub fn seconds(at: impl Into<ValidityTime>) -> String {
    // Both kinds of time lie within the years 0000 to 9999, all of which `time` knows.
    let when = OffsetDateTime::from_unix_timestamp(at.into().secs());
    let when = when.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        when.year(),
        u8::from(when.month()),
        when.day(),
        when.hour(),
        when.minute(),
        when.second()
    )
}

fn fraction(timestamp: Timestamp) -> String {
    let nanos = timestamp.nanos().rem_euclid(1_000_000_000);
    if nanos.rem_euclid(1000) == 0 {
        format!(".{:06}", nanos.div_euclid(1000))
    } else {
        format!(".{nanos:09}")
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

//! When a certificate begins and ceases to be valid (RFC 5280 section 4.1.2.5).
//!
//! Whole seconds since 1970-01-01T00:00:00Z, as certificates count. A
//! [`Timestamp`] ends in 2262, and "no well-defined expiration" is written
//! 99991231235959Z: validity needs the whole range of GeneralizedTime, years 0000 to 9999.

use std::cmp::Ordering;

use time::OffsetDateTime;

use crate::packet::Timestamp;

/// 0000-01-01T00:00:00Z, the first second that GeneralizedTime can name.
const FIRST: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z, the last one.
const LAST: i64 = 253_402_300_799;

/// One end of a certificate's validity.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ValidityTime(i64);

impl ValidityTime {
    /// From seconds since 1970; what GeneralizedTime cannot name becomes the nearest that it can.
    pub const fn from_secs(secs: i64) -> Self {
        match secs {
            ..FIRST => Self(FIRST),
            FIRST..=LAST => Self(secs),
            _ => Self(LAST),
        }
    }

    /// Seconds since 1970, always within the years 0000 to 9999.
    pub const fn secs(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to `self`; negative if they are the wrong way round.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How this compares with the second that `at` lies in: fractions of a second do not count, so
    /// that notAfter includes its whole second.
    pub fn cmp_timestamp(self, at: Timestamp) -> Ordering {
        self.0.cmp(&at.secs())
    }

    /// `2026-10-24T21:58:34`, in UTC. Put together without formatting, which costs many times as
    /// much: evidence and records are full of times.
    pub fn text(self) -> String {
        let when = OffsetDateTime::from_unix_timestamp(self.0);
        // All that there are lie within the years that the calendar names.
        let when = when.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let mut text = String::with_capacity(40);
        let year = when.year().unsigned_abs();
        push_two(&mut text, year / 100);
        push_two(&mut text, year % 100);
        let rest = [u8::from(when.month()), when.day(), when.hour(), when.minute(), when.second()];
        for (mark, number) in ['-', '-', 'T', ':', ':'].into_iter().zip(rest) {
            text.push(mark);
            push_two(&mut text, u32::from(number));
        }
        text
    }

    /// The beginning of this second on the packets' clock; saturates before 1677 and after 2262.
    pub const fn saturating_timestamp(self) -> Timestamp {
        Timestamp::from_secs(self.0)
    }
}

/// The last two digits of a number.
fn push_two(text: &mut String, number: u32) {
    text.extend(char::from_digit(number / 10 % 10, 10));
    text.extend(char::from_digit(number % 10, 10));
}

impl From<Timestamp> for ValidityTime {
    /// The second that the timestamp lies in.
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_generalized_time() {
        for (given, kept) in [
            (0, 0),
            (-1, -1),
            (LAST, LAST),
            (LAST + 1, LAST),
            (i64::MAX, LAST),
            (FIRST, FIRST),
            (FIRST - 1, FIRST),
            (i64::MIN, FIRST),
        ] {
            assert_eq!(ValidityTime::from_secs(given).secs(), kept, "{given}");
        }
    }

    #[test]
    fn a_timestamp_is_compared_by_its_second() {
        let ten = ValidityTime::from_secs(10);
        for (nanos, order) in [
            (9_999_999_999, Ordering::Greater),
            (10_000_000_000, Ordering::Equal),
            (10_999_999_999, Ordering::Equal),
            (11_000_000_000, Ordering::Less),
        ] {
            let at = Timestamp::from_nanos(nanos);
            assert_eq!(ten.cmp_timestamp(at), order, "{nanos}");
            assert_eq!(ten.cmp(&ValidityTime::from(at)), order, "{nanos}");
        }
        let never = ValidityTime::from_secs(LAST);
        assert_eq!(never.cmp_timestamp(Timestamp::from_nanos(i64::MAX)), Ordering::Greater);
    }

    #[test]
    fn differences_keep_their_sign_and_do_not_end_in_2262() {
        let (first, last) = (ValidityTime::from_secs(FIRST), ValidityTime::from_secs(LAST));
        assert_eq!(last.seconds_since(first), 315_569_519_999);
        assert_eq!(first.seconds_since(last), -315_569_519_999);
    }

    #[test]
    fn only_the_clock_of_packets_saturates() {
        let near = ValidityTime::from_secs(1_500_000_000);
        assert_eq!(near.saturating_timestamp(), Timestamp::from_secs(1_500_000_000));
        let last = ValidityTime::from_secs(LAST).saturating_timestamp();
        assert_eq!(last, Timestamp::from_nanos(i64::MAX));
        let first = ValidityTime::from_secs(FIRST).saturating_timestamp();
        assert_eq!(first, Timestamp::from_nanos(i64::MIN));
    }
}

//! Points in time as exporters write them: ISO 8601 with or without fraction, separators and zone.

use crate::packet::Timestamp;

/// Digits of a fraction that count: nanoseconds.
const FRACTION: usize = 9;

/// `2024-05-01T12:00:00.123+02:00`; without a zone it is UTC. `None` if it is nothing of the kind.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let year: i64 = text.get(..4)?.parse().ok()?;
    let month = two(text, 5).filter(|month| (1..=12).contains(month))?;
    let day = two(text, 8).filter(|day| (1..=31).contains(day))?;
    let (hour, minute, second) = (two(text, 11)?, two(text, 14)?, two(text, 17)?);
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at_checked(end)?
        }
        None => ("", rest),
    };
    let digits = fraction.get(..FRACTION.min(fraction.len()))?;
    let nanos: i64 = format!("{digits:0<FRACTION$}").parse().ok()?;
    let secs = days(year, month, day)
        .saturating_mul(86_400)
        .saturating_add(hour.saturating_mul(3_600))
        .saturating_add(minute.saturating_mul(60))
        .saturating_add(second)
        .saturating_sub(offset(zone)?);
    Some(Timestamp::from_nanos(Timestamp::from_secs(secs).nanos().saturating_add(nanos)))
}

/// Milliseconds after `from`; what is no sensible number counts as none.
pub(super) fn after(from: Timestamp, milliseconds: f64) -> Timestamp {
    // A year: whoever claims more has another unit.
    let sensible = milliseconds.is_finite() && (0.0..=3.2e10).contains(&milliseconds);
    #[expect(clippy::cast_possible_truncation, reason = "it is in range")]
    let nanos = if sensible { (milliseconds * 1e6) as i64 } else { 0 };
    Timestamp::from_nanos(from.nanos().saturating_add(nanos))
}

/// Seconds since 1970 with a fraction.
pub(super) fn from_secs(seconds: f64) -> Option<Timestamp> {
    // Beyond the year 2262 nanoseconds do not fit.
    let sensible = seconds.is_finite() && (0.0..9.2e9).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, reason = "it is in range")]
    sensible.then(|| Timestamp::from_nanos((seconds * 1e9) as i64))
}

/// Two digits.
fn two(text: &str, at: usize) -> Option<i64> {
    text.get(at..at.checked_add(2)?)?.parse().ok()
}

/// Seconds east of UTC of `Z`, `+02:00`, `+0200`, `-07`.
fn offset(zone: &str) -> Option<i64> {
    let zone = zone.trim();
    let (sign, rest) = match zone.chars().next() {
        None | Some('Z' | 'z') => return Some(0),
        Some('+') => (1, zone.get(1..)?),
        Some('-') => (-1, zone.get(1..)?),
        Some(_) => return None,
    };
    let hours = two(rest, 0)?;
    let minutes = rest.get(2..).map(|rest| rest.trim_start_matches(':')).unwrap_or_default();
    let minutes = if minutes.is_empty() { 0 } else { two(minutes, 0)? };
    let seconds = hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60));
    Some(seconds.saturating_mul(sign))
}

/// Days since 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day is
/// their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = month.saturating_add(9).rem_euclid(12);
    let of_year = month.saturating_mul(153).saturating_add(2).div_euclid(5);
    let days = of_era
        .saturating_mul(365)
        .saturating_add(of_era.div_euclid(4))
        .saturating_sub(of_era.div_euclid(100))
        .saturating_add(of_year)
        .saturating_add(day)
        .saturating_sub(1);
    era.saturating_mul(146_097).saturating_add(days).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_it() {
        for (text, nanos) in [
            ("2024-05-01T12:00:00.123Z", Some(1_714_564_800_123_000_000)),
            ("2024-05-01T14:00:00.123+02:00", Some(1_714_564_800_123_000_000)),
            ("2024-05-01T14:00:00.123+0200", Some(1_714_564_800_123_000_000)),
            ("2024-05-01T05:00:00,1230-07", Some(1_714_564_800_123_000_000)),
            ("2024-05-01 12:00:00", Some(1_714_564_800_000_000_000)),
            ("2024-05-01T12:00:00.1234567890123Z", Some(1_714_564_800_123_456_789)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59Z", Some(-1_000_000_000)),
            ("Wed May 01 2024", None),
            ("2024-13-01T12:00:00Z", None),
            ("2024-05-01T12:00:00?", None),
            ("2024-05-0ä", None),
            ("", None),
        ] {
            assert_eq!(timestamp(text).map(Timestamp::nanos), nanos, "{text}");
        }
    }

    #[test]
    fn nonsense_moves_no_clock() {
        let start = Timestamp::from_secs(5);
        assert_eq!(after(start, 1.5).nanos(), 5_001_500_000);
        for nonsense in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(after(start, nonsense), start);
            assert_eq!(from_secs(nonsense), None);
        }
    }
}

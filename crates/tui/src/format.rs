//! Numbers, times and bytes as people read them.
//!
//! Times are UTC: a capture is compared with server logs, not with the reader's wall.

use dissect::x509::ValidityTime;
use dissect::{PacketSpan, Timestamp};
use time::OffsetDateTime;

/// Packet numbers of one fact that are written out; the rest is counted. A replayed handshake can
/// be proven by thousands.
const MAX_NUMBERS: usize = 8;

/// `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len().saturating_mul(2));
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && digits.len().saturating_sub(position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// At most six columns: `9,999`, `12k`, `4M`; rounded down.
pub(crate) fn short_count(number: u64) -> String {
    match number {
        0..10_000 => count(number),
        10_000..1_000_000 => format!("{}k", number.div_euclid(1000)),
        1_000_000..10_000_000_000 => format!("{}M", number.div_euclid(1_000_000)),
        _ => String::from(">9999M"),
    }
}

/// `1 packet`, `2 packets`: the number and the word, with an `s` unless it is one.
pub(crate) fn counted(number: u64, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {word}{plural}", count(number))
}

/// `2026-08-23 10:15:02`, of a packet or a certificate.
pub(crate) fn date_time(at: impl Into<ValidityTime>) -> String {
    OffsetDateTime::from_unix_timestamp(at.into().secs()).map_or_else(
        |_| String::from("out of range"),
        |t| format!("{} {}", date_of(t), clock_of(t)),
    )
}

/// `2026-08-23 10:15:02.123456789`.
pub(crate) fn precise(at: Timestamp) -> String {
    utc(at).map_or_else(
        || String::from("out of range"),
        |t| format!("{} {}.{:09}", date_of(t), clock_of(t), t.nanosecond()),
    )
}

/// `10:15:02`.
pub(crate) fn clock(at: Timestamp) -> String {
    utc(at).map_or_else(|| String::from("?"), clock_of)
}

/// `10:15:02.123`.
pub(crate) fn clock_millis(at: Timestamp) -> String {
    let clock = |t: OffsetDateTime| format!("{}.{:03}", clock_of(t), t.millisecond());
    utc(at).map_or_else(|| String::from("?"), clock)
}

/// `850 µs`, `34 ms`, `1.2 s`, `3 min`; empty for a negative time.
pub(crate) fn duration(nanos: i64) -> String {
    let tenths = |unit: i64| {
        let tenths = nanos.saturating_mul(10).div_euclid(unit);
        format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
    };
    match nanos {
        i64::MIN..0 => String::new(),
        0..1_000_000 => format!("{} µs", nanos.div_euclid(1_000)),
        1_000_000..10_000_000 => format!("{} ms", tenths(1_000_000)),
        10_000_000..1_000_000_000 => format!("{} ms", nanos.div_euclid(1_000_000)),
        1_000_000_000..60_000_000_000 => format!("{} s", tenths(1_000_000_000)),
        _ => format!("{} min", nanos.div_euclid(60_000_000_000)),
    }
}

/// `812 B`, `1.2 kB`, `34 MB`: at most six columns, rounded down.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let bytes = u128::from(bytes);
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    let tenths = bytes.saturating_mul(10).div_euclid(unit);
    match tenths {
        0..100 => format!("{}.{} {name}", tenths.div_euclid(10), tenths.rem_euclid(10)),
        100..10_000 => format!("{} {name}", tenths.div_euclid(10)),
        _ => format!(">999 {name}"),
    }
}

/// Whole days from one time to another, rounded down; negative if they are the wrong way round.
pub(crate) const fn days(from: ValidityTime, to: ValidityTime) -> i64 {
    to.seconds_since(from).div_euclid(86_400)
}

/// `0A:1B:2C`, as OpenSSL and Suricata's EVE write serial numbers.
pub(crate) fn colon_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// `packet 12`, `packets 12, 15`; empty for none.
pub(crate) fn packets(numbers: &[u64]) -> String {
    let shown: Vec<String> = numbers.iter().take(MAX_NUMBERS).map(u64::to_string).collect();
    let more = numbers.len().saturating_sub(MAX_NUMBERS);
    match (numbers.len(), more) {
        (0, _) => String::new(),
        (1, _) => format!("packet {}", shown.concat()),
        (_, 0) => format!("packets {}", shown.join(", ")),
        (_, more) => format!("packets {} and {more} more", shown.join(", ")),
    }
}

/// `packet 12`, `packets 12–15`: the first and the last one that carried a message. Empty where no
/// packet is known, as in a HAR file.
pub(crate) fn span(span: PacketSpan) -> String {
    if span.last.number == 0 {
        String::new()
    } else if span.first.number == span.last.number {
        format!("packet {}", span.last.number)
    } else {
        format!("packets {}–{}", span.first.number, span.last.number)
    }
}

fn utc(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.nanos())).ok()
}

fn date_of(t: OffsetDateTime) -> String {
    format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
}

fn clock_of(t: OffsetDateTime) -> String {
    format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
}

#[cfg(test)]
mod tests {
    use dissect::PacketRef;

    use super::*;

    #[test]
    fn counts_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")];
        for (number, expected) in cases {
            assert_eq!(count(number), expected);
        }
        let short = [(9_999, "9,999"), (10_000, "10k"), (999_999, "999k"), (4_900_000, "4M")];
        for (number, expected) in short {
            assert_eq!(short_count(number), expected);
        }
        assert_eq!(counted(1, "packet"), "1 packet");
        assert_eq!(counted(0, "packet"), "0 packets");
    }

    #[test]
    fn times_are_utc() {
        let at = Timestamp::from_nanos(1_787_480_102_000_000_789);
        assert_eq!(date_time(at), "2026-08-23 10:15:02");
        assert_eq!(precise(at), "2026-08-23 10:15:02.000000789");
        assert_eq!(clock(at), "10:15:02");
        assert_eq!(date_time(Timestamp::from_nanos(i64::MIN)), "1677-09-21 00:12:43");
    }

    #[test]
    fn durations_and_sizes() {
        for (nanos, expected) in [
            (-1, ""),
            (0, "0 µs"),
            (850_999, "850 µs"),
            (1_250_000, "1.2 ms"),
            (34_999_999, "34 ms"),
            (1_299_000_000, "1.2 s"),
            (180_000_000_000, "3 min"),
            (i64::MAX, "153722867 min"),
        ] {
            assert_eq!(duration(nanos), expected);
        }
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_250, "1.2 kB"),
            (65_536, "65 kB"),
            (999_999, "999 kB"),
            (4_000_000, "4.0 MB"),
            (u64::MAX, ">999 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn days_are_whole() {
        let day = |days: i64| ValidityTime::from_secs(days.saturating_mul(86_400));
        assert_eq!(days(day(10), day(408)), 398);
        assert_eq!(days(ValidityTime::from_secs(1), day(1)), 0);
        assert_eq!(days(day(3), day(1)), -2);
    }

    #[test]
    fn packet_numbers() {
        assert_eq!(packets(&[]), "");
        assert_eq!(packets(&[7]), "packet 7");
        assert_eq!(packets(&[7, 9]), "packets 7, 9");
        let many: Vec<u64> = (1..=11).collect();
        assert_eq!(packets(&many), "packets 1, 2, 3, 4, 5, 6, 7, 8 and 3 more");
        let at = |number| PacketRef { number, ..PacketRef::default() };
        assert_eq!(span(PacketSpan::one(at(4))), "packet 4");
        assert_eq!(span(PacketSpan { first: at(4), last: at(6) }), "packets 4–6");
    }

    #[test]
    fn bytes_in_hex() {
        assert_eq!(dissect::hex(&[0, 0xab]), "00ab");
        assert_eq!(colon_hex(&[0, 0xab]), "00:AB");
    }
}

//! How fast a capture is replayed, as people write it: `1x`, `0.5x`, `max`.

use tui::outside::Speed;

/// The greatest speed but `max`, in tenths.
const MOST: u16 = 10_000;

/// Reads it. More digits than one after the point are more than is kept.
pub(super) fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let number = text.strip_suffix('x').unwrap_or(text);
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = Some(whole).filter(|whole| digits(whole)).and_then(|it| it.parse::<u16>().ok());
    let tenth = Some(tenth).filter(|tenth| tenth.len() == 1 && digits(tenth));
    let tenth = tenth.and_then(|tenth| tenth.parse::<u16>().ok());
    let tenths = match (whole, tenth) {
        (Some(whole), Some(tenth)) => whole.checked_mul(10).and_then(|all| all.checked_add(tenth)),
        _ => None,
    };
    match tenths {
        Some(tenths @ 1..=MOST) => Ok(Speed::Tenths(tenths)),
        _ => Err(String::from("wants 0.1x to 1000x, or max")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_as_people_write_them() {
        for (text, expected) in [
            ("max", Some(Speed::Max)),
            ("1x", Some(Speed::Tenths(10))),
            ("10", Some(Speed::Tenths(100))),
            ("0.5x", Some(Speed::Tenths(5))),
            ("2.0x", Some(Speed::Tenths(20))),
            ("0.1", Some(Speed::Tenths(1))),
            ("1000x", Some(Speed::Tenths(10_000))),
            ("1000.1x", None),
            ("0x", None),
            ("0.0x", None),
            ("0.05x", None),
            (".5x", None),
            ("1.x", None),
            ("+1x", None),
            ("1.+x", None),
            ("-1x", None),
            ("99999x", None),
            ("6554x", None),
            ("", None),
            ("x", None),
            ("fast", None),
        ] {
            assert_eq!(speed(text).ok(), expected, "{text}");
            if let Some(speed @ Speed::Tenths(_)) = expected {
                assert_eq!(super::speed(&speed.to_string()), Ok(speed), "as it is shown");
            }
        }
    }
}

//! Certificate Transparency logs by their id (RFC 6962 section 3.2).
//!
//! The list is `data/ct-logs.tsv`; `data/README.md` says where it comes from and how old it is. A
//! log that is not in it proves nothing: logs are added every year.

use hashbrown::HashSet;

/// The built-in list: lines of id in hex, description, source.
const BUILT_IN: &str = include_str!("../../data/ct-logs.tsv");

/// The ids of the built-in list.
pub(super) fn built_in() -> HashSet<[u8; 32]> {
    BUILT_IN.lines().filter_map(|line| id(line.split('\t').next()?)).collect()
}

fn id(hex: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|&[high, low]| byte(high, low)).collect();
    bytes?.try_into().ok().filter(|_| rest.is_empty())
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let high = u8::try_from(char::from(high).to_digit(16)?).ok()?;
    let low = u8::try_from(char::from(low).to_digit(16)?).ok()?;
    Some(high << 4 | low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = BUILT_IN.lines().filter(|line| !line.starts_with('#')).count();
        assert!(lines > 100);
        assert_eq!(built_in().len(), lines);
    }

    #[test]
    fn google_pilot_is_a_log_and_zeros_are_none() {
        let pilot = "a4b90990b418581487bb13a2cc67700a3c359804f91bdfb8e377cd0ec80ddc10";
        assert!(built_in().contains(&id(pilot).unwrap()));
        assert!(!built_in().contains(&[0; 32]));
    }

    #[test]
    fn ids_are_64_hex_digits() {
        for wrong in ["", "a4", &"a".repeat(63), &"a".repeat(66), &"g".repeat(64)] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }
}

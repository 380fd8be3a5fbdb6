//! What looks like an id anywhere in a text: in a page, in a URL, in a document that is cut.
//!
//! Every id has a digit ([`route::is_id`]), and most of a page has none: what lies between digits is
//! passed over in strides.

use super::given::MAX_ID;
use super::route;

/// Bytes that are looked at together.
const STRIDE: usize = 32;

/// Shows all words of letters, digits, `-` and `_` that look like ids, until it is enough.
pub(super) fn each(text: &[u8], mut is_enough: impl FnMut(&str) -> bool) {
    let mut rest = text;
    while let Some(at) = first_digit(rest) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        let begin = before.iter().rposition(|byte| !route::is_of_word(*byte));
        let begin = begin.map_or(0, |at| at.saturating_add(1));
        let length = from.iter().position(|byte| !route::is_of_word(*byte)).unwrap_or(from.len());
        let end = at.saturating_add(length);
        let word = rest.get(begin..end).unwrap_or_default();
        if word.len() <= MAX_ID
            && route::looks_like_id(word)
            && let Ok(word) = std::str::from_utf8(word)
            && is_enough(word)
        {
            return;
        }
        rest = rest.get(end..).unwrap_or_default();
    }
}

/// Whether what is called plain text is none: it has bytes in it that text has not (WHATWG MIME
/// Sniffing, sections 3 and 7.2; servers call text/plain what they do not know). Text of two bytes a
/// character counts as binary too: no id can be found in it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    const SNIFFED: usize = 1445;
    let is_data = |byte: u8| matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    bytes.iter().take(SNIFFED).any(|byte| is_data(*byte))
}

/// Where the first digit stands.
fn first_digit(text: &[u8]) -> Option<usize> {
    let (strides, rest) = text.as_chunks::<STRIDE>();
    let has_digit =
        |stride: &[u8; STRIDE]| stride.iter().fold(false, |has, byte| has | byte.is_ascii_digit());
    let empty = strides.iter().position(has_digit).unwrap_or(strides.len());
    let from = empty.saturating_mul(STRIDE);
    let near = text.get(from..).unwrap_or(rest);
    let at = near.iter().position(u8::is_ascii_digit)?;
    Some(from.saturating_add(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[u8]) -> Vec<String> {
        let mut words = Vec::new();
        each(text, |word| {
            words.push(word.to_owned());
            false
        });
        words
    }

    #[test]
    fn text_is_told_from_what_is_only_called_so() {
        for text in ["", "id 17\r\n\t\u{c}", "\u{1b}[1mbold", "\u{fc}ml\u{e4}ut"] {
            assert!(!is_binary(text.as_bytes()), "{text:?}");
        }
        for bytes in [b"\0i\0d", b"\x89PN\x1a", b"17\x08\xff"] {
            assert!(is_binary(bytes), "{bytes:?}");
        }
        assert!(!is_binary(&[&[b' '; 1445][..], &[0]].concat()));
    }

    /// The same, word by word.
    fn slowly(text: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(text);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let words = text.split(|c: char| !is_part(c));
        let ids = words.filter(|word| word.len() <= MAX_ID && route::is_id(word));
        ids.map(str::to_owned).collect()
    }

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let page = "<a href=\"/orders/17\">order_4 of usr-4f29</a> v1 1.5 \u{fc}7\u{fc}8".repeat(9);
        let long = format!("{}1 {} 5", "a".repeat(200), "7".repeat(MAX_ID));
        for text in [page.as_bytes(), long.as_bytes(), b"", b"7", b"no digit", b"\xff7\xff-8"] {
            for from in 0..text.len().min(70) {
                assert_eq!(words(&text[from..]), slowly(&text[from..]), "{from}");
            }
        }
        let mut first = None;
        each(b"a 1 2", |word| {
            first = Some(word.to_owned());
            true
        });
        assert_eq!(first.as_deref(), Some("1"), "it stops when it is enough");
    }
}

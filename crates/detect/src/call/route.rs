//! What is asked: method, host, and the path without its ids, so that calls for different objects
//! are calls of the same kind.

use super::Call;

/// What stands for an id in a route.
pub(crate) const ID: &str = "{}";

/// Endings of documents that an API makes of an object: `/invoices/17.pdf`.
const DOCUMENTS: [&str; 6] = [".csv", ".html", ".json", ".pdf", ".txt", ".xml"];

/// The route of a call: `GET api.shop.test /v1/orders/{}`.
pub(super) fn of(call: &Call<'_>) -> String {
    let (request, host) = (call.request(), call.host().unwrap_or_default());
    let path = call.path();
    let parts = [request.method.len(), host.len(), path.len(), 2];
    let mut text = String::with_capacity(parts.into_iter().fold(0, usize::saturating_add));
    for part in [&request.method, " ", host, " "] {
        text.push_str(part);
    }
    push_template(&mut text, path);
    text
}

/// A path with [`ID`] for the segments that look like ids.
pub(crate) fn template(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    push_template(&mut text, path);
    text
}

fn push_template(text: &mut String, path: &str) {
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            text.push('/');
        }
        match split(segment) {
            Some((_, ending)) => {
                text.push_str(ID);
                text.push_str(ending);
            }
            None => text.push_str(segment),
        }
    }
}

/// The id that a segment is, and the ending of a document behind it: `17` and `.pdf`.
pub(crate) fn split(segment: &str) -> Option<(&str, &str)> {
    // Most are words.
    if !segment.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if is_id(segment) {
        return Some((segment, ""));
    }
    let ending = DOCUMENTS.into_iter().find(|ending| segment.ends_with(ending))?;
    let stem = segment.strip_suffix(ending)?;
    is_id(stem).then_some((stem, ending))
}

/// Whether a segment of a path looks like an id, and not like a word that somebody chose: a number,
/// a UUID, a hash, or letters and digits mixed as no word has them.
pub(crate) fn is_id(segment: &str) -> bool {
    looks_like_id(segment.as_bytes())
}

/// The same of text in bytes.
#[inline]
pub(super) fn looks_like_id(segment: &[u8]) -> bool {
    matches!(look(segment), Look::Id | Look::Number)
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// An id that is a number.
    Number,
    /// Another id.
    Id,
    /// No id, although nothing is in it that ids have not.
    Word,
    /// Text in which there are other characters: spaces, slashes, colons.
    Text,
}

/// What a text looks like.
#[inline]
pub(super) fn look(segment: &[u8]) -> Look {
    let (mut digits, mut all) = (0_usize, DIGIT | HEX | PLAIN);
    // Text shows early that it is text; within a few bytes it is not asked for.
    for piece in segment.chunks(8) {
        for class in piece.iter().map(|byte| class(*byte)) {
            digits = digits.wrapping_add(usize::from(class & DIGIT));
            all &= class;
        }
        if all == 0 {
            return Look::Text;
        }
    }
    let has_extension = || {
        let end = segment.iter().rev().position(|byte| *byte == b'.');
        end.is_some_and(|length| length <= 5)
    };
    match digits {
        // No id is without a digit.
        0 => Look::Word,
        _ if all & DIGIT != 0 => Look::Number,
        2.. if all & HEX != 0 && segment.len() >= 8 => Look::Id,
        _ if (segment.len() < 16 || digits < 3) && !prefixed(segment) => Look::Word,
        _ if has_extension() => Look::Word,
        _ => Look::Id,
    }
}

/// What a character may be part of: a number, a number in hex or a UUID, any id; and a word, as ids in
/// text are told apart.
const DIGIT: u8 = 1;
const HEX: u8 = 2;
const PLAIN: u8 = 4;
const WORD: u8 = 8;

/// All characters.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let Some((class, behind)) = rest.split_first_mut() {
        *class = match byte {
            b'0'..=b'9' => DIGIT | HEX | PLAIN | WORD,
            b'a'..=b'f' | b'A'..=b'F' | b'-' => HEX | PLAIN | WORD,
            b'g'..=b'z' | b'G'..=b'Z' | b'_' => PLAIN | WORD,
            b'~' | b'=' | b'.' => PLAIN,
            _ => 0,
        };
        byte = byte.wrapping_add(1);
        rest = behind;
    }
    classes
};

/// Whether it is a letter, a digit, `-` or `_`.
#[inline]
pub(super) fn is_of_word(byte: u8) -> bool {
    class(byte) & WORD != 0
}

#[inline]
fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// `order_17`, `usr-4f2a9`: a word, then what has at least as many digits as letters.
fn prefixed(segment: &[u8]) -> bool {
    let Some(at) = segment.iter().rposition(|byte| b"_-".contains(byte)) else { return false };
    let Some((word, [_, id @ ..])) = segment.split_at_checked(at) else { return false };
    let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_word = !word.is_empty() && word.iter().all(u8::is_ascii_alphabetic);
    is_word && digits > 0 && digits.saturating_mul(2) >= id.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_words() {
        for id in [
            "7",
            "1795474065",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "507f1f77bcf86cd799439011",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "order_17",
            "usr-4f29",
            "eyJ.a1b2c3d4e5f6g7",
        ] {
            assert!(is_id(id), "{id}");
        }
        for word in
            ["", "v1", "orders", "me", "deadbeef", "0.bin", "main.a1b2c3d4.js", "sign-in", "v1.2.3"]
        {
            assert!(!is_id(word), "{word}");
        }
        assert_eq!(template("/v1/orders/7/items/12"), "/v1/orders/{}/items/{}");
        assert_eq!(template("/invoices/17.pdf"), "/invoices/{}.pdf");
        assert_eq!(template("/media/0.bin"), "/media/0.bin");
        assert_eq!(template("/"), "/");
    }
}

//! What is asked: method, host, and the path without its ids, so that calls for different objects
//! are calls of the same kind.

use super::Call;

/// What stands for an id in a route.
pub(crate) const ID: &str = "{}";

/// Endings of documents that an API makes of an object: `/invoices/17.pdf`.
const DOCUMENTS: [&str; 6] = [".csv", ".html", ".json", ".pdf", ".txt", ".xml"];

/// The route of a call: `GET api.shop.test /v1/orders/{}`.
pub(super) fn of(call: &Call<'_>) -> String {
    let request = call.request();
    let host = call.host().unwrap_or_default();
    format!("{} {host} {}", request.method, template(request.path()))
}

/// A path with [`ID`] for the segments that look like ids.
pub(crate) fn template(path: &str) -> String {
    let segments = path.split('/').map(|segment| match split(segment) {
        Some((_, "")) => String::from(ID),
        Some((_, ending)) => format!("{ID}{ending}"),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The id that a segment is, and the ending of a document behind it: `17` and `.pdf`.
pub(crate) fn split(segment: &str) -> Option<(&str, &str)> {
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
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = segment.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let is_plain = segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_~=.".contains(&b));
    let is_number = digits > 0 && digits == segment.len();
    let has_extension = segment.rsplit_once('.').is_some_and(|(_, end)| end.len() <= 5);
    is_number
        || (is_hex && segment.len() >= 8 && digits >= 2)
        || (is_plain && !has_extension && segment.len() >= 16 && digits >= 3)
        || (is_plain && !has_extension && prefixed(segment))
}

/// `order_17`, `usr-4f2a9`: a word, then what has at least as many digits as letters.
fn prefixed(segment: &str) -> bool {
    let Some((word, id)) = segment.rsplit_once(['_', '-']) else { return false };
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic());
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

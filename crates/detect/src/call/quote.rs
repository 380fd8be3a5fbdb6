//! How evidence quotes what was on the wire: no secret, and no more than says enough.
//!
//! Of a query only the names are quoted, of a header only the name.

use std::borrow::Cow;

use dissect::http::{Jwt, values};
use dissect::{PacketSpan, Request};

use crate::finding::Evidence;

/// Characters of a path or a name that evidence quotes.
const QUOTED: usize = 120;

/// A fact of some packets.
pub(crate) fn quote(packets: PacketSpan, fact: &'static str, value: impl Into<String>) -> Evidence {
    Evidence { packets: packets.numbers(), fact, value: value.into() }
}

/// A host name as it is compared: lower case, without the root's dot.
pub(crate) fn normal_host(host: &str) -> Cow<'_, str> {
    let host = host.trim_end_matches('.');
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
}

/// The host of an absolute URL, as it is compared, and whether the URL's scheme is https.
pub(crate) fn url_host(url: &str) -> Option<(bool, Cow<'_, str>)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    Some((scheme.eq_ignore_ascii_case("https"), normal_host(host)))
}

/// The path of an absolute URL; `/` if it has none.
pub(crate) fn url_path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or(path)
}

/// A URL or request target without what may be secret: user info, tokens and parameters in the path,
/// and the values of the query and of a fragment.
pub(crate) fn without_secrets(url: &str) -> String {
    let (before, query) = match url.split_once(['?', '#']) {
        Some((before, query)) => (before, Some(query)),
        None => (url, None),
    };
    let before = &path_without_secrets(before);
    let mut text = match (before.split_once("://"), before.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{}", shortened(rest)),
        _ => shortened(before),
    };
    if let Some(query) = query {
        let names: Vec<String> =
            values::pairs(query).map(|(name, _)| format!("{}=…", shortened(&name))).collect();
        text.push('?');
        text.push_str(&shortened(&names.join("&")));
    }
    text
}

/// Segments of a path without the values of their parameters (`;jsessionid=…`), and without tokens.
fn path_without_secrets(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let parts = segment.split(';').enumerate().map(|(at, part)| match part.split_once('=') {
            Some((name, _)) if at > 0 => format!("{name}=…"),
            _ if part.starts_with("ey") && Jwt::parse(part).is_some() => String::from("…"),
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join(";")
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Method and target, with the names of the query only.
pub(crate) fn request_line(request: &Request) -> String {
    match request.target.as_str() {
        "" => format!("{} (target unknown)", request.method),
        target => format!("{} {}", request.method, without_secrets(target)),
    }
}

/// The first characters, with an ellipsis where something is missing.
pub(crate) fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(QUOTED).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_quoted_without_their_secrets() {
        for (url, expected) in [
            ("/a?token=abc&x=1", "/a?token=…&x=…"),
            ("http://h.test/a", "http://h.test/a"),
            ("http://me:secret@h.test/a?b", "http://…@h.test/a?b=…"),
            ("h.test:443", "h.test:443"),
            ("/a;jsessionid=1/b", "/a;jsessionid=…/b"),
            ("/s/eyJhbGciOiJub25lIn0.e30./x", "/s/…/x"),
            ("/a#token=1", "/a?token=…"),
        ] {
            assert_eq!(without_secrets(url), expected);
        }
        assert_eq!(without_secrets(&"x".repeat(500)).chars().count(), QUOTED + 1);
        for (target, line) in [("/a?b=c", "GET /a?b=…"), ("", "GET (target unknown)")] {
            let request =
                Request { method: "GET".into(), target: target.into(), ..Request::default() };
            assert_eq!(request_line(&request), line);
        }
    }

    #[test]
    fn hosts_of_urls() {
        assert_eq!(url_host("https://A.test.:81/x"), Some((true, "a.test".into())));
        assert_eq!(url_host("http://u:p@[2001:db8::1]:80"), Some((false, "2001:db8::1".into())));
        assert_eq!(url_host("/relative"), None);
        assert_eq!(url_path("https://a.test/b?c"), "/b");
        assert_eq!(url_path("https://a.test?c"), "/");
    }
}

//! The case that detectors of plain HTTP look at: an exchange that anybody on the way could read.
//!
//! Evidence never holds a secret: of a query only the names are quoted, of a header only the name.

use std::sync::Arc;

use dissect::http::Scheme;
use dissect::{Exchange, Fact, Header, PacketSpan, Record, Request, Response};

use super::draft::Draft;
use crate::detector::Sighting;
use crate::finding::{Evidence, Subject};
use crate::rule::Rule;
use dissect::http::values;

/// Characters of a path or a name that evidence quotes.
const QUOTED: usize = 120;

/// An exchange that was not encrypted.
pub(super) struct Plain<'a> {
    /// Its record.
    pub(super) record: &'a Record,
    /// What was asked and answered.
    pub(super) exchange: &'a Arc<Exchange>,
}

impl<'a> Plain<'a> {
    /// The case of a record; `None` unless an exchange was read without keys.
    pub(super) fn of(record: &'a Record) -> Option<Self> {
        let Fact::Exchange(exchange) = &record.fact else { return None };
        (exchange.scheme() == Scheme::Http).then_some(Self { record, exchange })
    }

    /// What was asked.
    pub(super) fn request(&self) -> &'a Request {
        &self.exchange.request
    }

    /// What was answered.
    pub(super) fn response(&self) -> Option<&'a Response> {
        self.exchange.response.as_ref()
    }

    /// The host asked for, in lower case and without the root's dot.
    pub(super) fn host(&self) -> Option<String> {
        let host = normal_host(self.exchange.host()?);
        (!host.is_empty()).then_some(host)
    }

    /// What a title calls the host.
    pub(super) fn label(&self) -> String {
        self.subject().label()
    }

    /// Whom it is about.
    pub(super) fn subject(&self) -> Subject {
        Subject { host: self.host(), ..self.endpoint() }
    }

    /// The same without the host: for findings about the machine that answered.
    pub(super) fn endpoint(&self) -> Subject {
        let flow = self.record.flow.as_ref();
        Subject {
            client: flow.map(|flow| flow.client.address),
            server: flow.map(|flow| flow.server),
            host: None,
            flow: flow.cloned(),
        }
    }

    /// A request header, whatever the case of its name.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.request().headers.first(name)
    }

    /// A fact of the request.
    pub(super) fn asked(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        quote(self.request().packets, fact, value)
    }

    /// A fact of the response.
    pub(super) fn answered(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        let span = self.response().map_or(self.request().packets, |response| response.packets);
        quote(span, fact, value)
    }

    /// The request line, with the names of its query only.
    pub(super) fn request_line(&self) -> Evidence {
        let request = self.request();
        self.asked("request", format!("{} {}", request.method, without_secrets(&request.target)))
    }

    /// The status of the response, if there was one.
    pub(super) fn status(&self) -> Option<Evidence> {
        self.response().map(|response| self.answered("status", response.status.to_string()))
    }

    /// The draft as a sighting of this exchange.
    pub(super) fn raise(&self, rule: &'static Rule, draft: Draft) -> Sighting {
        draft.about(rule, self.subject(), self.record.packet)
    }
}

/// A fact of some packets.
pub(super) fn quote(packets: PacketSpan, fact: &'static str, value: impl Into<String>) -> Evidence {
    Evidence { packets: packets.numbers(), fact, value: value.into() }
}

/// A host name as it is compared: lower case, without the root's dot.
pub(super) fn normal_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The media type without its parameters, in lower case.
pub(super) fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase()
}

/// The media type that a message's headers name.
pub(super) fn content_type(headers: &[Header]) -> Option<String> {
    let named = headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-type"));
    named.map(|field| media_type(&field.value))
}

/// The host of an absolute URL, as it is compared, and whether the URL's scheme is https.
pub(super) fn url_host(url: &str) -> Option<(bool, String)> {
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
pub(super) fn url_path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or(path)
}

/// A URL or request target without what may be secret: user info, and the values of the query.
pub(super) fn without_secrets(url: &str) -> String {
    let (before, query) = match url.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (url, None),
    };
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

/// The first characters, with an ellipsis where something is missing.
pub(super) fn shortened(text: &str) -> String {
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
        ] {
            assert_eq!(without_secrets(url), expected);
        }
        assert_eq!(without_secrets(&"x".repeat(500)).chars().count(), QUOTED + 1);
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

//! One HTTP request with its response.

use std::fmt;

use crate::packet::PacketSpan;
use crate::session::Prelude;

/// A request and what was answered. Emitted once: when the response is complete, or when the flow
/// ends before.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// How the bytes travelled.
    pub scheme: Scheme,
    /// What came before HTTP on the same flow (CONNECT, SOCKS, PROXY protocol), outermost first.
    pub preludes: Vec<Prelude>,
    /// Position among the exchanges of the connection, from 0.
    pub index: u32,
    /// What was asked.
    pub request: Request,
    /// What was answered: the final response, not 1xx ones (but 101). `None` if none was seen.
    pub response: Option<Response>,
    /// Why it is not whole, if it is not.
    pub incomplete: Option<Incomplete>,
}

/// How the bytes of an exchange travelled.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Inside TLS or QUIC, and decrypted with keys.
    Https,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HttpVersion {
    /// RFC 1945.
    Http10,
    /// RFC 9112.
    Http11,
    /// RFC 9113.
    Http2,
    /// RFC 9114.
    Http3,
}

/// Why an exchange is not whole.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Incomplete {
    /// The capture ended, or began, in its middle.
    Cut,
    /// Bytes of it are missing in the capture.
    Gap,
    /// The connection was closed or reset before it was whole.
    Closed,
    /// What came is not HTTP, or its head is longer than is read.
    Unreadable,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it was read: head and body.
    pub packets: PacketSpan,
    /// `GET`, `POST`, …, as sent.
    pub method: String,
    /// The request target as sent: origin form (`/path?query`), absolute form, authority form
    /// (`CONNECT`) or `*` (RFC 9112 section 3.2). In HTTP/2 and 3 the `:path`.
    pub target: String,
    /// As the request line says.
    pub version: HttpVersion,
    /// In wire order. Pseudo headers of HTTP/2 and 3 are not among them.
    pub headers: Headers,
    /// Its content.
    pub body: Body,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// Where it was read: head and body.
    pub packets: PacketSpan,
    /// Three digits.
    pub status: u16,
    /// As the status line says.
    pub version: HttpVersion,
    /// In wire order.
    pub headers: Headers,
    /// Its content.
    pub body: Body,
}

/// The content of a message, transfer coding taken off, content coding not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Body {
    /// Its first bytes, at most [`HTTP_BODY_BYTES`](crate::limits::HTTP_BODY_BYTES).
    pub bytes: Vec<u8>,
    /// All bytes that were seen of it.
    pub length: u64,
}

/// A header field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// As sent.
    pub name: String,
    /// As sent, without white space around it; bytes that are not UTF-8 are replaced.
    pub value: String,
}

/// Header fields in wire order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// The value of the first field of this name, in whatever case.
    pub fn first(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value.as_str())
    }

    /// The values of all fields of this name, in whatever case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| field.value.as_str())
    }
}

impl Request {
    /// The authority asked for, as written: of an absolute-form or authority-form target, else the
    /// Host header.
    pub fn authority(&self) -> Option<&str> {
        if self.method == "CONNECT" {
            return Some(&self.target);
        }
        let authority = self.behind_scheme().and_then(|rest| rest.split(['/', '?', '#']).next());
        authority.or_else(|| self.headers.first("host"))
    }

    /// Whether the target is in absolute form: the client speaks to a proxy.
    pub fn is_absolute_form(&self) -> bool {
        self.behind_scheme().is_some()
    }

    /// What stands behind the `://` of a target in absolute form.
    fn behind_scheme(&self) -> Option<&str> {
        let (scheme, rest) = self.target.split_once("://")?;
        let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (self.method != "CONNECT" && is_scheme).then_some(rest)
    }

    /// The path without the query; `/` if there is none.
    pub fn path(&self) -> &str {
        let target = match self.behind_scheme() {
            Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => &self.target,
        };
        target.split(['?', '#']).next().unwrap_or(target)
    }

    /// What stands behind the `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

impl Exchange {
    /// The host asked for: the authority without its port.
    pub fn host(&self) -> Option<&str> {
        self.request.authority().map(crate::session::without_port)
    }
}

impl HttpVersion {
    /// `HTTP/1.1`, as on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Http3 => "HTTP/3",
        }
    }
}

impl Incomplete {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Gap => "gap",
            Self::Closed => "closed",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, target: &str, host: &str) -> Request {
        Request {
            packets: PacketSpan::default(),
            method: method.into(),
            target: target.into(),
            version: HttpVersion::Http11,
            headers: Headers(vec![Header { name: "Host".into(), value: host.into() }]),
            body: Body::default(),
        }
    }

    #[test]
    fn targets_of_every_form() {
        for (method, target, authority, absolute, path, query) in [
            ("GET", "/a/b?c=d", "h.test:81", false, "/a/b", Some("c=d")),
            (
                "GET",
                "http://x.test/a?u=http://y.test/",
                "x.test",
                true,
                "/a",
                Some("u=http://y.test/"),
            ),
            ("GET", "http://x.test:8080?q", "x.test:8080", true, "/", Some("q")),
            ("GET", "/go?u=http://y.test/", "h.test:81", false, "/go", Some("u=http://y.test/")),
            ("CONNECT", "x.test:443", "x.test:443", false, "x.test:443", None),
            ("OPTIONS", "*", "h.test:81", false, "*", None),
        ] {
            let request = request(method, target, "h.test:81");
            assert_eq!(request.authority(), Some(authority), "{target}");
            assert_eq!(request.is_absolute_form(), absolute, "{target}");
            assert_eq!((request.path(), request.query()), (path, query), "{target}");
        }
    }
}

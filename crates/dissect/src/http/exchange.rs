//! One HTTP request with its response.

use std::fmt;
use std::sync::Arc;

use super::connection::{ClientIdentity, Connection};
use super::content::Body;
use crate::packet::PacketSpan;
use crate::session::Prelude;

/// A request and what was answered. Emitted once: when the response is complete, or when the flow
/// ends before.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What it shares with the others of its connection.
    pub connection: Arc<Connection>,
    /// Position among the exchanges of the connection, from 0, in the order of the requests.
    pub index: u32,
    /// Stream id of HTTP/2 and 3.
    pub stream: Option<u64>,
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
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HttpVersion {
    /// RFC 1945.
    Http10,
    /// RFC 9112.
    #[default]
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
    /// The connection, or its stream, was closed or reset before it was whole.
    Closed,
    /// What came is not HTTP, or its head is longer than is read.
    Unreadable,
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Where it was read: head and body.
    pub packets: PacketSpan,
    /// `GET`, `POST`, …, as sent; empty only where a HAR file names none.
    pub method: String,
    /// The request target as sent: origin form (`/path?query`), absolute form, authority form
    /// (`CONNECT`) or `*` (RFC 9112 section 3.2). In HTTP/2 and 3 the `:path`; of a CONNECT
    /// without one, the `:authority`. Empty where it is not known: then the exchange is not whole.
    pub target: String,
    /// As the request line says.
    pub version: HttpVersion,
    /// In wire order. Pseudo fields of HTTP/2 and 3 are not among them.
    pub headers: Headers,
    /// Its content.
    pub body: Body,
    /// Fields behind the content, in wire order.
    pub trailers: Headers,
    /// What only HTTP/2 and 3 have.
    pub pseudo: Option<PseudoFields>,
    /// Its first byte was sent as early data (0-RTT, RFC 8470): whoever sees it can replay it.
    pub early_data: bool,
}

/// The pseudo header fields of a request in HTTP/2 or 3 (RFC 9113 section 8.3.1), beside `:method`
/// and `:path`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PseudoFields {
    /// First letters of all of them in wire order, such as `masp`: each library has its own order.
    pub order: String,
    /// `:authority`.
    pub authority: Option<String>,
    /// `:scheme`.
    pub scheme: Option<String>,
    /// `:protocol` of an extended CONNECT (RFC 8441), such as `websocket`.
    pub protocol: Option<String>,
}

/// A response.
#[derive(Clone, Debug, Default)]
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
    /// Fields behind the content, in wire order: gRPC has its status there.
    pub trailers: Headers,
}

/// A header field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// As sent.
    pub name: String,
    /// As sent, without white space around it; bytes that are not UTF-8 are replaced.
    pub value: String,
}

impl Header {
    /// Whether this is its name, in whatever case.
    #[inline]
    fn is_called(&self, name: &str) -> bool {
        // Names are asked for again and again, and nearly all that are not the one are not as long.
        self.name.len() == name.len() && self.name.eq_ignore_ascii_case(name)
    }
}

/// Header fields in wire order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// The value of the first field of this name, in whatever case.
    pub fn first(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|field| field.is_called(name));
        named.map(|field| field.value.as_str())
    }

    /// The values of all fields of this name, in whatever case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |field| field.is_called(name));
        named.map(|field| field.value.as_str())
    }
}

impl Request {
    /// The authority asked for, as written: `:authority`, or that of an absolute-form or
    /// authority-form target, else the Host header.
    pub fn authority(&self) -> Option<&str> {
        if self.method == "CONNECT" && self.pseudo.is_none() {
            return Some(&self.target);
        }
        let pseudo = self.pseudo.as_ref().and_then(|pseudo| pseudo.authority.as_deref());
        if pseudo.is_some() {
            return pseudo;
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
        // Nearly all are in origin form, and are asked for their path again and again.
        if self.target.starts_with('/') {
            return None;
        }
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
        let end = target.bytes().position(|byte| matches!(byte, b'?' | b'#'));
        end.and_then(|end| target.get(..end)).unwrap_or(target)
    }

    /// What stands behind the `?`.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

impl Exchange {
    /// How its bytes travelled.
    pub fn scheme(&self) -> Scheme {
        self.connection.scheme()
    }

    /// Fingerprint of the client's library for HTTP/2, in Akamai's form: how it set the connection
    /// up ([`Http2Setup::fingerprint`](super::Http2Setup::fingerprint)), and the order of this
    /// request's pseudo fields, as in `1:65536;4:6291456|15663105|0|m,a,s,p`.
    pub fn http2_fingerprint(&self) -> Option<String> {
        let setup = self.connection.http2.as_ref()?.fingerprint();
        let mut order = String::new();
        for letter in self.request.pseudo.as_ref()?.order.chars() {
            if !order.is_empty() {
                order.push(',');
            }
            order.push(letter);
        }
        Some(format!("{setup}|{order}"))
    }

    /// Nanoseconds from the last of the request to the first of the response; negative where the
    /// server answered before it had all of it. `None` without a response, or where only one of
    /// both was told.
    pub fn latency(&self) -> Option<i64> {
        let response = self.response.as_ref()?;
        Some(response.packets.first.timestamp.since(self.request.packets.last.timestamp))
    }

    /// What is known of the client's libraries.
    pub fn client(&self) -> ClientIdentity {
        let told = self.connection.client();
        ClientIdentity { http2: self.http2_fingerprint().or(told.http2), ..told }
    }

    /// What came before HTTP on the same flow, outermost first.
    pub fn preludes(&self) -> &[Prelude] {
        &self.connection.preludes
    }

    /// The host asked for: the authority without its port, and without a user: what stands before
    /// an `@` is no host, however much it looks like one (RFC 3986 section 3.2.1).
    pub fn host(&self) -> Option<&str> {
        let authority = self.request.authority()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Some(crate::session::without_port(host))
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
            ..Request::default()
        }
    }

    #[test]
    fn a_user_is_no_host() {
        for (authority, host) in [
            ("x.test:81", "x.test"),
            ("bank.test:443@x.test", "x.test"),
            ("bank.test@[2001:db8::1]:8080", "2001:db8::1"),
        ] {
            let exchange = Exchange {
                connection: Arc::new(Connection::default()),
                index: 0,
                stream: None,
                request: request("GET", "/", authority),
                response: None,
                incomplete: None,
            };
            assert_eq!(exchange.host(), Some(host), "{authority}");
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

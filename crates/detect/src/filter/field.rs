//! What can be asked for, by which key, and of whom.

use std::net::IpAddr;

use crate::rule::Severity;

/// What a term of a filter asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Field {
    /// The app, as far as it is known or says so itself.
    App,
    /// Address of the client.
    Client,
    /// Name of the host.
    Host,
    /// Why it is not whole; no value if it is.
    Incomplete,
    /// Addresses of both sides.
    Ip,
    /// The client's JA4.
    Ja4,
    /// Method of the request.
    Method,
    /// Request target: path with query.
    Path,
    /// Ports of both sides.
    Port,
    /// How it ended, in the words of [`RESULTS`].
    Result,
    /// Id of the rule.
    Rule,
    /// Severity of the finding.
    Severity,
    /// Status of the response.
    Status,
    /// Attack surface of the rule.
    Surface,
    /// Content types of response and request.
    Type,
    /// Versions: `TLS 1.3`, `QUIC`, `HTTP/2`.
    Version,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::App,
        Self::Client,
        Self::Host,
        Self::Incomplete,
        Self::Ip,
        Self::Ja4,
        Self::Method,
        Self::Path,
        Self::Port,
        Self::Result,
        Self::Rule,
        Self::Severity,
        Self::Status,
        Self::Surface,
        Self::Type,
        Self::Version,
    ];

    /// The word in front of the colon.
    pub fn key(self) -> &'static str {
        KEYS.iter().find(|key| key.field == self).map_or("", |key| key.name)
    }
}

/// What findings have; the last two only those whose session is held
/// ([`Settings::held_sessions`](crate::Settings::held_sessions)). How the session ended they do not
/// know: they hold it as it was when they were raised.
pub const FINDING_FIELDS: [Field; 9] = [
    Field::Client,
    Field::Host,
    Field::Ip,
    Field::Port,
    Field::Rule,
    Field::Severity,
    Field::Surface,
    Field::Ja4,
    Field::Version,
];

/// What records have, each kind its own.
pub const RECORD_FIELDS: [Field; 13] = [
    Field::App,
    Field::Client,
    Field::Host,
    Field::Incomplete,
    Field::Ip,
    Field::Ja4,
    Field::Method,
    Field::Path,
    Field::Port,
    Field::Result,
    Field::Status,
    Field::Type,
    Field::Version,
];

/// What a filter can ask of a thing. Every method has a default that says "has none"; a term that
/// asks for what the thing does not have is false, and its opposite true.
pub trait Fields {
    /// Shows `see` each text that the thing has for a field until it says true; whether it did.
    /// Nothing is asked here for `Ip`, `Port`, `Severity` and `Status`. A `Client`
    /// is an address, a `Result` one of [`RESULTS`].
    fn texts(&self, _field: Field, _see: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    /// The same of numbers: `Port` and `Status`.
    fn numbers(&self, _field: Field, _see: &mut dyn FnMut(u64) -> bool) -> bool {
        false
    }

    /// The same of addresses, those of either side.
    fn addresses(&self, _see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        false
    }

    /// The severity.
    fn severity(&self) -> Option<Severity> {
        None
    }

    /// The same as [`Self::texts`] of what has no key, and only bare words search: titles, quoted
    /// facts.
    fn other_texts(&self, _see: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }
}

/// What stands in front of a colon.
pub(super) struct Key {
    /// The word, without its colon.
    pub(super) name: &'static str,
    pub(super) field: Field,
    /// What it asks for, in a few words.
    pub(super) help: &'static str,
}

/// The key whose values are words for what is so or not.
pub(super) const IS: &str = "is";

/// All keys, in the order in which they are offered.
pub(super) const KEYS: [Key; 17] = [
    Key { name: "app", field: Field::App, help: "the app, or what it calls itself" },
    Key { name: "client", field: Field::Client, help: "address or network of the client" },
    Key { name: "host", field: Field::Host, help: "name of the host; * stands for any text" },
    Key { name: "ip", field: Field::Ip, help: "address or network of either side" },
    Key { name: IS, field: Field::Incomplete, help: "is:incomplete" },
    Key { name: "ja4", field: Field::Ja4, help: "JA4 of the client" },
    Key { name: "method", field: Field::Method, help: "method of the request" },
    Key { name: "path", field: Field::Path, help: "path and query of the request" },
    Key { name: "port", field: Field::Port, help: "port of either side; also >1023" },
    Key { name: "result", field: Field::Result, help: "how it ended" },
    Key { name: "rule", field: Field::Rule, help: "id of the rule" },
    Key { name: "sev", field: Field::Severity, help: "severity; also >=high" },
    Key { name: "severity", field: Field::Severity, help: "the same as sev" },
    Key { name: "status", field: Field::Status, help: "404, 4xx, >=400" },
    Key { name: "surface", field: Field::Surface, help: "attack surface" },
    Key { name: "type", field: Field::Type, help: "content type" },
    Key { name: "version", field: Field::Version, help: "TLS 1.3, QUIC, HTTP/2" },
];

/// All words of [`Field::Result`]: of a session what the client did with the certificate, how far the
/// handshake came and how the connection ended; of an exchange whether it was answered; of a flow how it ended.
pub const RESULTS: [&str; 15] = [
    "accepted",
    "refused",
    "not-tested",
    "unclear",
    "completed",
    "unfinished",
    "resumed",
    "closed",
    "reset-by-client",
    "reset-by-server",
    "timed-out",
    "end-of-capture",
    "evicted",
    "answered",
    "unanswered",
];

/// The key of this name, whatever its case.
pub(super) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name))
}

/// What a letter of mitmproxy's filters asks for, and whether a word must follow.
pub(super) const fn letter(letter: char) -> Option<(Field, bool)> {
    Some(match letter {
        'c' => (Field::Status, true),
        'd' => (Field::Host, true),
        'e' => (Field::Incomplete, false),
        'm' => (Field::Method, true),
        't' => (Field::Type, true),
        'u' => (Field::Path, true),
        _ => return None,
    })
}

//! Which machine and program sent a request: its address, and what its libraries give away.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use dissect::http::ClientIdentity;
use dissect::{Headers, HttpVersion};

use super::Call;
use crate::digest::Key;

/// Where a request came from. `None` where not known, as of every address in a HAR file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Source<'a> {
    /// The client's address.
    pub(crate) client: Option<IpAddr>,
    /// Fingerprints of its libraries.
    pub(crate) identity: &'a ClientIdentity,
    /// What it calls itself.
    pub(crate) user_agent: Option<&'a str>,
}

/// In what two sources differ.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Difference {
    /// Address of the client.
    Address,
    /// Which headers there are, and their order.
    Headers,
    /// HTTP/2 settings and order of pseudo fields.
    Http2,
    /// JA4 of the ClientHello.
    Ja4,
    /// Opening of TCP.
    Tcp,
    /// The User-Agent header.
    UserAgent,
}

impl Difference {
    /// The word in evidence.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Headers => "headers and their order",
            Self::Http2 => "HTTP/2 settings",
            Self::Ja4 => "JA4",
            Self::Tcp => "TCP fingerprint",
            Self::UserAgent => "User-Agent",
        }
    }
}

/// A source as tables keep it: keys instead of texts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct BriefSource {
    client: Option<IpAddr>,
    /// Of the cipher suites: resumption, padding and ALPN change the rest of a JA4.
    ciphers: Option<u64>,
    /// Over QUIC a client has other suites than over TCP.
    is_quic: bool,
    http2: Option<u64>,
    agent: Option<u64>,
    /// Names of the headers, in order.
    headers: u64,
    version: HttpVersion,
}

/// Names of headers, whatever their case.
struct Names<'a>(&'a Headers);

impl Hash for Names<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for field in &self.0.0 {
            match field.name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                true => field.name.to_ascii_lowercase().hash(state),
                false => field.name.hash(state),
            }
        }
    }
}

impl BriefSource {
    /// The source of a call.
    pub(crate) fn of(call: &Call<'_>) -> Self {
        let source = call.source();
        let identity = source.identity;
        let short = |text: &str| Key::short_of(text);
        let ja4 = identity.ja4.as_deref();
        Self {
            client: source.client,
            ciphers: ja4.and_then(|ja4| ja4.split('_').nth(1)).map(short),
            is_quic: ja4.is_some_and(|ja4| ja4.starts_with('q')),
            http2: identity.http2.as_deref().map(short),
            agent: source.user_agent.map(short),
            headers: Key::short_of(&Names(&call.request().headers)),
            version: call.request().version,
        }
    }

    /// In what two sources differ, as far as both are known and can be compared.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        // Of one phone's IPv4 and IPv6 address nothing says that they are two phones'.
        let is_elsewhere = self
            .client
            .zip(other.client)
            .is_some_and(|(one, other)| one.is_ipv4() == other.is_ipv4() && one != other);
        let same_carrier = self.is_quic == other.is_quic;
        let same_version = self.version == other.version;
        [
            (Difference::Address, is_elsewhere),
            (Difference::Headers, same_version && self.headers != other.headers),
            (Difference::Http2, differ(self.http2, other.http2)),
            (Difference::Ja4, same_carrier && differ(self.ciphers, other.ciphers)),
            (Difference::UserAgent, self.agent != other.agent),
        ]
        .into_iter()
        .filter_map(|(difference, differs)| differs.then_some(difference))
        .collect()
    }
}

impl<'a> Source<'a> {
    /// The source of a call.
    pub(super) fn of(call: &'a Call<'_>) -> Self {
        Self {
            client: call.client(),
            identity: call.identity(),
            user_agent: call.header("user-agent"),
        }
    }

    /// In what two sources differ, as far as both are known: what one of them does not tell is no
    /// difference.
    pub(crate) fn differences(&self, other: &Source<'_>) -> Vec<Difference> {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        let (ours, theirs) = (self.identity, other.identity);
        [
            (Difference::Address, differ(self.client.as_ref(), other.client.as_ref())),
            (Difference::Http2, differ(ours.http2.as_ref(), theirs.http2.as_ref())),
            (Difference::Ja4, differ(ours.ja4.as_ref(), theirs.ja4.as_ref())),
            (Difference::Tcp, differ(ours.tcp.as_ref(), theirs.tcp.as_ref())),
            (Difference::UserAgent, self.user_agent != other.user_agent),
        ]
        .into_iter()
        .filter_map(|(difference, differs)| differs.then_some(difference))
        .collect()
    }

    /// Stands for address and fingerprints, without the User-Agent, which anybody may write.
    pub(crate) fn key(&self) -> Key {
        let ClientIdentity { ja4, http2, tcp } = self.identity;
        Key::of(&(self.client, ja4, http2, tcp))
    }
}

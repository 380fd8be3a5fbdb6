//! Which machine and program sent a request: its address, and what its libraries give away.

use std::net::IpAddr;

use dissect::HttpVersion;
use dissect::http::ClientIdentity;

use super::Call;
use crate::digest::Digest;

/// Where a request came from. `None` where not known, as of every address in a HAR file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Source {
    /// The client's address.
    pub(crate) client: Option<IpAddr>,
    /// Fingerprints of its libraries.
    pub(crate) identity: ClientIdentity,
    /// What it calls itself.
    pub(crate) user_agent: Option<String>,
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

/// A source as tables keep it: digests instead of texts.
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

impl BriefSource {
    /// The source of a call.
    pub(crate) fn of(call: &Call<'_>) -> Self {
        let source = call.source();
        let identity = &source.identity;
        let short = |text: &str| Digest::text(text).short();
        let ja4 = identity.ja4.as_deref();
        let names = call.request().headers.0.iter().map(|field| field.name.to_ascii_lowercase());
        Self {
            client: source.client,
            ciphers: ja4.and_then(|ja4| ja4.split('_').nth(1)).map(short),
            is_quic: ja4.is_some_and(|ja4| ja4.starts_with('q')),
            http2: identity.http2.as_deref().map(short),
            agent: source.user_agent.as_deref().map(short),
            headers: short(&names.collect::<Vec<_>>().join("\n")),
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

impl Source {
    /// The source of a call.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let client = call.record.flow.as_ref().map(|flow| flow.client.address);
        Self {
            client: client.filter(|address| !address.is_unspecified()),
            identity: call.exchange.client(),
            user_agent: call.header("user-agent").map(str::to_owned),
        }
    }

    /// In what two sources differ, as far as both are known: what one of them does not tell is no
    /// difference.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        let (ours, theirs) = (&self.identity, &other.identity);
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

    /// A digest of address and fingerprints, without the User-Agent, which anybody may write.
    pub(crate) fn digest(&self) -> Digest {
        let client = self.client.map(|client| client.to_string()).unwrap_or_default();
        let identity = &self.identity;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let parts = [client, text(&identity.ja4), text(&identity.http2), text(&identity.tcp)];
        Digest::of(parts.iter().map(String::as_bytes))
    }
}

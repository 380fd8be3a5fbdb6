//! A vector: one thing that another tool says about a capture.
//!
//! Upstream results differ in shape; every reader in `upstream/` turns them into vectors, which are
//! compared in one place. Values are in the normal form of `normal.rs` on both sides.

use std::fmt;
use std::net::IpAddr;

/// One expectation.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    /// Whose result it is.
    pub(crate) source: &'static str,
    /// The capture, as a path below the shared folder's `captures/`, or `lab/…`.
    pub(crate) capture: String,
    /// What within the capture it is about.
    pub(crate) place: Place,
    /// Which property.
    pub(crate) field: Field,
    /// The values in upstream's result.
    pub(crate) expected: Vec<String>,
    /// How the values are compared with ours.
    pub(crate) relation: Relation,
}

/// What within a capture a vector is about.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Place {
    /// All of it.
    Capture,
    /// The certificate with this SHA-1 or SHA-256, in lower-case hex.
    Certificate(String),
    /// The sessions of one five-tuple.
    Flow(FlowKey),
}

/// Both ends of a flow, in an order that does not depend on who is the client: tools disagree on
/// that when a capture starts in the middle.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct FlowKey {
    udp: bool,
    ends: [(IpAddr, u16); 2],
}

impl FlowKey {
    /// The key of a flow between two endpoints.
    pub(crate) fn new(udp: bool, a: (IpAddr, u16), b: (IpAddr, u16)) -> Self {
        Self { udp, ends: if a <= b { [a, b] } else { [b, a] } }
    }

    /// The same from text; `None` if an address or port is none.
    pub(crate) fn parse(udp: bool, a: (&str, &str), b: (&str, &str)) -> Option<Self> {
        let end = |(ip, port): (&str, &str)| {
            let ip: IpAddr = ip.trim_matches(['[', ']']).parse().ok()?;
            Some((ip, port.parse().ok()?))
        };
        Some(Self::new(udp, end(a)?, end(b)?))
    }
}

impl fmt::Display for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [(a, a_port), (b, b_port)] = self.ends;
        write!(f, "{}:{a}:{a_port}-{b}:{b_port}", if self.udp { "udp" } else { "tcp" })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capture => f.write_str("-"),
            Self::Certificate(hash) => write!(f, "cert:{}", hash.get(..16).unwrap_or(hash)),
            Self::Flow(key) => key.fmt(f),
        }
    }
}

/// Properties that are compared. The word is that of `differences.tsv`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    /// Descriptions of plaintext alerts, as numbers.
    Alerts,
    /// The server's ALPN choice, where visible.
    AlpnChosen,
    /// ALPN protocols of the ClientHello, in order, joined with commas.
    AlpnOffered,
    /// SHA-256 of the server's certificates, in the order sent, joined with commas.
    Chain,
    /// Negotiated cipher suite, by its IANA name.
    Cipher,
    /// Negotiated cipher suite, as a decimal number.
    CipherNumber,
    /// Negotiated group, in lower case.
    Curve,
    /// Community ID v1.
    CommunityId,
    /// HTTP: who sent it, length and SHA-256 of each content as sent, without the transfer coding.
    Contents,
    /// Whether the handshake completed, `T` or `F`.
    Established,
    /// Number of events that have all of these values: Suricata's own kind of check.
    Events(serde_json::Map<String, serde_json::Value>),
    /// HTTP: method, target and status.
    Exchanges,
    /// HTTP: flows with exchanges.
    HttpFlows,
    /// Leaf (or the certificate of the place): issuer.
    Issuer,
    /// JA3 hash.
    Ja3,
    /// JA3 before hashing.
    Ja3Text,
    /// JA3S hash.
    Ja3s,
    /// JA3S before hashing.
    Ja3sText,
    /// JA4.
    Ja4,
    /// JA4 without its marks of a server name and of the first ALPN protocol.
    Ja4Lists,
    /// Kind and size of the public key.
    Key,
    /// End of validity.
    NotAfter,
    /// Start of validity.
    NotBefore,
    /// DNS: transaction id and name asked for.
    Questions,
    /// QUIC version, as EVE writes it.
    QuicVersion,
    /// HTTP: stream (but of HTTP/1), method, authority and target of each request; of a capture,
    /// their number.
    Requests,
    /// HTTP: stream (but of HTTP/1) and status of each response; of a capture, their number.
    Responses,
    /// Whether an earlier session was resumed, `T` or `F`.
    Resumed,
    /// Names and addresses of the subject alternative name.
    San,
    /// Serial number, in lower-case hex without leading zeros.
    Serial,
    /// Number of sessions.
    Sessions,
    /// SHA-1 or SHA-256 of all distinct certificates.
    Certificates,
    /// Server name of the ClientHello.
    Sni,
    /// Subject.
    Subject,
    /// Negotiated version.
    Version,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alerts => "alerts",
            Self::AlpnChosen => "alpn-chosen",
            Self::AlpnOffered => "alpn-offered",
            Self::Chain => "chain",
            Self::Cipher => "cipher",
            Self::CipherNumber => "cipher-number",
            Self::Curve => "curve",
            Self::CommunityId => "community-id",
            Self::Contents => "contents",
            Self::Established => "established",
            Self::Events(matches) => {
                f.write_str("events")?;
                for (name, value) in matches {
                    write!(
                        f,
                        " {name}={}",
                        value.as_str().map_or(value.to_string(), str::to_owned)
                    )?;
                }
                return Ok(());
            }
            Self::Exchanges => "exchanges",
            Self::HttpFlows => "http-flows",
            Self::Issuer => "issuer",
            Self::Ja3 => "ja3",
            Self::Ja3Text => "ja3-text",
            Self::Ja3s => "ja3s",
            Self::Ja3sText => "ja3s-text",
            Self::Ja4 => "ja4",
            Self::Ja4Lists => "ja4-lists",
            Self::Key => "key",
            Self::NotAfter => "not-after",
            Self::NotBefore => "not-before",
            Self::Questions => "questions",
            Self::QuicVersion => "quic-version",
            Self::Requests => "requests",
            Self::Responses => "responses",
            Self::Resumed => "resumed",
            Self::San => "san",
            Self::Serial => "serial",
            Self::Sessions => "sessions",
            Self::Certificates => "certificates",
            Self::Sni => "sni",
            Self::Subject => "subject",
            Self::Version => "version",
        })
    }
}

/// The end of a value of ours about something that is not whole.
pub(crate) const INCOMPLETE: &str = " incomplete";

/// How upstream's values and ours must relate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Relation {
    /// The same values, as often.
    Same,
    /// The same distinct values; upstream counts messages or packets, or counts once.
    Distinct,
    /// Upstream names some of ours.
    Among,
    /// Upstream's values are among ours, as often.
    Contains,
    /// Ours are among upstream's.
    Within,
    /// Upstream names alternatives, one of which is ours.
    AnyOf,
    /// The same values, as often; upstream may leave out what we mark with [`INCOMPLETE`]. Numbers
    /// of values too.
    Whole,
}

impl Relation {
    /// Whether the values relate so.
    pub(crate) fn holds(self, expected: &[String], ours: &[String]) -> bool {
        let mut expected = expected.to_vec();
        let mut ours = ours.to_vec();
        expected.sort();
        ours.sort();
        match self {
            Self::Same => expected == ours,
            Self::Distinct => {
                expected.dedup();
                ours.dedup();
                expected == ours
            }
            Self::Among => expected.iter().all(|value| ours.contains(value)),
            Self::Contains => expected.iter().all(|value| {
                let at = ours.iter().position(|ours| ours == value);
                at.map(|at| ours.remove(at)).is_some()
            }),
            Self::Within => ours.iter().all(|value| expected.contains(value)),
            Self::AnyOf => expected.iter().any(|value| ours.contains(value)),
            Self::Whole => {
                if let (Some(expected), Some((most, incomplete))) =
                    (number(&expected), range(&ours))
                {
                    return (most.saturating_sub(incomplete)..=most).contains(&expected);
                }
                let found = expected.iter().all(|value| {
                    let at = ours.iter().position(|ours| ours == value).or_else(|| {
                        ours.iter().position(|ours| ours.strip_suffix(INCOMPLETE) == Some(value))
                    });
                    at.map(|at| ours.remove(at)).is_some()
                });
                found && ours.iter().all(|value| value.ends_with(INCOMPLETE))
            }
        }
    }
}

/// The one value of a count.
fn number(values: &[String]) -> Option<u64> {
    let [value] = values else { return None };
    value.parse().ok()
}

/// `12, 3 incomplete`: how many, and how many of them are not whole.
fn range(values: &[String]) -> Option<(u64, u64)> {
    let [value] = values else { return None };
    let (all, incomplete) = value.strip_suffix(INCOMPLETE)?.split_once(", ")?;
    Some((all.parse().ok()?, incomplete.parse().ok()?))
}

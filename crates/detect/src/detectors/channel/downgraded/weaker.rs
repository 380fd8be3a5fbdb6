//! Less than was agreed on before with the same offer: version, application protocol, forward
//! secrecy. "Before" is the baseline, or the same client earlier in the same capture.

use std::net::IpAddr;

use dissect::tls::TlsVersion;
use dissect::{PacketSpan, Record, Session};
use hashbrown::HashMap;

use super::{Downgrade, Place};
use crate::baseline::{
    Answer, Client, Host, NO_PROTOCOL, OfferKeys, answer, full_answer, offer, protocol_rank,
};
use crate::detectors::draft::subject;
use crate::digest::Key;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// Most offers that are remembered in one input.
const MAX_OFFERS: usize = 16_384;

/// Versions from worst to best.
const RANKED: [TlsVersion; 6] = [
    TlsVersion::SSL2,
    TlsVersion::SSL3,
    TlsVersion::TLS10,
    TlsVersion::TLS11,
    TlsVersion::TLS12,
    TlsVersion::TLS13,
];

const OF_BASELINE: &[&str] = &[
    "the host's operator disabled it since the baseline was learned",
    "an edge of a CDN, or a load balancer, that can do less and that the baseline has not met",
];
const OF_EARLIER: &[&str] = &["one of several servers for the name that can do less"];

/// Compared with the baseline.
pub(super) fn than_known(
    record: &Record,
    session: &Session,
    known: &Host,
) -> [Option<Downgrade>; 3] {
    let (Some(offer), Some(answer)) = (offer(session), answer(session)) else {
        return [const { None }; 3];
    };
    let peers = known.clients.iter().filter(|client| client.is_quic() == offer.is_quic());
    let pairs = peers.flat_map(|client| client.answers.iter().map(move |known| (client, known)));
    let pairs: Vec<_> = pairs.collect();
    let label = subject(record, session).label();
    let hello = session.server_hello.as_ref().map(|hello| hello.packets.numbers());
    let packets = hello.unwrap_or_default();
    let found = |key, title, facts: [(&'static str, &str); 2]| Downgrade {
        severity: Severity::High,
        confidence: Confidence::Likely,
        key,
        title,
        evidence: facts
            .into_iter()
            .map(|(fact, value)| Evidence { packets: packets.clone(), fact, value: value.into() })
            .collect(),
        alternatives: OF_BASELINE,
    };
    let version = better_version(&pairs, &offer, &answer).map(|better| {
        let is = &answer.version;
        let title =
            format!("{label} agrees on {is} where the baseline knows {better} for such an offer");
        found("version", title, [("version", is), ("known-version", better)])
    });
    let protocol = better_protocol(&pairs, &offer, &answer).map(|(is, better)| {
        let word = protocol_text(is);
        let title =
            format!("{label} chooses {word} where the baseline knows {better} for the same offer");
        let facts = [("application-protocol", is), ("known-application-protocol", better)];
        found("protocol", title, facts)
    });
    let secrecy = better_suite(&pairs, &offer, &answer).map(|better| {
        let is = &answer.cipher;
        let title =
            format!("{label} agrees on {is}, without the forward secrecy that the baseline knows");
        found("forward-secrecy", title, [("cipher-suite", is), ("known-cipher-suite", better)])
    });
    [version, protocol, secrecy]
}

/// A suite with forward secrecy that the same offer led to, where this one has none and all had.
fn better_suite<'a>(
    pairs: &[(&'a Client, &'a Answer)],
    offer: &Client,
    answer: &Answer,
) -> Option<&'a str> {
    if is_forward_secret(answer) || !pairs.iter().all(|(_, known)| is_forward_secret(known)) {
        return None;
    }
    let same = pairs.iter().find(|(client, _)| client.offers_as(offer));
    same.map(|(_, known)| known.cipher.as_str())
}

/// A version that the host agrees on with clients that offer no more than this one, while none
/// that offers as much got as little.
fn better_version<'a>(
    pairs: &[(&'a Client, &'a Answer)],
    offer: &Client,
    answer: &Answer,
) -> Option<&'a str> {
    let (is, can) = (version_rank(&answer.version)?, offered_version(offer)?);
    let comparable =
        pairs.iter().filter(|(client, _)| offered_version(client).is_some_and(|best| best <= can));
    let ranked = comparable.filter_map(|(_, known)| Some((version_rank(&known.version)?, *known)));
    let (best, known) = ranked.max_by_key(|(rank, _)| *rank)?;
    let as_little = pairs.iter().any(|(client, known)| {
        offered_version(client).is_some_and(|offered| offered >= best)
            && version_rank(&known.version).is_some_and(|rank| rank <= is)
    });
    (best > is && !as_little).then_some(known.version.as_str())
}

/// What was chosen, and a protocol that was always chosen before and is better.
fn better_protocol<'a>(
    pairs: &[(&'a Client, &'a Answer)],
    offer: &Client,
    answer: &'a Answer,
) -> Option<(&'a str, &'a str)> {
    let is = answer.protocol.as_deref()?;
    let of = |same: &dyn Fn(&Client) -> bool| -> Vec<&'a str> {
        let pairs = pairs.iter().filter(|(client, _)| same(client));
        pairs.filter_map(|(_, known)| known.protocol.as_deref()).collect()
    };
    let mut known = of(&|client| client.offers_as(offer));
    if known.is_empty() {
        known = of(&|client| client.alpn == offer.alpn);
    }
    let least = known.iter().copied().min_by_key(|known| protocol_rank(known))?;
    (protocol_rank(least) > protocol_rank(is)).then_some((is, least))
}

/// The rank of a version by its name in a baseline.
fn version_rank(name: &str) -> Option<u8> {
    let named = RANKED.into_iter().find(|version| version.to_string() == name);
    named.and_then(rank)
}

fn rank(version: TlsVersion) -> Option<u8> {
    (0..).zip(RANKED).find_map(|(rank, ranked)| (ranked == version).then_some(rank))
}

/// The best version that is offered, which a JA4 has behind its first letter.
fn offered_version(client: &Client) -> Option<u8> {
    Some(match client.ja4.get(1..3)? {
        "s2" => 0,
        "s3" => 1,
        "10" => 2,
        "11" => 3,
        "12" => 4,
        "13" => 5,
        _ => return None,
    })
}

fn protocol_text(protocol: &str) -> &str {
    if protocol == NO_PROTOCOL { "no application protocol" } else { protocol }
}

fn is_forward_secret(answer: &Answer) -> bool {
    let cipher = &answer.cipher;
    answer.version == "TLS 1.3" || cipher.contains("DHE_") || !cipher.starts_with("TLS_")
}

/// What was agreed on earlier in the same input.
#[derive(Default)]
pub(super) struct Earlier {
    /// By client and host, and by what was offered.
    best: HashMap<(Key, Key), Agreement>,
    offers: OfferKeys,
}

/// The best that was agreed on.
#[derive(Clone, Copy)]
struct Agreement {
    rank: u8,
    version: TlsVersion,
    server: IpAddr,
    packets: PacketSpan,
}

impl Earlier {
    /// Compares the version, and remembers it.
    pub(super) fn compare(
        &mut self,
        record: &Record,
        session: &Session,
        place: Place<'_>,
    ) -> Option<Downgrade> {
        let server = record.flow.as_ref()?.server.address;
        let version = full_answer(session)?.version();
        let rank = rank(version)?;
        let key = (place.client_and_host(), self.offers.of(session)?);
        let packets = session.server_hello.as_ref()?.packets;
        let is = Agreement { rank, version, server, packets };
        let Some(best) = self.best.get_mut(&key) else {
            if self.best.len() < MAX_OFFERS {
                self.best.insert(key, is);
            }
            return None;
        };
        if rank >= best.rank {
            *best = is;
            return None;
        }
        let same_server = best.server == server;
        let (severity, confidence) = match same_server {
            true => (Severity::High, Confidence::Likely),
            false => (Severity::Medium, Confidence::Possible),
        };
        Some(Downgrade {
            severity,
            confidence,
            key: "version",
            title: format!(
                "{} agrees on {version} with a client with which it agreed on {} before",
                subject(record, session).label(),
                best.version
            ),
            evidence: vec![
                Evidence {
                    packets: packets.numbers(),
                    fact: "version",
                    value: version.to_string(),
                },
                Evidence {
                    packets: best.packets.numbers(),
                    fact: "earlier-version",
                    value: best.version.to_string(),
                },
            ],
            alternatives: OF_EARLIER,
        })
    }
}

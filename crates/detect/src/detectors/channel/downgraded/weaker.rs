//! Less than was agreed on before with the same offer: version, application protocol, forward
//! secrecy. "Before" is the baseline, or the same client earlier in the same capture.

use std::collections::BTreeMap;
use std::net::IpAddr;

use dissect::{Record, Session};

use super::Downgrade;
use crate::baseline::{Answer, Client, Host, NO_PROTOCOL, answer, offer};
use crate::detectors::draft::subject;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// Most offers that are remembered in one input.
const MAX_OFFERS: usize = 16_384;

const OF_BASELINE: &[&str] = &[
    "the host's operator disabled it since the baseline was learned",
    "an edge of a CDN, or a load balancer, that can do less and that the baseline has not met",
];
const OF_EARLIER: &[&str] = &["one of several servers for the name that can do less"];

/// Compared with the baseline.
pub(super) fn than_known(record: &Record, session: &Session, known: &Host) -> Vec<Downgrade> {
    let (Some(offer), Some(answer)) = (offer(session), answer(session)) else { return Vec::new() };
    let peers = known.clients.iter().filter(|client| client.is_quic() == offer.is_quic());
    let pairs = peers.flat_map(|client| client.answers.iter().map(move |known| (client, known)));
    let pairs: Vec<_> = pairs.collect();
    let mut found = Vec::new();
    let label = subject(record, session).label();
    let hello = session.server_hello.as_ref().map(|hello| hello.packets.numbers());
    let packets = hello.unwrap_or_default();
    let fact = |fact, value: &str| Evidence { packets: packets.clone(), fact, value: value.into() };
    if let Some(better) = better_version(&pairs, &offer, &answer) {
        found.push(Downgrade {
            severity: Severity::High,
            confidence: Confidence::Likely,
            key: "version",
            title: format!(
                "{label} agrees on {} where the baseline knows {better} for such an offer",
                answer.version
            ),
            evidence: vec![fact("version", &answer.version), fact("known-version", better)],
            alternatives: OF_BASELINE,
        });
    }
    if let Some((is, better)) = better_protocol(&pairs, &offer, &answer) {
        found.push(Downgrade {
            severity: Severity::High,
            confidence: Confidence::Likely,
            key: "protocol",
            title: format!(
                "{label} chooses {} where the baseline knows {better} for the same offer",
                protocol_text(is)
            ),
            evidence: vec![
                fact("application-protocol", is),
                fact("known-application-protocol", better),
            ],
            alternatives: OF_BASELINE,
        });
    }
    if !is_forward_secret(&answer) && pairs.iter().all(|(_, known)| is_forward_secret(known)) {
        if let Some((_, before)) = pairs.iter().find(|(known, _)| known.offers_as(&offer)) {
            found.push(Downgrade {
                severity: Severity::High,
                confidence: Confidence::Likely,
                key: "forward-secrecy",
                title: format!(
                    "{label} agrees on {}, without the forward secrecy that the baseline knows",
                    answer.cipher
                ),
                evidence: vec![
                    fact("cipher-suite", &answer.cipher),
                    fact("known-cipher-suite", &before.cipher),
                ],
                alternatives: OF_BASELINE,
            });
        }
    }
    found
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

fn version_rank(version: &str) -> Option<u8> {
    Some(match version {
        "SSLv2" => 0,
        "SSLv3" => 1,
        "TLSv1" => 2,
        "TLS 1.1" => 3,
        "TLS 1.2" => 4,
        "TLS 1.3" => 5,
        _ => return None,
    })
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

/// How good a protocol is; of others than HTTP nothing is known but that they are one.
fn protocol_rank(protocol: &str) -> u8 {
    match protocol {
        NO_PROTOCOL => 0,
        "http/1.0" => 1,
        "http/1.1" => 2,
        "h2" => 3,
        "h3" => 4,
        _ => 2,
    }
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
    best: BTreeMap<(IpAddr, String, Client), Agreement>,
}

/// The best that was agreed on.
struct Agreement {
    rank: u8,
    version: String,
    server: IpAddr,
    packets: Vec<u64>,
}

impl Earlier {
    /// Compares the version, and remembers it.
    pub(super) fn compare(
        &mut self,
        record: &Record,
        session: &Session,
        name: &str,
    ) -> Option<Downgrade> {
        let flow = record.flow.as_ref()?;
        let (offer, answer) = (offer(session)?, answer(session)?);
        let rank = version_rank(&answer.version)?;
        let packets = session.server_hello.as_ref()?.packets.numbers();
        let key = (flow.client.address, name.to_owned(), offer);
        let server = flow.server.address;
        let version = answer.version;
        let Some(best) = self.best.get_mut(&key) else {
            if self.best.len() < MAX_OFFERS {
                self.best.insert(key, Agreement { rank, version, server, packets });
            }
            return None;
        };
        if rank >= best.rank {
            *best = Agreement { rank, version, server, packets };
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
                Evidence { packets, fact: "version", value: version },
                Evidence {
                    packets: best.packets.clone(),
                    fact: "earlier-version",
                    value: best.version.clone(),
                },
            ],
            alternatives: OF_EARLIER,
        })
    }
}

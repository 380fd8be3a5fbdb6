//! The case that every certificate detector looks at: a chain that a server just sent.
//!
//! DTLS is left out: WebRTC peers present self-signed certificates by design and compare
//! fingerprints that were exchanged elsewhere (RFC 8827 section 6.5).

use std::sync::Arc;

use dissect::hex;
use dissect::x509::{Certificate, Chain, SignatureCheck};
use dissect::{Carrier, Fact, PacketSpan, Record, Session, Stage, Timestamp};

use crate::detector::{Scene, Sighting};
use crate::detectors::draft::{self, Draft};
use crate::finding::Evidence;
use crate::rule::Rule;
use crate::trust::{Assessment, PathStatus, RootOrigin};
use crate::when;

/// A chain, where it was seen, and the session it belongs to.
pub(super) struct Case<'a> {
    /// The session's record.
    pub(super) record: &'a Record,
    /// The session.
    pub(super) session: &'a Arc<Session>,
    /// The chain as sent.
    pub(super) chain: &'a Arc<Chain>,
    /// Its first certificate.
    pub(super) leaf: &'a Arc<Certificate>,
    packets: PacketSpan,
}

impl<'a> Case<'a> {
    /// The case of a record; `None` unless a readable leaf was just seen over TLS or QUIC.
    pub(super) fn of(record: &'a Record) -> Option<Self> {
        Self::at_stage(record, Stage::Certified)
    }

    /// The case of a session that is over; `None` unless it showed a readable leaf over TLS or
    /// QUIC.
    pub(super) fn ended(record: &'a Record) -> Option<Self> {
        Self::at_stage(record, Stage::Ended)
    }

    fn at_stage(record: &'a Record, wanted: Stage) -> Option<Self> {
        let Fact::Session(stage, session) = &record.fact else { return None };
        if *stage != wanted {
            return None;
        }
        if session.carrier == Carrier::Dtls {
            return None;
        }
        let seen = session.certificates.seen()?;
        let leaf = seen.value.leaf()?;
        Some(Self { record, session, chain: &seen.value, leaf, packets: seen.packets })
    }

    /// What is known about the chain at the time it was sent.
    pub(super) fn assess(&self, scene: &mut Scene<'_>) -> Arc<Assessment> {
        scene.trust.assess(self.chain, self.at())
    }

    /// When the chain was sent.
    pub(super) const fn at(&self) -> Timestamp {
        self.packets.last.timestamp
    }

    /// The host asked for.
    pub(super) fn host(&self) -> Option<&str> {
        draft::host(self.session)
    }

    /// What a title calls the server.
    pub(super) fn label(&self) -> String {
        draft::subject(self.record, self.session).label()
    }

    /// SHA-256 of the leaf in hex: the key of findings about one certificate.
    pub(super) fn leaf_key(&self) -> String {
        hex(&self.leaf.sha256)
    }

    /// A fact of the Certificate message.
    pub(super) fn evidence(&self, fact: &'static str, value: impl Into<String>) -> Evidence {
        Evidence { packets: self.packets.numbers(), fact, value: value.into() }
    }

    /// Whom the leaf names, who issued it, and its fingerprint.
    pub(super) fn identity(&self) -> Vec<Evidence> {
        self.identity_of(self.leaf)
    }

    /// The same of any certificate of the chain.
    pub(super) fn identity_of(&self, certificate: &Certificate) -> Vec<Evidence> {
        vec![
            self.evidence("subject", certificate.subject.text()),
            self.evidence("issuer", certificate.issuer.text()),
            self.evidence("sha256", hex(&certificate.sha256)),
        ]
    }

    /// The time at which the chain was sent, as evidence.
    pub(super) fn seen_at(&self) -> Evidence {
        self.evidence("seen-at", when::utc(self.at()))
    }

    /// The draft as a sighting of this session.
    pub(super) fn raise(&self, rule: &'static Rule, draft: Draft) -> Sighting {
        draft.raise(rule, self.record, self.session)
    }
}

/// Who signed a leaf, as far as its own key tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Signer {
    /// Another key than its own.
    Another,
    /// Its own key: the signature verifies with it.
    Itself,
    /// By its names it would be its own issuer; the algorithm cannot be computed to prove it.
    ItselfByName,
}

/// Who signed the leaf. Names do not decide where the signature can (a self-signed certificate
/// may name anyone as its issuer).
pub(super) fn signer(leaf: &Certificate, assessment: &Assessment) -> Signer {
    match assessment.leaf_self_signed {
        SignatureCheck::Valid => Signer::Itself,
        SignatureCheck::Invalid => Signer::Another,
        SignatureCheck::Unsupported if leaf.subject.der == leaf.issuer.der => Signer::ItselfByName,
        SignatureCheck::Unsupported => Signer::Another,
    }
}

/// Whether the path ends at a root that systems trust as they come, without the user's doing.
pub(super) const fn publicly_trusted(assessment: &Assessment) -> bool {
    matches!(
        assessment.path,
        PathStatus::Trusted { origin: RootOrigin::BuiltIn | RootOrigin::Platform, .. }
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::detectors::testing::{certificate, certified, certified_over, chain};

    /// No path, signed by another key.
    pub(in crate::detectors::channel) fn untrusted() -> Assessment {
        Assessment {
            path: PathStatus::Untrusted { top_issuer: String::from("CN=ca") },
            leaf_self_signed: SignatureCheck::Invalid,
            chain_includes_root: false,
            top_issuer_not_sent: false,
            notes: Default::default(),
        }
    }

    /// No path, signed by its own key.
    pub(in crate::detectors::channel) fn self_signed() -> Assessment {
        Assessment { leaf_self_signed: SignatureCheck::Valid, ..untrusted() }
    }

    /// A path to a root of this origin.
    pub(in crate::detectors::channel) fn trusted(origin: RootOrigin) -> Assessment {
        Assessment {
            path: PathStatus::Trusted {
                root: String::from("CN=root"),
                origin,
                valid_at_capture: true,
                legacy_algorithm: false,
            },
            ..untrusted()
        }
    }

    /// A path that leads to a part that was not sent.
    pub(in crate::detectors::channel) fn incomplete() -> Assessment {
        let path = PathStatus::Incomplete { missing: String::from("CN=R10") };
        Assessment { path, ..untrusted() }
    }

    #[test]
    fn only_a_readable_chain_over_tls_or_quic_is_a_case() {
        let sent = || chain(vec![certificate("CN=a", "CN=b")]);
        assert!(Case::of(&certified("a", sent())).is_some());
        assert!(Case::of(&certified_over(Carrier::Quic { version: 1 }, "a", sent())).is_some());
        assert!(Case::of(&certified_over(Carrier::Dtls, "a", sent())).is_none());
        assert!(Case::of(&certified("a", Chain::default())).is_none());
    }

    #[test]
    fn the_signature_decides_before_the_names() {
        let (own_name, other_name) = (certificate("CN=a", "CN=a"), certificate("CN=a", "CN=b"));
        let check = |leaf_self_signed| Assessment { leaf_self_signed, ..untrusted() };
        for (leaf, result, expected) in [
            (&own_name, SignatureCheck::Valid, Signer::Itself),
            (&other_name, SignatureCheck::Valid, Signer::Itself),
            (&own_name, SignatureCheck::Invalid, Signer::Another),
            (&own_name, SignatureCheck::Unsupported, Signer::ItselfByName),
            (&other_name, SignatureCheck::Unsupported, Signer::Another),
        ] {
            assert_eq!(signer(leaf, &check(result)), expected, "{} {result:?}", leaf.issuer);
        }
    }
}

//! Hand-made findings, sessions and summaries for the tests of this crate.

use std::sync::Arc;

use detect::{
    Confidence, Evidence, Finding, Need, NotObservable, Rule, Severity, Subject, Surface,
};
use dissect::{Endpoint, Flow, FlowId, LinkType, PacketRef, Reason, Timestamp, Transport};

use crate::input::{Input, Summary};

/// A server name that tries what a terminal can be made to do.
pub(crate) const HOSTILE_HOST: &str = "\x1b[2Jbank\u{202e}tset.pohs\r\nFAKE: all good\u{9b}31m";

pub(crate) static INTERCEPTED: Rule = Rule {
    id: "channel/interception-accepted",
    title: "a forged chain was accepted",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "MASVS-NETWORK-2"],
    explanation: "The app sent data through a chain that nobody trusted made.",
    evidence: "The issuer of the chain.",
    false_positives: "A corporate proxy.",
    fix: "Validate, then pin.",
};

pub(crate) static WEAK: Rule = Rule {
    id: "channel/weak-protocol",
    title: "an old version or cipher suite",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &[],
    explanation: "It can be broken.",
    evidence: "The version.",
    false_positives: "Old servers.",
    fix: "Switch it off.",
};

/// One packet every millisecond.
pub(crate) fn packet(number: u64) -> PacketRef {
    let nanos = number.saturating_mul(1_000_000).saturating_add(1_491_603_877_251_547_000);
    PacketRef { number, timestamp: Timestamp::from_nanos(i64::try_from(nanos).unwrap()) }
}

pub(crate) fn flow() -> Arc<Flow> {
    Arc::new(Flow {
        id: FlowId(3),
        client: Endpoint { address: "10.0.0.2".parse().unwrap(), port: 51000 },
        server: Endpoint { address: "203.0.113.5".parse().unwrap(), port: 443 },
        transport: Transport::Tcp,
        tunnel: None,
    })
}

pub(crate) fn intercepted() -> Finding {
    Finding {
        id: "f-3b1c000000000001".into(),
        rule: &INTERCEPTED,
        severity: Severity::Critical,
        confidence: Confidence::Certain,
        title: "api.shop.test is intercepted by mitmproxy".into(),
        subject: Subject {
            client: Some(flow().client.address),
            server: Some(flow().server),
            host: Some("api.shop.test".into()),
            flow: Some(flow()),
        },
        evidence: vec![
            Evidence {
                packets: vec![12, 15],
                fact: "issuer",
                value: "CN=mitmproxy, O=mitmproxy".into(),
            },
            Evidence {
                packets: vec![17],
                fact: "application-data",
                value: "the client sent application data after its Finished, so it accepted the \
                        certificate that it was shown"
                    .into(),
            },
        ],
        captures: Vec::new(),
        alternatives: vec!["a corporate proxy whose CA is allowed by policy".into()],
        first_seen: packet(12),
        last_seen: packet(40),
        count: 3,
        input: 0,
        session: None,
    }
}

pub(crate) fn weak() -> Finding {
    Finding {
        id: "f-3b1c000000000002".into(),
        rule: &WEAK,
        severity: Severity::Medium,
        confidence: Confidence::Likely,
        title: "old.shop.test speaks TLSv1".into(),
        subject: Subject { host: Some("old.shop.test".into()), ..Subject::default() },
        evidence: vec![Evidence { packets: vec![99], fact: "version", value: "TLSv1".into() }],
        captures: Vec::new(),
        alternatives: Vec::new(),
        first_seen: packet(99),
        last_seen: packet(99),
        count: 1,
        input: 0,
        session: None,
    }
}

pub(crate) fn hostile() -> Finding {
    let mut finding = intercepted();
    finding.title = format!("{HOSTILE_HOST} is intercepted by \u{200b}\u{7}nobody");
    finding.subject.host = Some(HOSTILE_HOST.into());
    finding.evidence[0].value = format!("CN={HOSTILE_HOST}, O=C:\\x1b");
    finding.alternatives[0] = format!("{HOSTILE_HOST} is a friend").into();
    finding
}

pub(crate) fn encrypted(sessions: u64) -> Vec<NotObservable> {
    let why = Reason::Tls13Encrypted;
    let remedy = Some("capture with a key log");
    let entry = NotObservable { what: "certificates", why, sessions, remedy };
    if sessions == 0 { Vec::new() } else { vec![entry] }
}

pub(crate) fn summary() -> Summary {
    Summary {
        packets: 1234,
        flows: 17,
        sessions: 9,
        exchanges: 0,
        suppressed: 0,
        filtered: 0,
        not_observable: encrypted(4),
        compare: None,
    }
}

pub(crate) fn inputs(count: usize) -> Vec<Input> {
    let input = |number: usize| Input {
        path: format!("captures/shop-{number}.pcapng"),
        sha256: Some([0xab; 32]),
        packets: 1234,
        first: Some(packet(1).timestamp),
        last: Some(packet(1234).timestamp),
        link_types: vec![LinkType::ETHERNET],
        truncated: false,
    };
    (1..=count).map(input).collect()
}

//! Findings of several severities, and the news of a whole run.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use detect::{
    Confidence, Evidence, Finding, Need, NotObservable, Rule, Severity, Subject, Surface,
};
use dissect::{Endpoint, Flow, FlowId, Reason, Session, Transport};
use tui::Update;

use super::{intercepted, packet, refused};

/// A critical one.
pub static INTERCEPTED: Rule = Rule {
    id: "channel/interception-accepted",
    title: "A forged chain was accepted",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295", "MASVS-NETWORK-2", "ATT&CK T1638"],
    explanation: "The server's certificate was not issued by an authority that phones trust, and \
                  the app finished the handshake and sent data all the same. Whoever holds the \
                  issuer's key reads and changes everything the app says.",
    evidence: "issuer, and the packets with application data",
    false_positives: "a corporate proxy whose CA was installed on purpose",
    fix: "Validate certificates with the platform's defaults, and pin the host's keys.",
};

/// A high one.
pub static KNOWN_INTERCEPTOR: Rule = Rule {
    id: "channel/known-interceptor",
    title: "The chain bears the marks of a named product",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-300"],
    explanation: "The certificate was minted by an interception product.",
    evidence: "issuer",
    false_positives: "a certificate that copies the product's names",
    fix: "Find out who runs the proxy.",
};

/// A medium one.
pub static WEAK: Rule = Rule {
    id: "channel/weak-protocol",
    title: "The connection uses a weak protocol",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["RFC 8996"],
    explanation: "TLS 1.0 has been deprecated.",
    evidence: "version",
    false_positives: "none known",
    fix: "Switch it off on the server.",
};

/// One that is good news.
pub static REFUSED: Rule = Rule {
    id: "channel/certificate-refused",
    title: "The client refused the chain",
    severity: Severity::Info,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &["RFC 8446 section 6.2"],
    explanation: "The app said no to a certificate, as it should under interception.",
    evidence: "alert",
    false_positives: "an expired certificate on the real server",
    fix: "Nothing, if an interception was tried.",
};

/// What tells one finding from another here.
#[derive(Clone, Copy, Debug)]
pub struct FindingSketch<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its rule.
    pub rule: &'static Rule,
    /// The host.
    pub host: &'a str,
    /// The title.
    pub title: &'a str,
    /// Issuer quoted as evidence.
    pub issuer: &'a str,
    /// Number of the first packet.
    pub packet: u64,
    /// How often.
    pub count: u64,
}

impl FindingSketch<'_> {
    /// The finding.
    pub fn finding(&self, session: Option<Session>) -> Finding {
        let client = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
        let server = Endpoint { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)), port: 443 };
        let flow = Flow {
            id: FlowId(self.packet),
            client: Endpoint { address: client, port: 50_123 },
            server,
            transport: Transport::Tcp,
            tunnel: None,
        };
        Finding {
            id: self.id.to_owned(),
            rule: self.rule,
            severity: self.rule.severity,
            confidence: Confidence::Certain,
            title: self.title.to_owned(),
            subject: Subject {
                client: Some(client),
                server: Some(server),
                host: Some(self.host.to_owned()),
                flow: session.is_some().then(|| Arc::new(flow)),
            },
            evidence: vec![Evidence {
                packets: vec![self.packet, self.packet.saturating_add(3)],
                fact: "issuer",
                value: self.issuer.to_owned(),
            }],
            captures: Vec::new(),
            alternatives: vec!["the user's own debugging proxy".into()],
            first_seen: packet(self.packet),
            last_seen: packet(self.packet.saturating_add(self.count.saturating_mul(1000))),
            count: self.count,
            session: session.map(Arc::new),
            input: 0,
        }
    }
}

/// Four findings, not in the order of the list.
pub fn all() -> Vec<Finding> {
    let (host, other) = ("api.shop.test", "metrics.tracker.example");
    let sketch = FindingSketch {
        id: "f-00000000000000c1",
        rule: &INTERCEPTED,
        host,
        title: "mitmproxy reads the traffic between 10.0.0.2 and api.shop.test, and the app \
                lets it: it sent data over a chain issued by CN=mitmproxy",
        issuer: "CN=mitmproxy, O=mitmproxy",
        packet: 12,
        count: 3,
    };
    vec![
        FindingSketch {
            id: "f-00000000000000d1",
            rule: &REFUSED,
            host: other,
            title: "10.0.0.2 refused the certificate of metrics.tracker.example (unknown_ca)",
            issuer: "CN=Example CA",
            packet: 40,
            count: 1,
        }
        .finding(Some(refused(other))),
        sketch.finding(Some(intercepted(host))),
        FindingSketch {
            id: "f-00000000000000a1",
            rule: &KNOWN_INTERCEPTOR,
            title: "api.shop.test presents a certificate made by mitmproxy",
            count: 12_345,
            ..sketch
        }
        .finding(Some(intercepted(host))),
        FindingSketch {
            id: "f-00000000000000b1",
            rule: &WEAK,
            host: "legacy.shop.test",
            title: "legacy.shop.test speaks TLS 1.0",
            issuer: "CN=Old CA",
            packet: 77,
            count: 1,
        }
        .finding(None),
    ]
}

/// The news of a whole run over a file, in order.
pub fn updates() -> Vec<Update> {
    let mut updates = vec![
        Update::Input { name: String::from("shop-app.pcapng"), bytes_total: Some(4_000_000) },
        Update::Progress {
            packets: 1234,
            bytes_read: 1_720_000,
            bytes_total: Some(4_000_000),
            sessions: 9,
            dropped: 0,
            last: Some(packet(1234).timestamp),
        },
    ];
    updates.extend(all().into_iter().map(|finding| Update::Finding(Box::new(finding))));
    updates.push(Update::NotObservable(vec![NotObservable {
        what: "certificates",
        why: Reason::Tls13Encrypted,
        sessions: 4,
        remedy: Some("capture with a key log"),
    }]));
    updates.push(Update::Finished { packets: 2890, flows: 31, sessions: 17 });
    updates
}

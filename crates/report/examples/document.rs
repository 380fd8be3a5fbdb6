//! Writes one hand-made finding in all three formats: `cargo run -p report --example document`.

use std::io;

use detect::{Confidence, Evidence, Finding, Need, Rule, Severity, Subject, Surface};
use dissect::{LinkType, PacketRef, Timestamp};
use report::{Document, Input, Summary, json, text};

static RULE: Rule = Rule {
    id: "channel/example",
    title: "an example of a rule",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-295"],
    explanation: "It shows what a finding looks like.",
    evidence: "None.",
    false_positives: "All of them.",
    fix: "Nothing to fix.",
};

fn main() -> io::Result<()> {
    let packet = PacketRef { number: 12, timestamp: Timestamp::from_secs(1_700_000_000) };
    let finding = Finding {
        id: String::from("f-0000000000000001"),
        rule: &RULE,
        severity: RULE.severity,
        confidence: Confidence::Likely,
        title: String::from("api.shop.test is intercepted by an example"),
        subject: Subject { host: Some(String::from("api.shop.test")), ..Subject::default() },
        evidence: vec![Evidence {
            packets: vec![12],
            fact: "issuer",
            value: String::from("CN=Example \x1b[31mCA"),
        }],
        captures: Vec::new(),
        alternatives: vec!["a test".into()],
        first_seen: packet,
        last_seen: packet,
        count: 1,
        input: 0,
        session: None,
    };
    let inputs = [Input {
        path: String::from("example.pcapng"),
        packets: 40,
        first: Some(packet.timestamp),
        last: Some(packet.timestamp),
        link_types: vec![LinkType::ETHERNET],
        ..Input::default()
    }];
    let summary = Summary { packets: 40, flows: 2, sessions: 1, ..Summary::default() };
    let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
    let out = &mut io::stdout().lock();
    text::write_report(out, &document, text::Options::default())?;
    json::write_document(out, &document)?;
    json::write_lines(out, &document)
}

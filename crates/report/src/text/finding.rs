//! One finding as a block of lines.

use std::fmt::{Display, Write as _};
use std::io;

use detect::{Evidence, Finding, VantagePoint};

use super::Options;
use super::block::Block;
use crate::escape::escape;
use crate::input::Input;
use crate::time::rfc3339;

/// Most packet numbers that one piece of evidence shows; the rest is counted.
const MAX_PACKETS: usize = 8;

/// Writes severity and title on the first line, then the fields, then an empty line. `inputs` is
/// asked for the file's name where there are several.
pub fn write_finding(
    writer: &mut dyn io::Write,
    finding: &Finding,
    inputs: &[Input],
    options: Options,
) -> io::Result<()> {
    let mut block = Block::new(options);
    let word = finding.severity.word().to_uppercase();
    block.title(&word, &escape(&finding.title), |paint, word| {
        paint.severity(finding.severity, word)
    });
    block.built("rule", |value| {
        value.extend([finding.rule.id, " (", finding.confidence.word(), ")"]);
    });
    put_parties(&mut block, finding);
    let mut label = "evidence";
    for (evidence, capture) in finding.placed_evidence() {
        block.built(label, |value| put_evidence(value, evidence, capture));
        label = "";
    }
    let mut label = "or else";
    for alternative in &finding.alternatives {
        block.field(label, &escape(alternative));
        label = "";
    }
    block.built("seen", |value| put_seen(value, finding));
    if let (true, Some(input)) = (inputs.len() > 1, inputs.get(finding.input)) {
        block.field("in", &escape(&input.path));
    }
    block.field("id", &escape(&finding.id));
    block.write(writer)
}

/// `between`, `10.0.0.2 and 203.0.113.5:443 (api.shop.test)`; nothing if nobody is known.
fn put_parties(block: &mut Block, finding: &Finding) {
    let subject = &finding.subject;
    let label = match (subject.client, subject.server, &subject.host) {
        (Some(_), None, None) => "client",
        (Some(_), ..) => "between",
        (None, Some(_), _) => "server",
        (None, None, Some(_)) => "host",
        (None, None, None) => return,
    };
    let host = subject.host.as_deref().map(escape);
    block.built(label, |value| {
        if let Some(client) = subject.client {
            put(value, client);
            value.push_str(if label == "between" { " and " } else { "" });
        }
        match (subject.server, host) {
            (Some(server), Some(host)) => {
                put(value, server);
                value.extend([" (", &host, ")"]);
            }
            (Some(server), None) => put(value, server),
            (None, host) => value.push_str(host.as_deref().unwrap_or_default()),
        }
    });
}

fn put_evidence(value: &mut String, evidence: &Evidence, capture: Option<VantagePoint>) {
    value.extend([evidence.fact, ": ", &escape(&evidence.value)]);
    let [first, others @ ..] = &evidence.packets[..] else { return };
    value.push_str(" (");
    if let Some(capture) = capture {
        value.extend([capture.word(), " "]);
    }
    value.push_str(if others.is_empty() { "packet " } else { "packets " });
    put(value, first);
    for number in others.iter().take(MAX_PACKETS.saturating_sub(1)) {
        value.push_str(", ");
        put(value, number);
    }
    let rest = evidence.packets.len().saturating_sub(MAX_PACKETS);
    if rest > 0 {
        value.push_str(" and ");
        put(value, rest);
        value.push_str(" more");
    }
    value.push(')');
}

fn put_seen(value: &mut String, finding: &Finding) {
    let first = rfc3339(finding.first_seen.timestamp);
    if finding.count <= 1 {
        value.extend(["once, ", &first]);
        return;
    }
    put(value, finding.count);
    value.extend([" times, ", &first, " to ", &rfc3339(finding.last_seen.timestamp)]);
}

/// Adds something as it is shown.
fn put(value: &mut String, thing: impl Display) {
    // Writing to a String cannot fail.
    let _ = write!(value, "{thing}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::text::{MIN_WIDTH, Style};

    fn written(finding: &Finding, options: Options) -> String {
        let mut out = Vec::new();
        write_finding(&mut out, finding, &samples::inputs(1), options).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_names_do_not_reach_the_terminal() {
        let text = written(&samples::hostile(), Options::default());
        let bad = |c: char| c != '\n' && crate::escape::is_hidden(c);
        assert!(!text.chars().any(bad), "{text:?}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn lines_keep_to_the_width() {
        for width in [0, 40, 60, 100] {
            let text = written(&samples::intercepted(), Options { width, style: Style::Plain });
            assert!(text.lines().all(|line| line.chars().count() <= width.max(MIN_WIDTH)));
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        let finding = samples::intercepted();
        let colour = Options { style: Style::Colour, ..Options::default() };
        let mut text = written(&finding, colour);
        assert!(text.contains("\x1b[1;31mCRITICAL\x1b[0m"));
        for code in ["\x1b[1;31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"] {
            text = text.replace(code, "");
        }
        assert_eq!(text, written(&finding, Options::default()));
    }

    #[test]
    fn many_packets_are_counted() {
        let evidence =
            |count| Evidence { packets: (1..=count).collect(), fact: "x", value: "y".into() };
        let placed = |count, capture| {
            let mut line = String::new();
            put_evidence(&mut line, &evidence(count), capture);
            line
        };
        let line = |count| placed(count, None);
        assert_eq!(line(0), "x: y");
        assert_eq!(line(1), "x: y (packet 1)");
        assert_eq!(line(3), "x: y (packets 1, 2, 3)");
        assert!(line(20).ends_with("7, 8 and 12 more)"));
        let edge = placed(1, Some(VantagePoint::Edge));
        assert_eq!(edge, "x: y (edge packet 1)");
    }
}

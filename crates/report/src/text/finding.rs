//! One finding as a block of lines.

use std::io;

use detect::{Evidence, Finding, VantagePoint};

use super::{MIN_WIDTH, Options, Paint, wrap, write_field};
use crate::escape::escape;
use crate::input::Input;
use crate::time::rfc3339;

/// Columns before the fields of a finding.
const INDENT: usize = 2;

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
    let paint = Paint::new(options.style);
    let width = options.width.max(MIN_WIDTH);
    write_title(writer, finding, paint, width)?;
    let mut field =
        |label: &str, value: &str| write_field(&mut *writer, paint, INDENT, width, label, value);
    field("rule", &format!("{} ({})", finding.rule.id, finding.confidence))?;
    if let Some((label, parties)) = parties(finding) {
        field(label, &parties)?;
    }
    let mut label = "evidence";
    for (evidence, capture) in finding.placed_evidence() {
        field(label, &evidence_line(evidence, capture))?;
        label = "";
    }
    let mut label = "or else";
    for alternative in &finding.alternatives {
        field(label, &escape(alternative))?;
        label = "";
    }
    field("seen", &seen(finding))?;
    if let (true, Some(input)) = (inputs.len() > 1, inputs.get(finding.input)) {
        field("in", &escape(&input.path))?;
    }
    field("id", &escape(&finding.id))?;
    writeln!(writer)
}

fn write_title(
    writer: &mut dyn io::Write,
    finding: &Finding,
    paint: Paint,
    width: usize,
) -> io::Result<()> {
    let word = finding.severity.word().to_uppercase();
    let lead = word.len().saturating_add(2);
    let mut first = true;
    for line in wrap(&escape(&finding.title), width.saturating_sub(lead)) {
        if first {
            let word = paint.severity(finding.severity, &word);
            writeln!(writer, "{word}  {}", paint.bold(&line))?;
        } else {
            writeln!(writer, "{:lead$}{}", "", paint.bold(&line))?;
        }
        first = false;
    }
    Ok(())
}

/// `between`, `10.0.0.2 and 203.0.113.5:443 (api.shop.test)`; `None` if nobody is known.
fn parties(finding: &Finding) -> Option<(&'static str, String)> {
    let subject = &finding.subject;
    let client = subject.client.map(|client| client.to_string());
    let server = subject.server.map(|server| server.to_string());
    let host = subject.host.as_deref().map(escape);
    let server = match (server, host) {
        (Some(server), Some(host)) => Some(("server", format!("{server} ({host})"))),
        (Some(server), None) => Some(("server", server)),
        (None, Some(host)) => Some(("host", host.into_owned())),
        (None, None) => None,
    };
    match (client, server) {
        (Some(client), Some((_, server))) => Some(("between", format!("{client} and {server}"))),
        (Some(client), None) => Some(("client", client)),
        (None, server) => server,
    }
}

fn evidence_line(evidence: &Evidence, capture: Option<VantagePoint>) -> String {
    let of = capture.map(|capture| format!("{} ", capture.word())).unwrap_or_default();
    let fact = format!("{}: {}", evidence.fact, escape(&evidence.value));
    let shown = evidence.packets.iter().take(MAX_PACKETS);
    let numbers: Vec<String> = shown.map(ToString::to_string).collect();
    let rest = evidence.packets.len().saturating_sub(MAX_PACKETS);
    match (numbers.as_slice(), rest) {
        ([], _) => fact,
        ([one], _) => format!("{fact} ({of}packet {one})"),
        (_, 0) => format!("{fact} ({of}packets {})", numbers.join(", ")),
        (_, rest) => format!("{fact} ({of}packets {} and {rest} more)", numbers.join(", ")),
    }
}

fn seen(finding: &Finding) -> String {
    let first = rfc3339(finding.first_seen.timestamp);
    if finding.count <= 1 {
        return format!("once, {first}");
    }
    let last = rfc3339(finding.last_seen.timestamp);
    format!("{} times, {first} to {last}", finding.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::text::Style;

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
        let line = |count| evidence_line(&evidence(count), None);
        assert_eq!(line(0), "x: y");
        assert_eq!(line(1), "x: y (packet 1)");
        assert_eq!(line(3), "x: y (packets 1, 2, 3)");
        assert!(line(20).ends_with("7, 8 and 12 more)"));
        let edge = evidence_line(&evidence(1), Some(VantagePoint::Edge));
        assert_eq!(edge, "x: y (edge packet 1)");
    }
}

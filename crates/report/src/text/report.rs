//! The whole text: verdict, what was examined, findings, what could not be observed.

use std::io;

use detect::Severity;

use super::comparison::write_comparison;
use super::missing::write_missing;
use super::verdict::{most_telling, verdict};
use super::{MIN_WIDTH, Options, Paint, wrap, write_finding};
use crate::escape::escape;
use crate::input::{Document, Input, Summary};

/// Writes the report.
pub fn write_report(
    writer: &mut dyn io::Write,
    document: &Document<'_>,
    options: Options,
) -> io::Result<()> {
    write_verdict(writer, document, options)?;
    writeln!(writer)?;
    for severity in Severity::ALL {
        for finding in document.findings.iter().filter(|f| f.severity == severity) {
            write_finding(writer, finding, document.inputs, options)?;
        }
    }
    write_end(writer, document, options)
}

/// Writes the report without the findings: what ends a live run, whose findings were written as
/// they came.
pub fn write_closing(
    writer: &mut dyn io::Write,
    document: &Document<'_>,
    options: Options,
) -> io::Result<()> {
    write_verdict(writer, document, options)?;
    writeln!(writer)?;
    write_end(writer, document, options)
}

/// The verdict, and what was examined.
fn write_verdict(
    writer: &mut dyn io::Write,
    document: &Document<'_>,
    options: Options,
) -> io::Result<()> {
    let paint = Paint::new(options.style);
    let width = options.width.max(MIN_WIDTH);
    let worst = document.findings.iter().map(|finding| finding.severity).max();
    for line in wrap(&verdict(document), width) {
        match worst {
            Some(severity) => writeln!(writer, "{}", paint.severity(severity, &line))?,
            None => writeln!(writer, "{}", paint.bold(&line))?,
        }
    }
    for line in examined(document).iter().flat_map(|line| wrap(line, width)) {
        writeln!(writer, "{line}")?;
    }
    Ok(())
}

/// What could not be observed, and where to read on.
fn write_end(
    writer: &mut dyn io::Write,
    document: &Document<'_>,
    options: Options,
) -> io::Result<()> {
    write_missing(writer, &document.summary.not_observable, options)?;
    if let Some(comparison) = document.summary.compare {
        write_comparison(writer, comparison, options)?;
    }
    let Some(finding) = most_telling(document.findings) else { return Ok(()) };
    let hint = Paint::new(options.style).dim("What it means and what to do: interloper explain");
    writeln!(writer, "{hint} {}", finding.rule.id)
}

/// How many findings, and what they were looked for in.
fn examined(document: &Document<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let counts: Vec<String> = Severity::ALL
        .iter()
        .map(|&severity| {
            (severity, document.findings.iter().filter(|f| f.severity == severity).count())
        })
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let examined = examined_of(document.summary, document.inputs);
    if counts.is_empty() {
        lines.push(format!("Examined: {examined}"));
    } else {
        lines.push(format!("{} in {examined}", counts.join(", ")));
    }
    if document.summary.suppressed > 0 {
        let findings = counted(document.summary.suppressed, "finding");
        lines.push(format!("{findings} suppressed by the policy"));
    }
    if document.summary.filtered > 0 {
        let findings = counted(document.summary.filtered, "finding");
        lines.push(format!("{findings} left out by the filter"));
    }
    for input in document.inputs.iter().filter(|input| input.truncated) {
        let path = escape(&input.path);
        // A HAR file that is cut off has none.
        match input.packets {
            0 => lines.push(format!("{path} is cut off or damaged")),
            packets => {
                let packets = counted(packets, "packet");
                lines.push(format!("{path} is cut off or damaged after {packets}"));
            }
        }
    }
    lines
}

fn examined_of(summary: &Summary, inputs: &[Input]) -> String {
    let mut counts = Vec::new();
    if summary.told() > 0 {
        counts.push(counted(summary.exchanges, "exchange"));
    }
    if summary.told() == 0 || summary.packets > 0 {
        counts.push(counted(summary.sessions, "session"));
        counts.push(counted(summary.flows, "flow"));
        counts.push(counted(summary.packets, "packet"));
    }
    let mut text = counts.join(", ");
    match inputs {
        [] => {}
        [one] => {
            text.push_str(" of ");
            text.push_str(&escape(&one.path));
        }
        several => text.push_str(&format!(" of {} inputs", several.len())),
    }
    text
}

/// `1 session`, `2 sessions`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use detect::Finding;

    fn written(inputs: &[Input], summary: &Summary, findings: &[&Finding]) -> String {
        let mut out = Vec::new();
        let document = Document { inputs, summary, findings };
        write_report(&mut out, &document, Options::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_real_interception() {
        let (first, second) = (samples::intercepted(), samples::weak());
        let text = written(&samples::inputs(1), &samples::summary(), &[&first, &second]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_closing_is_the_report_without_its_findings() {
        let (inputs, summary) = (samples::inputs(1), samples::summary());
        let finding = samples::intercepted();
        let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
        let (mut closing, mut block) = (Vec::new(), Vec::new());
        write_closing(&mut closing, &document, Options::default()).unwrap();
        write_finding(&mut block, &finding, &inputs, Options::default()).unwrap();
        let report = written(&inputs, &summary, &[&finding]);
        let block = String::from_utf8(block).unwrap();
        assert!(report.contains(&block));
        assert_eq!(String::from_utf8(closing).unwrap(), report.replace(&block, ""));
    }

    #[test]
    fn no_finding_is_a_calm_state() {
        insta::assert_snapshot!(written(&samples::inputs(1), &samples::summary(), &[]));
    }

    #[test]
    fn several_inputs_and_a_broken_one_are_named() {
        let mut inputs = samples::inputs(2);
        inputs[1].truncated = true;
        inputs[1].packets = 1;
        let mut finding = samples::weak();
        finding.input = 1;
        insta::assert_snapshot!(written(&inputs, &samples::summary(), &[&finding]));
    }

    #[test]
    fn a_har_file_has_exchanges_only() {
        let missing = detect::NotObservable {
            what: "packets",
            why: dissect::Reason::Har,
            sessions: 3,
            remedy: Some("capture packets"),
        };
        let summary = Summary { exchanges: 3, not_observable: vec![missing], ..Summary::default() };
        let text = written(&samples::inputs(1), &summary, &[]);
        let verdict = "Nothing found in 3 exchanges; a HAR file shows no handshakes or packets\n";
        assert!(text.starts_with(verdict), "{text}");
        assert!(text.contains("Examined: 3 exchanges of captures/shop-1.pcapng\n"), "{text}");
    }

    #[test]
    fn an_empty_capture_is_said_to_be_empty() {
        let text = written(&samples::inputs(1), &Summary::default(), &[]);
        assert!(text.starts_with("Nothing to judge: no TLS or QUIC session was seen\n"));
        assert!(text.contains("0 sessions, 0 flows, 0 packets of captures/shop-1.pcapng"));
    }
}

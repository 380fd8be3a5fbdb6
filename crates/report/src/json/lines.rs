//! `--format jsonl`: one JSON object a line, each with a `"type"`.
//!
//! `finding` lines come as they are found, an `input` line when an input ends, and one `summary`
//! line at the very end: whoever reads a stream knows by it that nothing is missing.

use std::io;

use serde::Serialize;

use super::formatter::write_value;
use super::model::{FindingJson, InputJson, SummaryJson, Tool};
use crate::input::{Document, Input, Summary};
use detect::Finding;

/// Whether a finding says which input it is from: it does where there are several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InputIndex {
    /// Not said.
    Omitted,
    /// Said.
    Shown,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(FindingJson<'a>),
    Input(InputJson<'a>),
    Summary {
        schema: &'static str,
        tool: Tool,
        #[serde(flatten)]
        summary: SummaryJson,
    },
}

fn write_line(writer: &mut dyn io::Write, line: &Line<'_>) -> io::Result<()> {
    write_value(writer, line)?;
    writer.write_all(b"\n")
}

/// Writes one finding.
pub fn write_finding_line(
    writer: &mut dyn io::Write,
    finding: &Finding,
    index: InputIndex,
) -> io::Result<()> {
    let input = (index == InputIndex::Shown).then_some(finding.input);
    write_line(writer, &Line::Finding(FindingJson::new(finding, input)))
}

/// Writes one input.
pub fn write_input_line(writer: &mut dyn io::Write, input: &Input) -> io::Result<()> {
    write_line(writer, &Line::Input(input.into()))
}

/// Writes the summary, which is the last line.
pub fn write_summary_line(
    writer: &mut dyn io::Write,
    summary: &Summary,
    findings: &[&Finding],
) -> io::Result<()> {
    let summary = SummaryJson::new(summary, findings);
    write_line(writer, &Line::Summary { schema: crate::SCHEMA, tool: Tool::THIS, summary })
}

/// Writes everything: findings, inputs, summary.
pub fn write_lines(writer: &mut dyn io::Write, document: &Document<'_>) -> io::Result<()> {
    let several = document.inputs.len() > 1;
    let index = if several { InputIndex::Shown } else { InputIndex::Omitted };
    for finding in document.findings {
        write_finding_line(writer, finding, index)?;
    }
    for input in document.inputs {
        write_input_line(writer, input)?;
    }
    write_summary_line(writer, document.summary, document.findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn written(document: &Document<'_>) -> String {
        let mut out = Vec::new();
        write_lines(&mut out, document).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_line_says_what_it_is() {
        let (inputs, summary) = (samples::inputs(2), samples::summary());
        let finding = samples::intercepted();
        let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
        insta::assert_snapshot!(written(&document).replace(crate::VERSION, "VERSION"));
    }

    #[test]
    fn a_hostile_text_stays_on_its_line() {
        let (inputs, summary) = (samples::inputs(1), samples::summary());
        let finding = samples::hostile();
        let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
        let text = written(&document);
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| !line.chars().any(crate::escape::is_hidden)));
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["subject"]["host"], samples::HOSTILE_HOST);
    }
}

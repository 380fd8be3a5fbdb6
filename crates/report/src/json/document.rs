//! `--format json`: one document.

use std::io;

use serde::Serialize;

use super::formatter::write_value;
use super::model::{FindingJson, InputJson, SummaryJson, Tool};
use crate::input::Document;

#[derive(Serialize)]
struct DocumentJson<'a> {
    schema: &'static str,
    tool: Tool,
    inputs: Vec<InputJson<'a>>,
    summary: SummaryJson,
    findings: Vec<FindingJson<'a>>,
}

/// Writes the document on one line, with a newline at the end.
pub fn write_document(writer: &mut dyn io::Write, document: &Document<'_>) -> io::Result<()> {
    let several = document.inputs.len() > 1;
    let findings = document.findings.iter();
    let json = DocumentJson {
        schema: crate::SCHEMA,
        tool: Tool::THIS,
        inputs: document.inputs.iter().map(InputJson::from).collect(),
        summary: SummaryJson::new(document.summary, document.findings),
        findings: findings.map(|f| FindingJson::new(f, several.then_some(f.input))).collect(),
    };
    write_value(writer, &json)?;
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn written(document: &Document<'_>) -> String {
        let mut out = Vec::new();
        write_document(&mut out, document).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_come_in_the_order_of_the_contract() {
        let (inputs, summary) = (samples::inputs(1), samples::summary());
        let finding = samples::intercepted();
        let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
        insta::assert_snapshot!(written(&document).replace(crate::VERSION, "VERSION"));
    }

    #[test]
    fn the_input_is_named_where_there_are_several() {
        let summary = samples::summary();
        let mut finding = samples::intercepted();
        finding.input = 1;
        for (count, named) in [(1, false), (2, true)] {
            let inputs = samples::inputs(count);
            let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
            assert_eq!(written(&document).contains(r#""count":3,"input":1}"#), named);
        }
    }

    #[test]
    fn what_is_not_known_is_left_out_of_the_subject() {
        let (inputs, summary) = (samples::inputs(1), samples::summary());
        let mut finding = samples::intercepted();
        finding.subject = detect::Subject::default();
        let document = Document { inputs: &inputs, summary: &summary, findings: &[&finding] };
        assert!(written(&document).contains(r#""subject":{},"#));
    }
}

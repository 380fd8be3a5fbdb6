//! Writes a report in the format that was asked for.

use std::io;

use detect::filter::Filter;
use engine::Engine;
use report::text::Options;
use report::{Document, json, text};

use crate::args::Format;
use crate::document;
use crate::output::Output;

/// Which part of the report is still to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// All of it.
    All,
    /// What comes behind findings that were written as they came.
    Closing,
}

/// Writes the report of what the engine found and `filter` lets pass. `broken` are the inputs that were not read to
/// their end. Where none could be opened there is nothing for people to read, yet a program still
/// gets a document.
pub(crate) fn write(
    output: &mut Output,
    engine: &Engine,
    filter: &Filter,
    broken: &[usize],
    format: Format,
    options: Options,
    part: Part,
) {
    if engine.inputs().is_empty() && format == Format::Text {
        return;
    }
    let inputs = document::inputs(engine, broken);
    let (findings, filtered) = document::findings(engine, filter);
    let summary = document::summary(engine, filtered);
    let document = Document { inputs: &inputs, summary: &summary, findings: &findings };
    output.write(|writer| write_document(writer, &document, format, options, part));
}

pub(crate) fn write_document(
    writer: &mut dyn io::Write,
    document: &Document<'_>,
    format: Format,
    options: Options,
    part: Part,
) -> io::Result<()> {
    match (format, part) {
        (Format::Json, _) => json::write_document(writer, document),
        (Format::Jsonl, Part::All) => json::write_lines(writer, document),
        (Format::Jsonl, Part::Closing) => {
            for input in document.inputs {
                json::write_input_line(writer, input)?;
            }
            json::write_summary_line(writer, document.summary, document.findings)
        }
        (Format::Text, Part::All) => text::write_report(writer, document, options),
        (Format::Text, Part::Closing) => text::write_closing(writer, document, options),
    }
}

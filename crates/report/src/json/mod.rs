//! Findings as JSON: one document, or one line each.

mod document;
mod formatter;
mod lines;
mod model;

pub use document::write_document;
pub use formatter::write_value;
pub use lines::{
    InputIndex, write_finding_line, write_input_line, write_lines, write_summary_line,
};

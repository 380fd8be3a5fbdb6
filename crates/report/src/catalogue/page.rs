//! `interloper explain RULE`: what a rule means and what to do about it.

use std::io;

use detect::Rule;

use super::table::RuleJson;
use crate::json::write_value;
use crate::text::{MIN_WIDTH, Options, Paint, wrap};

/// Writes the page.
pub fn write_page(writer: &mut dyn io::Write, rule: &Rule, options: Options) -> io::Result<()> {
    let paint = Paint::new(options.style);
    let width = options.width.max(MIN_WIDTH);
    writeln!(writer, "{}", paint.bold(rule.id))?;
    for line in wrap(rule.title, width) {
        writeln!(writer, "{line}")?;
    }
    let needs: Vec<&str> = rule.needs.iter().map(|need| need.word()).collect();
    let facts = format!("severity {}, surface {}", rule.severity, rule.surface);
    writeln!(writer, "{}", paint.severity(rule.severity, &facts))?;
    for (heading, text) in [
        ("What it means", rule.explanation),
        ("Evidence", rule.evidence),
        ("False positives", rule.false_positives),
        ("What to do", rule.fix),
        ("Needs", &needs.join(", ")),
        ("References", &rule.references.join(", ")),
    ] {
        write_section(writer, paint, width, heading, text)?;
    }
    Ok(())
}

/// Writes a heading and its paragraphs; nothing if there is no text.
fn write_section(
    writer: &mut dyn io::Write,
    paint: Paint,
    width: usize,
    heading: &str,
    text: &str,
) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(writer, "\n{}", paint.bold(heading))?;
    for paragraph in text.lines() {
        for line in wrap(paragraph, width.saturating_sub(2)) {
            writeln!(writer, "  {line}")?;
        }
    }
    Ok(())
}

/// Writes the rule as one JSON object.
pub fn write_page_json(writer: &mut dyn io::Write, rule: &Rule) -> io::Result<()> {
    write_value(writer, &RuleJson::from(rule))?;
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{INTERCEPTED, WEAK};

    fn written(rule: &Rule) -> String {
        let mut out = Vec::new();
        write_page(&mut out, rule, Options::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_page_says_everything() {
        insta::assert_snapshot!(written(&INTERCEPTED));
    }

    #[test]
    fn what_a_rule_does_not_say_has_no_heading() {
        assert!(written(&INTERCEPTED).contains("References"));
        assert!(!written(&WEAK).contains("References"));
    }

    #[test]
    fn json_says_the_same() {
        for rule in [&INTERCEPTED, &WEAK] {
            let mut out = Vec::new();
            write_page_json(&mut out, rule).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!((&json["id"], &json["fix"]), (&rule.id.into(), &rule.fix.into()));
        }
    }
}

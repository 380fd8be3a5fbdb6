//! `interloper rules`: one rule a line.

use std::io;

use detect::Rule;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::json::write_value;
use crate::text::{MIN_WIDTH, Options, Paint, wrap};

/// Columns of the severity, the gap behind it included.
const SEVERITY: usize = 10;

/// Writes id, severity and title in columns.
pub fn write_table(
    writer: &mut dyn io::Write,
    rules: &[&Rule],
    options: Options,
) -> io::Result<()> {
    let paint = Paint::new(options.style);
    let id_width = rules.iter().map(|rule| rule.id.width()).max().unwrap_or(0).saturating_add(2);
    let lead = id_width.saturating_add(SEVERITY);
    let room = options.width.max(MIN_WIDTH).saturating_sub(lead).max(20);
    for rule in rules {
        let mut lines = wrap(rule.title, room).into_iter();
        let word = format!("{:SEVERITY$}", rule.severity);
        writeln!(
            writer,
            "{:id_width$}{}{}",
            rule.id,
            paint.severity(rule.severity, &word),
            lines.next().unwrap_or_default()
        )?;
        for line in lines {
            writeln!(writer, "{:lead$}{line}", "")?;
        }
    }
    Ok(())
}

/// A rule as JSON: everything that is known about it.
#[derive(Serialize)]
pub(super) struct RuleJson {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    surface: &'static str,
    needs: Vec<&'static str>,
    references: &'static [&'static str],
    explanation: &'static str,
    evidence: &'static str,
    false_positives: &'static str,
    fix: &'static str,
}

impl From<&Rule> for RuleJson {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id,
            title: rule.title,
            severity: rule.severity.word(),
            surface: rule.surface.word(),
            needs: rule.needs.iter().map(|need| need.word()).collect(),
            references: rule.references,
            explanation: rule.explanation,
            evidence: rule.evidence,
            false_positives: rule.false_positives,
            fix: rule.fix,
        }
    }
}

/// Writes all rules as one JSON array.
pub fn write_table_json(writer: &mut dyn io::Write, rules: &[&Rule]) -> io::Result<()> {
    let rules: Vec<RuleJson> = rules.iter().map(|rule| RuleJson::from(*rule)).collect();
    write_value(writer, &rules)?;
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{INTERCEPTED, WEAK};

    #[test]
    fn columns_are_aligned() {
        let mut out = Vec::new();
        write_table(&mut out, &[&INTERCEPTED, &WEAK], Options::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "channel/interception-accepted  critical  a forged chain was accepted\n\
             channel/weak-protocol          medium    an old version or cipher suite\n"
        );
    }

    #[test]
    fn json_holds_every_rule() {
        let mut out = Vec::new();
        write_table_json(&mut out, &[&INTERCEPTED, &WEAK]).unwrap();
        let rules: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(rules[0]["needs"][0], "certificates");
        assert_eq!(rules[1]["severity"], "medium");
        assert_eq!(rules.as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn no_rule_is_an_empty_table() {
        let mut out = Vec::new();
        write_table(&mut out, &[], Options::default()).unwrap();
        assert!(out.is_empty());
        write_table_json(&mut out, &[]).unwrap();
        assert_eq!(out, b"[]\n");
    }
}

//! The audit: which app refuses an interceptor at which host, and which does not.

use std::collections::BTreeMap;
use std::io;

use detect::pins::Row;
use serde::Serialize;

use crate::VERSION;
use crate::escape::escape;
use crate::json::write_value;

/// Writes a table, one app and host a line.
pub fn write_audit(writer: &mut dyn io::Write, rows: &[Row]) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(writer, "No TLS session was seen.");
    }
    let head = ["CLIENT", "APP (JA4)", "HOST", "ANSWER", "HOW OFTEN", "HOW, AND WHO ISSUED"];
    let mut lines = vec![head.map(String::from)];
    lines.extend(rows.iter().map(cells));
    let mut widths = [0_usize; 6];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(writer, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn cells(row: &Row) -> [String; 6] {
    let counts = [
        (row.refused, "refused"),
        (row.accepted, "accepted"),
        (row.not_tested, "not tested"),
        (row.not_observable, "not observable"),
        (row.unclear, "unclear"),
    ];
    let counts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let ways = row.ways.iter().map(|(way, times)| format!("{way} x{times}"));
    let issuers = row.issuers.iter().map(|issuer| format!("issuer {issuer}"));
    let how: Vec<String> = ways.chain(issuers).collect();
    [
        row.client.to_string(),
        row.ja4.clone().unwrap_or_else(|| String::from("-")),
        escape(&row.host).into_owned(),
        row.answer.word().to_owned(),
        counts.join(", "),
        escape(&how.join("; ")).into_owned(),
    ]
}

#[derive(Serialize)]
struct AuditJson<'a> {
    schema: &'static str,
    tool: ToolJson,
    rows: Vec<RowJson<'a>>,
}

#[derive(Serialize)]
struct ToolJson {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct RowJson<'a> {
    client: String,
    ja4: Option<&'a str>,
    host: &'a str,
    answer: &'static str,
    sessions: SessionsJson,
    ways: &'a BTreeMap<String, u64>,
    issuers: &'a [String],
}

#[derive(Serialize)]
struct SessionsJson {
    refused: u64,
    accepted: u64,
    not_tested: u64,
    not_observable: u64,
    unclear: u64,
}

/// Writes one JSON document.
pub fn write_audit_json(writer: &mut dyn io::Write, rows: &[Row]) -> io::Result<()> {
    let document = AuditJson {
        schema: super::SCHEMA,
        tool: ToolJson { name: "interloper", version: VERSION },
        rows: rows.iter().map(RowJson::from).collect(),
    };
    write_value(writer, &document)
}

impl<'a> From<&'a Row> for RowJson<'a> {
    fn from(row: &'a Row) -> Self {
        Self {
            client: row.client.to_string(),
            ja4: row.ja4.as_deref(),
            host: &row.host,
            answer: row.answer.word(),
            sessions: SessionsJson {
                refused: row.refused,
                accepted: row.accepted,
                not_tested: row.not_tested,
                not_observable: row.not_observable,
                unclear: row.unclear,
            },
            ways: &row.ways,
            issuers: &row.issuers,
        }
    }
}

#[cfg(test)]
mod tests {
    use detect::pins::audit::Answer;

    use super::*;
    use crate::schema::{self, PINS};

    fn row() -> Row {
        Row {
            client: "10.0.0.2".parse().unwrap(),
            ja4: Some("t13d1516h2_8daaf6152771_02713d6af862".into()),
            host: "api.shop.test\u{1b}[31m".into(),
            answer: Answer::Refused,
            refused: 2,
            accepted: 0,
            not_tested: 1,
            not_observable: 0,
            unclear: 0,
            ways: BTreeMap::from([(String::from("alert-48"), 2)]),
            issuers: vec!["CN=mitmproxy".into()],
        }
    }

    #[test]
    fn a_line_for_each_row_and_nothing_that_commands_a_terminal() {
        let mut out = Vec::new();
        write_audit(&mut out, &[row()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("10.0.0.2  t13d1516h2_8daaf6152771_02713d6af862  api.shop.test"));
        assert!(
            line.contains("refused  2 refused, 1 not tested  alert-48 x2; issuer CN=mitmproxy")
        );
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn json_keeps_to_its_schema() {
        for rows in [vec![], vec![row()], vec![Row { ja4: None, ..row() }]] {
            let mut out = Vec::new();
            write_audit_json(&mut out, &rows).unwrap();
            let value = serde_json::from_slice(&out).unwrap();
            assert_eq!(schema::errors(PINS, &value), Vec::<String>::new());
        }
    }
}

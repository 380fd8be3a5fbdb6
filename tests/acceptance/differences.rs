//! The table of explained differences, `differences.tsv`.
//!
//! A row explains one vector that differs, or with `*` several. `class` names a section of
//! `tests/README.md` that says why. A row that explains nothing any more is a failure too: the
//! table must say what is, not what was.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::tsv::Table;
use crate::vector::Vector;

/// One explanation. Cells are compared as text; `*` stands for anything.
#[derive(Clone, Debug)]
struct Row {
    source: String,
    capture: String,
    place: String,
    field: String,
    expected: String,
    ours: String,
    class: String,
}

/// All explanations, and which of them were needed.
#[derive(Debug)]
pub(crate) struct Differences {
    rows: Vec<Row>,
    used: Mutex<BTreeSet<usize>>,
}

impl Differences {
    /// Reads the table beside this file.
    pub(crate) fn load() -> Self {
        let table = Table::parse(include_str!("differences.tsv"));
        let cell = |cell: &str| cell.to_owned();
        let rows = table
            .rows()
            .map(|row| Row {
                source: cell(row["source"]),
                capture: cell(row["capture"]),
                place: cell(row["place"]),
                field: cell(row["field"]),
                expected: cell(row["expected"]),
                ours: cell(row["ours"]),
                class: cell(row["class"]),
            })
            .collect();
        Self { rows, used: Mutex::default() }
    }

    /// The class that explains a difference, if one does.
    pub(crate) fn explain(&self, vector: &Vector, ours: &[String]) -> Option<&str> {
        let cells = cells(vector, ours);
        let (index, row) = self.rows.iter().enumerate().find(|(_, row)| row.covers(&cells))?;
        if let Ok(mut used) = self.used.lock() {
            used.insert(index);
        }
        Some(&row.class)
    }

    /// Rows that explained nothing, of those about this source and what was asked: fields, each of
    /// whole captures (`true`) or of flows and certificates. Recorded numbers ask for less than a
    /// live run.
    pub(crate) fn unused(&self, source: &str, asked: &BTreeSet<(String, bool)>) -> Vec<String> {
        let fields: BTreeSet<&String> = asked.iter().map(|(field, _)| field).collect();
        let used = self.used.lock().map(|used| used.clone()).unwrap_or_default();
        let stale = self.rows.iter().enumerate().filter(|(index, row)| {
            // A row for all fields can only be judged by a run that has several.
            let concerned = match (row.field.as_str(), row.place.as_str()) {
                ("*", _) => fields.len() > 2,
                (_, "*") => fields.contains(&row.field) && asked.iter().any(|(_, whole)| !whole),
                (_, place) => asked.contains(&(row.field.clone(), place == "-")),
            };
            !used.contains(index) && row.source == source && concerned
        });
        stale.map(|(_, row)| row.line()).collect()
    }

    /// The classes that are used, each once.
    pub(crate) fn classes(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.class.as_str()).collect()
    }
}

impl Row {
    fn covers(&self, cells: &[String; 6]) -> bool {
        let mine =
            [&self.source, &self.capture, &self.place, &self.field, &self.expected, &self.ours];
        mine.iter().zip(cells).all(|(pattern, cell)| covers(pattern, cell))
    }

    fn line(&self) -> String {
        let Self { source, capture, place, field, expected, ours, class } = self;
        [source, capture, place, field, expected, ours, class].map(String::as_str).join("\t")
    }
}

/// `*` alone is anything; at an end of a pattern it is any rest.
fn covers(pattern: &str, cell: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(end), _) => cell.ends_with(end),
        (None, Some(start)) => cell.starts_with(start),
        (None, None) => pattern == cell,
    }
}

/// A difference as the first six cells of a row.
pub(crate) fn cells(vector: &Vector, ours: &[String]) -> [String; 6] {
    let joined = |values: &[String]| {
        let mut values: Vec<String> =
            values.iter().map(|value| value.replace(['\t', '\n', '\r'], "\u{fffd}")).collect();
        values.sort();
        if values.is_empty() { String::from("-") } else { values.join(" | ") }
    };
    [
        vector.source.to_owned(),
        vector.capture.clone(),
        vector.place.to_string(),
        vector.field.to_string(),
        joined(&vector.expected),
        joined(ours),
    ]
}

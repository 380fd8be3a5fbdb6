//! Tables of tab-separated values with a header line, as the shared folder keeps them.

use std::collections::HashMap;

/// A table whose cells are asked for by the column's name.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row: cells by column name. A cell that a short row lacks is empty.
pub(crate) type Row<'a> = HashMap<&'a str, &'a str>;

impl Table {
    /// Reads a table; `#` lines and empty lines are skipped.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let columns = lines.next().map(cells).unwrap_or_default();
        Self { columns, rows: lines.map(cells).collect() }
    }

    /// The rows, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| {
            let cells = row.iter().map(String::as_str).chain(std::iter::repeat(""));
            self.columns.iter().map(String::as_str).zip(cells).collect()
        })
    }
}

//! The file that says what is normal.

use std::path::Path;

use detect::baseline::Baseline;

use crate::bounded_file;

/// Largest file that is read: a host takes a few kilobytes.
const MAX_FILE: u64 = 64 << 20;

/// Reads a baseline; without a path, nothing is known.
pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Baseline> {
    let Some(path) = path else { return Ok(Baseline::default()) };
    let text = bounded_file::read_text(path, MAX_FILE)?;
    // A syntax error shows the line over several of its own.
    Baseline::parse(&text).map_err(|error| {
        let error = error.to_string();
        let lines: Vec<_> = error.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        anyhow::anyhow!("{}: {}", path.display(), lines.join(" "))
    })
}

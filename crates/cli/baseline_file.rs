//! The file that says what is normal.

use std::path::Path;

use anyhow::{Context, bail};
use detect::baseline::Baseline;

/// Largest file that is read: a host takes a few kilobytes.
const MAX_FILE: u64 = 64 << 20;

/// Reads a baseline; without a path, nothing is known.
pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Baseline> {
    let Some(path) = path else { return Ok(Baseline::default()) };
    let name = || path.display().to_string();
    let length = std::fs::metadata(path).with_context(name)?.len();
    if length > MAX_FILE {
        bail!("{}: has {length} bytes, more than {MAX_FILE}", name());
    }
    let text = std::fs::read_to_string(path).with_context(name)?;
    // A syntax error shows the line over several of its own.
    Baseline::parse(&text).map_err(|error| {
        let error = error.to_string();
        let lines: Vec<_> = error.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        anyhow::anyhow!("{}: {}", name(), lines.join(" "))
    })
}

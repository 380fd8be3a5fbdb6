//! Writes a report of what is shown; the form goes by the extension.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use detect::Finding;
use report::{Document, text};

use super::Clerk;
use crate::args::Format;
use crate::format::{self, Part};
use crate::new_file;

impl Clerk {
    /// Writes it, under a name that nobody has yet.
    pub(super) fn report(&self, findings: &[Finding], path: &Path) -> anyhow::Result<String> {
        let format = form(path)?;
        let state = self.examined.now();
        let findings: Vec<&Finding> = findings.iter().collect();
        let (inputs, summary) = (&state.inputs, &state.summary);
        let document = Document { inputs, summary, findings: &findings };
        let (file, path) = new_file::create(&self.folder.join(path))?;
        let mut writer = BufWriter::new(file);
        let options = text::Options::default();
        let written = format::write_document(&mut writer, &document, format, options, Part::All);
        let shown = path.display().to_string();
        written.and_then(|()| writer.flush()).with_context(|| shown.clone())?;
        let count = findings.len();
        let noun = if count == 1 { "finding" } else { "findings" };
        let so_far = if state.finished { "" } else { "; the input was not read to its end yet" };
        Ok(format!("{shown}: {count} {noun} written{so_far}"))
    }
}

/// The format that an extension stands for.
fn form(path: &Path) -> anyhow::Result<Format> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("json") => Ok(Format::Json),
        Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
        Some("txt" | "text" | "md") => Ok(Format::Text),
        _ => anyhow::bail!("{}: which form? .txt, .json and .jsonl are known", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use engine::Progress;

    use super::super::testing::{clerk, finding};
    use super::*;

    #[test]
    fn the_extension_says_the_form() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        clerk.examined.begin("a.pcap");
        clerk.examined.progress(&Progress { packets: 4, ..Progress::default() }, None);
        for (name, beginning, input) in [
            ("a.txt", "api.shop.test", None),
            ("a.MD", "api.shop.test", None),
            ("a.json", "{\"schema\":\"interloper/", Some("\"path\":\"a.pcap\"")),
            ("a.jsonl", "{\"type\":\"finding\"", Some("\"path\":\"a.pcap\"")),
        ] {
            let said = clerk.report(&[finding()], Path::new(name)).unwrap();
            assert!(said.ends_with("1 finding written; the input was not read to its end yet"));
            let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(text.starts_with(beginning), "{name}: {text}");
            assert!(input.is_none_or(|input| text.contains(input)), "{name}: {text}");
            assert!(!text.contains('\x1b'), "a file has no colours");
        }
        let said = clerk.report(&[], Path::new("a.txt")).unwrap();
        assert!(said.contains("a-2.txt: 0 findings written"), "{said}");
        for name in ["a", "a.pdf", ".json", ""] {
            assert!(clerk.report(&[], Path::new(name)).is_err(), "{name}");
        }
    }
}

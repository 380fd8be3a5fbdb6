//! Writes the packets of findings as pcapng.

use std::path::{Path, PathBuf};

use anyhow::Context;
use detect::Finding;

use super::Clerk;
use crate::new_file;
use crate::slice::Slice;

impl Clerk {
    /// Writes a slice, under a name that nobody has yet.
    pub(super) fn export(
        &self,
        findings: &[Finding],
        path: Option<&Path>,
    ) -> anyhow::Result<String> {
        let slice = self.packets.with(|place| Slice::gather(place, findings))?;
        let path = self.folder.join(path.map_or_else(|| name(findings), Path::to_owned));
        let (file, path) = new_file::create(&path)?;
        let shown = path.display().to_string();
        slice.write_file(file, &[]).with_context(|| shown.clone())?;
        let lacks = slice.lacks().map(|lacks| format!("; {lacks}")).unwrap_or_default();
        Ok(format!("{shown}: {} packets written{lacks}", slice.len()))
    }
}

/// A name that fits: of several findings, the first.
fn name(findings: &[Finding]) -> PathBuf {
    let id = findings.first().map_or("findings", |finding| &finding.id);
    PathBuf::from(format!("interloper-{id}.pcapng"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clerk, finding};

    #[test]
    fn files_get_a_name_that_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        let mut written = Vec::new();
        for path in [None, None, Some(std::path::Path::new("mine.pcapng"))] {
            let text = clerk.export(&[finding()], path).unwrap();
            written.push(text.strip_prefix(folder.path().to_str().unwrap()).unwrap().to_owned());
        }
        assert_eq!(
            written,
            [
                "/interloper-f-3b1c.pcapng: 4 packets written",
                "/interloper-f-3b1c-2.pcapng: 4 packets written",
                "/mine.pcapng: 4 packets written",
            ]
        );
        let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        assert_eq!(bytes("mine.pcapng"), bytes("interloper-f-3b1c-2.pcapng"));
        let text = String::from_utf8_lossy(&bytes("mine.pcapng")).into_owned();
        assert!(text.contains("interloper: channel/known-interceptor issuer: CN=mitmproxy"));
    }

    #[test]
    fn nothing_is_made_if_there_are_no_packets() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        let before = std::fs::read_dir(folder.path()).unwrap().count();
        assert!(clerk.export(&[], None).is_err());
        let mut far = finding();
        far.first_seen.number = 900;
        far.evidence.clear();
        let error = clerk.export(&[far], None).unwrap_err().to_string();
        assert!(error.contains("read again"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before);
    }
}

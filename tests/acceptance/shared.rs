//! Where the shared captures are, and which there are.
//!
//! They are too big, and partly under licences too different, for this repository. They lie in
//! `../shared` beside it, or where `INTERLOPER_SHARED` points. Without them acceptance fails: a
//! comparison that did not happen must not look like one that succeeded.

use std::path::{Path, PathBuf};

use crate::tsv::Table;

/// The end of a capture's name that is read with its key log.
pub(crate) const WITH_KEYS: &str = "+keys";

/// The folder that holds `captures/` and `lab/`.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    root: PathBuf,
}

impl Shared {
    /// Finds the folder, or says where it was looked for.
    pub(crate) fn find() -> Result<Self, String> {
        let root = std::env::var_os("INTERLOPER_SHARED")
            .map_or_else(|| crate::support::root().join("../shared"), PathBuf::from);
        if root.join("captures/INDEX.tsv").is_file() {
            return Ok(Self { root });
        }
        Err(format!(
            "acceptance needs the shared captures: {} is not there. \
             Set INTERLOPER_SHARED to the folder that holds captures/ and lab/.",
            root.join("captures/INDEX.tsv").display()
        ))
    }

    /// `captures/` and below.
    pub(crate) fn captures(&self) -> PathBuf {
        self.root.join("captures")
    }

    /// `lab/` and below.
    pub(crate) fn lab(&self) -> PathBuf {
        self.root.join("lab")
    }

    /// A file of `captures/` as text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self, relative: impl AsRef<Path>) -> String {
        let path = self.captures().join(relative);
        let bytes = std::fs::read(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Where a capture lies: a path below `captures/`, `lab/<case>/<file>`, or `own/<case>/<file>`
    /// of this repository; with [`WITH_KEYS`] or without.
    pub(crate) fn path(&self, capture: &str) -> PathBuf {
        let capture = capture.strip_suffix(WITH_KEYS).unwrap_or(capture);
        match capture.split_once('/') {
            Some(("lab", rest)) => self.lab().join(rest),
            Some(("own", rest)) => crate::support::root().join("captures").join(rest),
            _ => self.captures().join(capture),
        }
    }

    /// The key log that belongs to a capture whose name ends in [`WITH_KEYS`].
    pub(crate) fn key_log(&self, capture: &str) -> Option<PathBuf> {
        let name = capture.strip_suffix(WITH_KEYS)?;
        let table = Table::parse(&self.text("KEYS.tsv"));
        let listed = table.rows().find(|row| row["capture"] == name);
        match listed {
            Some(row) => Some(self.captures().join(row["key"])),
            None => self.path(capture).parent().map(|case| case.join("keys.log")),
        }
    }

    /// All captures with keys: public ones, the lab's, and this repository's own. Those with a key
    /// log have the mark of that.
    pub(crate) fn keyed(&self) -> Vec<String> {
        let table = Table::parse(&self.text("KEYS.tsv"));
        let embedded = |row: &str| row.starts_with('(');
        let mut captures: Vec<String> = table
            .rows()
            .map(|row| {
                format!("{}{}", row["capture"], if embedded(row["key"]) { "" } else { WITH_KEYS })
            })
            .collect();
        for (root, folder) in
            [("lab", self.lab()), ("own", crate::support::root().join("captures"))]
        {
            for case in sorted(&folder).into_iter().filter(|case| case.join("keys.log").is_file()) {
                let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
                for file in ["capture.pcapng", "phone.pcap", "origin.pcap", "lo.pcap"] {
                    captures.push(format!("{root}/{name}/{file}{WITH_KEYS}"));
                }
                captures.push(format!("{root}/{name}/phone.pcapng"));
            }
        }
        captures.retain(|capture| self.path(capture).is_file());
        captures
    }

    /// All captures of `INDEX.tsv` that are here, in its order.
    pub(crate) fn all(&self) -> Vec<String> {
        let index = Table::parse(&self.text("INDEX.tsv"));
        let files = index.rows().map(|row| row["file"].to_owned());
        files.filter(|file| self.path(file).is_file()).collect()
    }

    /// The captures of `INDEX.tsv` that are here and are said to contain HTTP.
    pub(crate) fn with_http(&self) -> Vec<String> {
        let index = Table::parse(&self.text("INDEX.tsv"));
        let said = |text: &str| text.to_ascii_uppercase().contains("HTTP");
        let rows = index.rows().filter(|row| said(row["contains"]));
        let files = rows.map(|row| row["file"].to_owned());
        files.filter(|file| self.path(file).is_file()).collect()
    }

    /// The files of a folder below `captures/`, sorted by name.
    pub(crate) fn files(&self, folder: &str) -> Vec<PathBuf> {
        sorted(&self.captures().join(folder))
    }

    /// The folders of `lab/` that have an `expected.json`, sorted by name.
    pub(crate) fn lab_cases(&self) -> Vec<PathBuf> {
        let mut cases = sorted(&self.lab());
        cases.retain(|case| case.join("expected.json").is_file());
        cases
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

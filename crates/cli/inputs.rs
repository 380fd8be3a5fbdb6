//! From what the user named to captures: files, directories, standard input.

use std::fs;
use std::path::{Path, PathBuf};

use capture::{FileOptions, Filter, Opened};

use crate::args::PacketArgs;

/// Directories deeper than this below a named one are not entered: no real tree of captures is.
const MAX_DEPTH: usize = 64;

/// Whether this names standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether packets may still come while these are read.
pub(crate) fn is_stream(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| is_stdin(path))
}

/// A capture to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// Its path; `-` is standard input.
    pub(crate) path: PathBuf,
    /// How it got here.
    pub(crate) origin: Origin,
}

/// How a file got on the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// It lies in a directory that the user named: what is no capture is passed over.
    Found,
    /// The user named it.
    Named,
}

/// Opens what `place` says; `None` if it was found in a directory and is no capture.
pub(crate) fn open(place: &Place, options: &FileOptions) -> Result<Option<Opened>, capture::Error> {
    let opened = if is_stdin(&place.path) {
        capture::open_any_stdin(options)
    } else {
        capture::open_any(&place.path, options)
    };
    match (opened, place.origin) {
        // Directories hold all kinds of JSON.
        (Ok(Opened::Har(file)), Origin::Found) if !dissect::har::is_likely(file.head()) => Ok(None),
        (Ok(opened), _) => Ok(Some(opened)),
        (Err(error), Origin::Found) if is_no_capture(&error) => Ok(None),
        (Err(error), _) => Err(error),
    }
}

/// A file of another kind, in contrast to a capture that cannot be read.
const fn is_no_capture(error: &capture::Error) -> bool {
    use capture::Error::{Empty, NotCapture};
    matches!(error, Empty { .. } | NotCapture { .. })
}

/// What the arguments want of a file. Digests are computed only where they are shown.
pub(crate) fn file_options(packets: &PacketArgs, digest: bool) -> FileOptions {
    let filter = packets.capture_filter.clone().map(Filter::new);
    FileOptions { digest, filter, count: packets.count }
}

/// All captures, directories replaced by the regular files in them, sorted by path. Errors name
/// directories that cannot be read.
pub(crate) fn expand(paths: &[PathBuf]) -> (Vec<Place>, Vec<anyhow::Error>) {
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if !is_stdin(path) && path.is_dir() {
            let mut found = Vec::new();
            walk(path, 0, &mut found, &mut errors);
            found.sort();
            let found = found.into_iter();
            places.extend(found.map(|path| Place { path, origin: Origin::Found }));
        } else {
            places.push(Place { path: path.clone(), origin: Origin::Named });
        }
    }
    (places, errors)
}

/// Collects regular files. Links to files are followed, links to directories are not: they may lead
/// back. Pipes and sockets are passed over, for opening them may block.
fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>, errors: &mut Vec<anyhow::Error>) {
    let mut failed = |path: &Path, error| {
        errors.push(anyhow::Error::from(error).context(path.display().to_string()));
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return failed(folder, error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failed(folder, error);
                continue;
            }
        };
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folders.push(path),
            Ok(kind) if kind.is_file() || (kind.is_symlink() && path.is_file()) => found.push(path),
            Ok(_) => {}
            Err(error) => failed(&path, error),
        }
    }
    if depth < MAX_DEPTH {
        for folder in folders {
            walk(&folder, depth.saturating_add(1), found, errors);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An Ethernet pcap without packets.
    const PCAP: [u8; 24] = *b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0";

    #[test]
    fn directories_become_their_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("b")).unwrap();
        for name in ["c.pcap", "a.pcap", "b/z.pcap"] {
            fs::write(root.join(name), PCAP).unwrap();
        }
        let (places, errors) = expand(&[PathBuf::from("-"), root.to_owned()]);
        let names: Vec<String> = places
            .iter()
            .map(|place| place.path.strip_prefix(root).unwrap_or(&place.path).display().to_string())
            .collect();
        assert_eq!(names, ["-", "a.pcap", "b/z.pcap", "c.pcap"]);
        assert_eq!(places[0].origin, Origin::Named);
        assert!(places[1..].iter().all(|place| place.origin == Origin::Found) && errors.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_back_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.pcap"), PCAP).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        std::os::unix::fs::symlink("a.pcap", folder.path().join("b.pcap")).unwrap();
        assert_eq!(expand(&[folder.path().to_owned()]).0.len(), 2);
    }

    #[test]
    fn what_is_no_capture_is_an_error_only_if_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, content: &[u8], origin| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            Place { path, origin }
        };
        let options = FileOptions::default();
        for content in [&b""[..], b"# README\n\nnot a capture at all"] {
            assert!(open(&place("x", content, Origin::Named), &options).is_err());
            assert!(matches!(open(&place("x", content, Origin::Found), &options), Ok(None)));
        }
        for origin in [Origin::Found, Origin::Named] {
            assert!(matches!(open(&place("a.pcap", &PCAP, origin), &options), Ok(Some(_))));
            let har = open(&place("a.har", b"{ \"log\": {", origin), &options);
            assert!(matches!(har, Ok(Some(Opened::Har(_)))));
        }
        let json = |origin| open(&place("a.json", b"{\"a\": 1}", origin), &options);
        assert!(matches!(json(Origin::Found), Ok(None)));
        assert!(matches!(json(Origin::Named), Ok(Some(Opened::Har(_)))));
    }
}

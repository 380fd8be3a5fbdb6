//! Files that are made: under a name that nobody has yet, or in place of one that is there, whole or
//! not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The most names that are tried: whoever has so many files of one finding has lost his way.
const MAX_NAMES: u32 = 1_000;

/// Makes the file at `path`; if there is one, `name-2.extension`, `name-3.extension`, … beside it: no
/// file that is there is touched. Returns which it became.
pub(crate) fn create(path: &Path) -> anyhow::Result<(File, PathBuf)> {
    for number in 1..=MAX_NAMES {
        let path = numbered(path, number);
        match File::create_new(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(anyhow::Error::from(error).context(shown(&path))),
        }
    }
    anyhow::bail!("{}: {MAX_NAMES} such files are there already", shown(path))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let (Some(stem), 2..) = (path.file_stem(), number) else { return path.to_owned() };
    let mut name = stem.to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Puts `bytes` in place of the file at `path`, if there is one: whoever reads it meanwhile, and whoever
/// looks after the power failed, sees all of the old or all of the new. A link is followed, so that it
/// stays one; the permissions stay too.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    replaced(path, bytes).map_err(|error| anyhow::Error::from(error).context(shown(path)))
}

fn replaced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let mut beside = OsString::from(".");
    beside.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let result = written(&beside, &path, bytes);
    if result.is_err() {
        // It may never have been made.
        let _ = std::fs::remove_file(&beside);
    }
    result
}

fn written(beside: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(beside)?;
    if let Ok(metadata) = path.metadata() {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

/// A path for people.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    #[test]
    fn no_file_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        for (name, expected) in [
            ("a.b.txt", ["a.b.txt", "a.b-2.txt", "a.b-3.txt"]),
            ("plain", ["plain", "plain-2", "plain-3"]),
            (".hidden", [".hidden", ".hidden-2", ".hidden-3"]),
        ] {
            for expected in expected {
                let (mut file, path) = create(&folder.path().join(name)).unwrap();
                file.write_all(expected.as_bytes()).unwrap();
                assert_eq!(path, folder.path().join(expected));
            }
            for expected in expected {
                let text = std::fs::read_to_string(folder.path().join(expected)).unwrap();
                assert_eq!(text, expected);
            }
        }
        assert!(create(&folder.path().join("none/a")).is_err());
        assert!(create(Path::new("")).is_err());
        assert!(create(&folder.path().join("..")).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for text in ["first", "2"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["a"]);
        assert!(replace(&folder.path().join("none/a"), b"x").is_err());
        assert!(replace(folder.path(), b"x").is_err(), "a directory");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
}

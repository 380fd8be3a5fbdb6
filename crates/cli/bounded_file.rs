//! Files that the command line names and that are read whole: trust roots, key logs, baselines, pins,
//! policies. Somebody who names a capture by mistake gets an error and keeps his memory.

use std::path::Path;

use anyhow::{Context, bail};

/// The content of a file of `most` bytes at the most. Errors name the file.
pub(crate) fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let name = || path.display().to_string();
    let length = std::fs::metadata(path).with_context(name)?.len();
    if length > most {
        bail!("{}: has {length} bytes, more than {most}", name());
    }
    std::fs::read(path).with_context(name)
}

/// The same of a text.
pub(crate) fn read_text(path: &Path, most: u64) -> anyhow::Result<String> {
    String::from_utf8(read(path, most)?).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "12345").unwrap();
        assert_eq!(read_text(file.path(), 5).unwrap(), "12345");
        let error = read(file.path(), 4).unwrap_err().to_string();
        assert_eq!(error, format!("{}: has 5 bytes, more than 4", file.path().display()));
        std::fs::write(file.path(), [0xff]).unwrap();
        assert!(read_text(file.path(), 5).is_err());
        assert!(read(Path::new("no/such/file"), 5).is_err());
    }
}

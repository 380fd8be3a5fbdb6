//! Where results go: standard output, or a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A buffered writer for results. A reader that went away (`| head`) is no error: the rest is
/// discarded quietly, and [`Self::is_closed`] says that nobody wants more.
pub(crate) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    name: String,
    closed: bool,
    failure: Option<io::Error>,
}

impl Output {
    /// Standard output, or the file at `path`, which must not be one of `inputs`: opening it would
    /// erase the capture before it is read.
    pub(crate) fn open(path: Option<&Path>, inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::new(Box::new(io::stdout()), "standard output"));
        };
        let same = |input: &PathBuf| match (input.canonicalize(), path.canonicalize()) {
            (Ok(input), Ok(output)) => input == output,
            _ => false,
        };
        if inputs.iter().any(same) {
            anyhow::bail!("{}: is an input and cannot be the output too", path.display());
        }
        let file = File::create(path).with_context(|| path.display().to_string())?;
        Ok(Self::new(Box::new(file), &path.display().to_string()))
    }

    fn new(writer: Box<dyn Write>, name: &str) -> Self {
        Self { writer: BufWriter::new(writer), name: name.to_owned(), closed: false, failure: None }
    }

    /// Writes, unless nobody wants more. The first failure is kept for [`Self::finish`].
    pub(crate) fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.closed {
            return;
        }
        let result = write(&mut self.writer);
        self.note(result);
    }

    /// Hands on what is buffered, for those who read along.
    pub(crate) fn flush(&mut self) {
        if !self.closed {
            let result = self.writer.flush();
            self.note(result);
        }
    }

    /// Whether writing more is in vain.
    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Flushes, and says what went wrong.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush();
        match self.failure {
            Some(failure) => Err(anyhow::Error::from(failure).context(self.name)),
            None => Ok(()),
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        let Err(error) = result else { return };
        self.closed = true;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failure = Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written_to(writer: impl Write + 'static) -> (bool, anyhow::Result<()>) {
        let mut output = Output::new(Box::new(writer), "a file");
        output.write(|writer| writer.write_all(b"text"));
        output.flush();
        (output.is_closed(), output.finish())
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let (closed, result) = written_to(Broken(io::ErrorKind::BrokenPipe));
        assert!(closed && result.is_ok());
    }

    #[test]
    fn a_full_disk_is() {
        let (closed, result) = written_to(Broken(io::ErrorKind::StorageFull));
        assert!(closed && format!("{:#}", result.unwrap_err()).starts_with("a file: "));
        let (closed, result) = written_to(Vec::new());
        assert!(!closed && result.is_ok());
    }

    #[test]
    fn an_input_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (input, other) = (folder.path().join("in.pcap"), folder.path().join("out"));
        std::fs::write(&input, "packets").unwrap();
        assert!(Output::open(Some(&input), std::slice::from_ref(&input)).is_err());
        assert_eq!(std::fs::read(&input).unwrap(), b"packets");
        assert!(Output::open(Some(&other), &[input]).is_ok());
    }
}

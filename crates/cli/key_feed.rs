//! Key logs that grow: followed as `tail -F` follows them.
//!
//! A program writes its secrets while it makes connections, so a live run reads on what is added.
//! A log may not be there yet, may be replaced by another file (rotation) or cut to nothing and
//! written anew. A line counts once its end was written, or once nothing was written for a while.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use dissect::tls::KeyLog;
use engine::KeyFeed;

/// Most bytes that are read of a file at a time: a block of packets must not wait long.
const MOST_AT_ONCE: u64 = 8 << 20;

/// Longest line; all that are of use have less than 300 bytes. The rest of a longer one is passed
/// over.
const LONGEST_LINE: usize = 4096;

/// How long after the last write a line without an end counts.
const QUIET: Duration = Duration::from_secs(1);

/// The files are looked at no more often than this, however fast packets come.
const PACE: Duration = Duration::from_millis(20);

/// Of all of Unix that runs libpcap, `O_NONBLOCK` of Linux and of the BSDs with macOS.
const NONBLOCK: i32 =
    if cfg!(any(target_os = "linux", target_os = "android")) { 0o4000 } else { 4 };

/// Several logs.
#[derive(Debug)]
pub(crate) struct Feed {
    logs: Vec<Followed>,
    last: Option<Instant>,
}

impl Feed {
    /// Follows these files from their beginnings.
    pub(crate) fn new(paths: &[PathBuf]) -> Self {
        Self { logs: paths.iter().map(|path| Followed::new(path)).collect(), last: None }
    }

    /// What all of them hold by now.
    pub(crate) fn so_far(&mut self) -> KeyLog {
        let mut log = KeyLog::default();
        loop {
            let lines = self.read();
            if lines.is_empty() {
                return log;
            }
            log.read(&lines);
        }
    }

    fn read(&mut self) -> Vec<u8> {
        let mut lines = Vec::new();
        for log in &mut self.logs {
            log.read(&mut lines);
        }
        lines
    }
}

impl KeyFeed for Feed {
    fn more(&mut self) -> Vec<u8> {
        if self.last.is_some_and(|last| last.elapsed() < PACE) {
            return Vec::new();
        }
        self.last = Some(Instant::now());
        self.read()
    }
}

/// One log.
#[derive(Debug)]
struct Followed {
    path: PathBuf,
    file: Option<File>,
    /// Of a line whose end was not yet read.
    begun: Vec<u8>,
    /// The rest of a line is passed over.
    skipping: bool,
}

impl Followed {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, begun: Vec::new(), skipping: false }
    }

    /// Appends the lines that are new. A log that cannot be read now may be readable later.
    fn read(&mut self, lines: &mut Vec<u8>) {
        if let Some(mut file) = self.file.take() {
            let goes_on = self.read_file(&mut file, lines);
            if goes_on && !self.is_replaced(&file) {
                self.file = Some(file);
                return;
            }
            // What was written to the old file between the two looks belongs to it.
            self.read_file(&mut file, lines);
            self.take_begun(lines);
        }
        // Without waiting for a writer, should it be a named pipe.
        let Ok(mut file) = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&self.path)
        else {
            return;
        };
        if self.read_file(&mut file, lines) {
            self.file = Some(file);
        }
    }

    /// Whether the path leads to another file now.
    fn is_replaced(&self, file: &File) -> bool {
        let identity = |metadata: io::Result<Metadata>| {
            metadata.map(|metadata| (metadata.dev(), metadata.ino())).ok()
        };
        // A file that was moved away and has no successor yet is followed on.
        let now = identity(std::fs::metadata(&self.path));
        now.is_some() && now != identity(file.metadata())
    }

    /// Reads what is new of a file. False if it can be read no more.
    fn read_file(&mut self, file: &mut File, lines: &mut Vec<u8>) -> bool {
        let Ok(metadata) = file.metadata() else { return false };
        let regular = metadata.is_file();
        if !regular && !metadata.file_type().is_fifo() {
            return false;
        }
        if regular && file.stream_position().is_ok_and(|position| position > metadata.len()) {
            // It was cut and is written anew.
            self.take_begun(lines);
            if file.rewind().is_err() {
                return false;
            }
        }
        let mut new = Vec::new();
        match file.by_ref().take(MOST_AT_ONCE).read_to_end(&mut new) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
        self.add(&new, lines);
        let quiet = |modified: SystemTime| modified.elapsed().is_ok_and(|since| since >= QUIET);
        let at_end = file.stream_position().is_ok_and(|position| position == metadata.len());
        if regular && at_end && metadata.modified().is_ok_and(quiet) {
            self.take_begun(lines);
        }
        true
    }

    fn add(&mut self, new: &[u8], lines: &mut Vec<u8>) {
        for piece in new.split_inclusive(|byte| *byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            if self.begun.len().saturating_add(piece.len()) > LONGEST_LINE {
                self.begun.clear();
                self.skipping = true;
            }
            if !self.skipping {
                self.begun.extend(piece);
            }
            if ends {
                lines.append(&mut self.begun);
                self.skipping = false;
            }
        }
    }

    /// No more of the line that was begun will come.
    fn take_begun(&mut self, lines: &mut Vec<u8>) {
        if !self.begun.is_empty() {
            lines.append(&mut self.begun);
            lines.push(b'\n');
        }
        self.skipping = false;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    struct Log {
        folder: tempfile::TempDir,
        followed: Followed,
    }

    impl Log {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let followed = Followed::new(&folder.path().join("keys.log"));
            Self { folder, followed }
        }

        fn append(&self, text: &str) {
            let mut options = OpenOptions::new();
            let mut file = options.append(true).create(true).open(&self.followed.path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn read(&mut self) -> String {
            let mut lines = Vec::new();
            self.followed.read(&mut lines);
            String::from_utf8(lines).unwrap()
        }

        /// As if the last write were long ago.
        fn age(&self) {
            let file = File::options().append(true).open(&self.followed.path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
    }

    #[test]
    fn a_log_is_waited_for_and_read_line_by_line() {
        let mut log = Log::new();
        assert_eq!(log.read(), "");
        log.append("one\ntw");
        assert_eq!(log.read(), "one\n");
        assert_eq!(log.read(), "", "the second line has no end yet");
        log.append("o\nthree\n");
        assert_eq!(log.read(), "two\nthree\n");
        log.append("four");
        assert_eq!(log.read(), "");
        log.age();
        assert_eq!((log.read(), log.read()), ("four\n".into(), String::new()));
    }

    #[test]
    fn a_log_that_was_finished_long_ago_is_whole_at_once() {
        let mut log = Log::new();
        log.append("one\ntwo");
        log.age();
        assert_eq!(log.read(), "one\ntwo\n");
    }

    #[test]
    fn a_log_is_replaced_or_cut() {
        let mut log = Log::new();
        log.append("one\n");
        assert_eq!(log.read(), "one\n");
        std::fs::rename(&log.followed.path, log.folder.path().join("keys.log.1")).unwrap();
        let mut old = OpenOptions::new();
        let mut old = old.append(true).open(log.folder.path().join("keys.log.1")).unwrap();
        old.write_all(b"two\n").unwrap();
        assert_eq!(log.read(), "two\n", "without a successor, it is followed on");
        old.write_all(b"three").unwrap();
        log.append("four\n");
        assert_eq!(log.read(), "three\nfour\n");
        std::fs::write(&log.followed.path, "5\n").unwrap();
        assert_eq!(log.read(), "5\n", "cut, and written anew");
    }

    #[test]
    fn long_lines_are_passed_over() {
        let mut log = Log::new();
        log.append(&"x".repeat(LONGEST_LINE + 1));
        assert_eq!(log.read(), "");
        assert!(log.followed.begun.is_empty());
        log.append("rest\nnext\n");
        assert_eq!(log.read(), "next\n");
    }

    #[test]
    fn what_is_no_log_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut lines = Vec::new();
        Followed::new(folder.path()).read(&mut lines);
        Followed::new(Path::new("/dev/zero")).read(&mut lines);
        assert!(lines.is_empty());
        let mut feed = Feed::new(&[folder.path().join("none")]);
        assert!(feed.more().is_empty() && feed.more().is_empty());
    }
}

//! Key logs: files in the format of `SSLKEYLOGFILE`. Nothing of what is in them is ever written.

use std::sync::Arc;

use dissect::tls::KeyLog;
use engine::KeyFeed;

use crate::args::KeyArgs;
use crate::key_feed::Feed;
use crate::{bounded_file, message};

/// Largest file that is read: a log of a million connections.
const MAX_FILE: u64 = 1 << 30;

/// What the logs hold now, and where more of it comes from.
type Opened = (Option<Arc<KeyLog>>, Option<Box<dyn KeyFeed>>);

/// The logs of the arguments: read once, or followed if packets are `live`. Followed ones need not
/// exist yet.
pub(crate) fn open(args: &KeyArgs, live: bool) -> anyhow::Result<Opened> {
    if args.keylog.is_empty() || !live {
        return Ok((log(args)?, None));
    }
    for path in args.keylog.iter().filter(|path| !path.exists()) {
        message::note(&format!("{}: is not there yet; waiting for it", path.display()));
    }
    let mut feed = Feed::new(&args.keylog);
    let log = feed.so_far();
    if log.bad_lines() > 0 {
        let bad = log.bad_lines();
        message::note(&format!("lines that are not of a key log, passed over: {bad}"));
    }
    Ok((Some(Arc::new(log)), Some(Box::new(feed))))
}

/// All logs as one; `None` if none was named. A log that does not exist is an error, one that says
/// nothing is worth a note: the program that should have written it may not know the variable.
fn log(args: &KeyArgs) -> anyhow::Result<Option<Arc<KeyLog>>> {
    if args.keylog.is_empty() {
        return Ok(None);
    }
    let mut log = KeyLog::default();
    for path in &args.keylog {
        let before = (log.bad_lines(), log.dropped());
        let secrets = log.len();
        log.read(&bounded_file::read(path, MAX_FILE)?);
        let bad = log.bad_lines().saturating_sub(before.0);
        let dropped = log.dropped().saturating_sub(before.1);
        let note = |text: &str| message::note(&format!("{}: {text}", path.display()));
        if bad > 0 {
            note(&format!("lines that are not of a key log, passed over: {bad}"));
        }
        if dropped > 0 {
            note(&format!("secrets beyond what is kept, passed over: {dropped}"));
        }
        if secrets == 0 && log.is_empty() {
            note("holds no secret");
        }
    }
    Ok(Some(Arc::new(log)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn several_files_make_one_log() {
        let line = |random: &str| {
            format!("CLIENT_RANDOM {} {}\nnot a line\n", random.repeat(32), "cc".repeat(48))
        };
        let (one, two) = (file(&line("aa")), file(&line("bb")));
        let keylog = vec![one.path().to_owned(), two.path().to_owned()];
        let log = log(&KeyArgs { keylog }).unwrap().unwrap();
        assert_eq!((log.len(), log.bad_lines()), (2, 2));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        assert!(log(&KeyArgs { keylog: Vec::new() }).unwrap().is_none());
        let keylog = vec!["no/such/keys.log".into()];
        let error = format!("{:#}", log(&KeyArgs { keylog }).unwrap_err());
        assert!(error.starts_with("no/such/keys.log: "), "{error}");
        let empty = file("");
        let keylog = vec![empty.path().to_owned()];
        assert!(log(&KeyArgs { keylog }).unwrap().unwrap().is_empty());
    }
}

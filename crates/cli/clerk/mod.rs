//! Does what the user of the terminal UI asks of the world outside: files, the clipboard, packets, the
//! pace of a replay. One file for each kind of job.
//!
//! The clerk is a thread of its own, so that neither keys nor packets wait for a disk. Jobs are done
//! one after the other, in the order in which they were asked for; it ends when the UI does, with
//! what was asked for done.

mod accept;
mod copy;
mod examined;
mod export;
mod pace;
mod packets;
mod report;
mod suppress;

#[cfg(test)]
mod testing;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use dissect::Timestamp;
use engine::Pace;
use tui::{Answer, Ask, Update};

pub(crate) use examined::Examined;
pub(crate) use pace::engine_speed;
pub(crate) use packets::{Packets, Recents};

pub(crate) use copy::Desktop;

/// What the jobs need.
pub(crate) struct Clerk {
    /// Where files without another folder are made.
    pub(crate) folder: PathBuf,
    /// The baseline that is continued; it need not exist yet.
    pub(crate) baseline: PathBuf,
    /// The policy that is added to; it need not exist yet.
    pub(crate) policy: PathBuf,
    /// Certificates (DER) that the user trusts.
    pub(crate) roots: Vec<Vec<u8>>,
    /// Certificate Transparency logs that the user knows.
    pub(crate) log_ids: Vec<[u8; 32]>,
    /// Where the bytes of packets are.
    pub(crate) packets: Packets,
    /// What was read so far.
    pub(crate) examined: Examined,
    /// The control of the replay, if it is one.
    pub(crate) pace: Option<Pace>,
    /// What day it is.
    pub(crate) now: fn() -> Timestamp,
    /// The desktop's clipboard.
    pub(crate) desktop: Desktop,
}

impl Clerk {
    /// Waits for wishes, does them, and says what came of each.
    pub(crate) fn start(
        mut self,
        asks: Receiver<Ask>,
        answers: SyncSender<Update>,
    ) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new().name("clerk".into()).spawn(move || {
            for ask in asks {
                if let Some(answer) = self.answer(&ask) {
                    // Without a UI there is nobody to tell, but the next wish may be to write a file.
                    let _ = answers.send(Update::Answer(answer));
                }
            }
        })
    }

    /// Does one job; `None` if there is nothing to say of it.
    fn answer(&mut self, ask: &Ask) -> Option<Answer> {
        let done = match ask {
            Ask::Accept { sessions, about } => self.accept(sessions, about),
            Ask::Copy(text) => {
                // The UI sends it to the terminal as well, and says so.
                self.desktop.copy(text);
                return None;
            }
            Ask::Export { findings, path } => self.export(findings, path.as_deref()),
            Ask::Packets { numbers } => return Some(self.packets.answer(numbers)),
            Ask::Pace(pacing) => {
                return Some(self.set_pace(*pacing).unwrap_or_else(|error| failed(&error)));
            }
            Ask::Report { findings, path } => self.report(findings, path),
            Ask::Suppress { finding, whole_rule, reason } => {
                let done = self.suppress(finding, *whole_rule, reason);
                return Some(done.map_or_else(|error| failed(&error), Answer::Suppressed));
            }
        };
        Some(done.map_or_else(|error| failed(&error), Answer::Done))
    }
}

/// What is said of a job that could not be done.
fn failed(error: &anyhow::Error) -> Answer {
    Answer::Failed(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, sync_channel};

    use super::testing::{clerk, finding};
    use super::*;

    #[test]
    fn wishes_are_fulfilled_in_order_until_the_ui_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (wish, asks) = channel();
        let (answers, inbox) = sync_channel(8);
        let thread = clerk(folder.path()).start(asks, answers).unwrap();
        let report =
            |name: &str| Ask::Report { findings: vec![finding()], path: folder.path().join(name) };
        for name in ["a.json", "a.exe"] {
            wish.send(report(name)).unwrap();
        }
        let answer = |update| match update {
            Ok(Update::Answer(answer)) => answer,
            other => unreachable!("{other:?}"),
        };
        assert!(matches!(answer(inbox.recv()), Answer::Done(text) if text.contains("a.json")));
        assert!(matches!(answer(inbox.recv()), Answer::Failed(text) if text.contains("a.exe")));
        drop(inbox);
        wish.send(report("last.txt")).unwrap();
        drop(wish);
        thread.join().unwrap();
        assert!(
            folder.path().join("last.txt").exists(),
            "nobody hears of it, but it was asked for"
        );
    }
}

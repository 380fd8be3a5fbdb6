//! Takes sessions into the baseline: the user says that this is normal.
//!
//! They are learned as `interloper learn --accept-untrusted` would: whoever accepts has looked at the
//! certificates. The file is written again as a whole, in the same form, so comments in it are lost, as
//! they are when `learn` continues a baseline.

use std::sync::Arc;

use detect::Trust;
use detect::baseline::{Acceptance, Baseline, Learner};
use dissect::{Fact, PacketRef, Record, RecordOrder, Stage};
use tui::outside::Told;

use super::Clerk;
use crate::{baseline_file, new_file};

impl Clerk {
    /// Learns the sessions, and says what is new.
    pub(super) fn accept(&self, sessions: &[Told], about: &str) -> anyhow::Result<String> {
        let path = self.folder.join(&self.baseline);
        let known = match path.exists() {
            true => baseline_file::read(Some(&path))?,
            false => Baseline::default(),
        };
        let before = Counts::of(&known);
        let trust = Trust::new(self.roots.clone(), self.log_ids.clone());
        let (learned, is_full) = learned(known.clone(), trust, sessions);
        if learned.hosts == known.hosts && learned.apps == known.apps {
            let nothing = match Counts::of(&known).hosts {
                0 => "nothing that could be learned was seen",
                _ => {
                    "nothing new: it is in the baseline, or nothing that could be learned was seen"
                }
            };
            anyhow::bail!("{about}: {nothing}");
        }
        new_file::replace(&path, learned.to_text().as_bytes())?;
        let new = Counts::of(&learned).since(&before);
        let full = if is_full { "; it is full, not all had room" } else { "" };
        Ok(format!("{} (--baseline): {about} is known as normal: {new}{full}", path.display()))
    }
}

/// What is known after these sessions, and whether there was more than a baseline holds.
fn learned(known: Baseline, trust: Trust, sessions: &[Told]) -> (Baseline, bool) {
    let mut learner = Learner::new(known, trust, Acceptance::Untrusted, None);
    for (session, flow) in sessions {
        learner.observe(&Record {
            order: RecordOrder::default(),
            packet: PacketRef::default(),
            flow: flow.clone(),
            fact: Fact::Session(Stage::Ended, Arc::clone(session)),
        });
    }
    let is_full = learner.is_full();
    (learner.finish(), is_full)
}

/// How much a baseline knows.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hosts: usize,
    issuers: usize,
    keys: usize,
    clients: usize,
    answers: usize,
}

impl Counts {
    fn of(baseline: &Baseline) -> Self {
        let mut counts = Self { hosts: baseline.hosts.len(), ..Self::default() };
        for host in baseline.hosts.values() {
            let issuers = host.issuers.len().saturating_add(host.private_issuers.len());
            let answers = host.clients.iter().map(|client| client.answers.len());
            counts.issuers = counts.issuers.saturating_add(issuers);
            counts.keys = counts.keys.saturating_add(host.leaf_pins.len());
            counts.clients = counts.clients.saturating_add(host.clients.len());
            counts.answers = answers.fold(counts.answers, usize::saturating_add);
        }
        counts
    }

    /// What is new, in words.
    fn since(&self, before: &Self) -> String {
        let kinds = [
            (self.hosts, before.hosts, "host"),
            (self.issuers, before.issuers, "issuer"),
            (self.keys, before.keys, "key"),
            (self.clients, before.clients, "client"),
            (self.answers, before.answers, "answer"),
        ];
        let new = kinds.iter().filter_map(|(now, before, noun)| {
            let count = now.saturating_sub(*before);
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {noun}{plural}"))
        });
        match new.collect::<Vec<_>>().join(", ") {
            nothing if nothing.is_empty() => String::from("other details"),
            new => format!("{new} new"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clerk, sessions};
    use super::*;

    #[test]
    fn what_was_accepted_is_in_the_file_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.toml");
        let clerk = clerk(folder.path());
        let sessions = sessions();
        let said = clerk.accept(&sessions[..1], "api.shop.test").unwrap();
        assert!(said.starts_with(&format!("{} (--baseline): api.shop.test", path.display())));
        assert!(said.contains("is known as normal: 1 host, 1 issuer, 1 key, "), "{said}");
        let baseline = baseline_file::read(Some(&path)).unwrap();
        let host = baseline.host("api.shop.test").unwrap();
        assert_eq!(host.private_issuers.iter().collect::<Vec<_>>(), ["CN=mitmproxy, O=mitmproxy"]);
        let text = std::fs::read_to_string(&path).unwrap();
        let error = clerk.accept(&sessions[..1], "api.shop.test").unwrap_err().to_string();
        assert!(error.contains("nothing new"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_broken_baseline_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.toml");
        std::fs::write(&path, "mine, but no baseline").unwrap();
        let clerk = clerk(folder.path());
        let error = format!("{:#}", clerk.accept(&sessions(), "x").unwrap_err());
        assert!(error.contains("baseline.toml"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine, but no baseline");
    }

    #[test]
    fn nothing_to_learn_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let clerk = clerk(folder.path());
        assert!(clerk.accept(&[], "x").unwrap_err().to_string().contains("nothing"));
        assert!(!folder.path().join("baseline.toml").exists());
    }
}

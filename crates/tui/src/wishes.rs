//! What the user wants of the world outside: packets, files, the clipboard, another pace. And what
//! comes back.

use std::path::PathBuf;
use std::sync::Arc;

use detect::Finding;

use crate::app::State;
use crate::effect::Effect;
use crate::list::{Id, Table};
use crate::outside::{Answer, Ask, Pacing, Speed, Told};
use crate::parts::{Bytes, Overlay, Question};
use crate::prompt::{Prompt, Purpose};
use crate::screen::{Target, View};
use crate::views;

/// Most sessions that are taken into the baseline at once.
const MAX_ACCEPTED: usize = 1000;

/// Most findings that are exported at once.
const MAX_EXPORTED: usize = 1000;

/// Speeds that one goes through, in tenths; beyond them it is as fast as can be.
const SPEEDS: [u16; 9] = [1, 2, 5, 10, 20, 50, 100, 1000, 10_000];

impl State {
    /// What comes back.
    pub(crate) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Done(text) => self.say(text, false),
            Answer::Failed(text) => self.say(text, true),
            Answer::Suppressed(text) => {
                if let Some((id, whole_rule)) = self.suppressing.take() {
                    self.store.findings.suppress(&id, whole_rule);
                }
                self.say(text, false);
            }
            Answer::Packets { packets, numbers, missing } => {
                let why = missing.unwrap_or_else(|| String::from("it is not in the capture"));
                self.keep_packets(
                    numbers.into_iter().map(|number| (number, Bytes::Missing(why.clone()))),
                );
                let here = packets.into_iter().map(|packet| (packet.number, Bytes::Here(packet)));
                self.keep_packets(here);
            }
            Answer::Paused(paused) => {
                if let Some(replay) = &mut self.replay {
                    replay.paused = paused;
                }
            }
        }
    }

    /// Asks for the bytes that a page shows, unless they are here.
    pub(crate) fn want_packets(&mut self, target: &Target) -> Option<Effect> {
        let Target::Packet { numbers, nth } = target else { return None };
        let wanted = *numbers.get(*nth)?;
        if matches!(self.packets.get(&wanted), Some(Bytes::Asked | Bytes::Here(_))) {
            return None;
        }
        // Its neighbours are looked at next.
        let near = numbers.iter().skip(nth.saturating_sub(8)).take(17).copied();
        let here = |number: &u64| matches!(self.packets.get(number), Some(Bytes::Here(_)));
        let mut numbers: Vec<u64> = near.filter(|number| !here(number)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.keep_packets(numbers.iter().map(|number| (*number, Bytes::Asked)));
        Some(Effect::Ask(Ask::Packets { numbers }))
    }

    /// The finding that is selected or shown, and whether all of its rule and host are meant.
    fn finding_meant(&self) -> Option<(&Finding, bool)> {
        let findings = &self.store.findings;
        match self.pages.last().map(|page| &page.target) {
            Some(Target::Finding(entry) | Target::SessionOf(entry)) => {
                Some((findings.get(*entry)?, false))
            }
            Some(_) => None,
            None if self.view == View::Findings => {
                let group = findings.item(self.lists.selected(&self.store, View::Findings)?)?;
                Some((findings.worst_of(group)?, true))
            }
            None => None,
        }
    }

    /// The findings whose packets are to be written: the marked ones, or the one that is meant.
    fn findings_meant(&self) -> Vec<Finding> {
        let findings = &self.store.findings;
        let marks = self.lists.findings.marks();
        let of = |ids: &mut dyn Iterator<Item = Id>| -> Vec<Finding> {
            let groups = ids.filter_map(|id| findings.item(id));
            let members = groups.flat_map(|group| findings.members(group));
            members.map(|(_, finding)| finding.clone()).take(MAX_EXPORTED).collect()
        };
        if !self.pages.is_empty() {
            return self.finding_meant().map(|(finding, _)| finding.clone()).into_iter().collect();
        }
        if marks.is_empty() {
            return of(&mut self.lists.selected(&self.store, View::Findings).into_iter());
        }
        of(&mut marks.iter().copied())
    }

    /// Asks where packets are to be written.
    pub(crate) fn prompt_export(&mut self) {
        let findings = self.findings_meant();
        let Some(first) = findings.first() else { return self.complain("select a finding first") };
        let path = format!("interloper-{}.pcapng", first.id);
        self.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Export, path)));
    }

    /// Asks where a report is to be written.
    pub(crate) fn prompt_report(&mut self) {
        let path = String::from("interloper-report.txt");
        self.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Report, path)));
    }

    /// Asks why something is to be left out from now on.
    pub(crate) fn prompt_suppress(&mut self) {
        if self.finding_meant().is_none() {
            return self.complain("select a finding first");
        }
        self.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Suppress, String::new())));
    }

    /// Writes the packets of what is meant.
    pub(crate) fn export(&mut self, path: &str) -> Option<Effect> {
        let findings = self.findings_meant();
        if findings.is_empty() {
            self.complain("select a finding first");
            return None;
        }
        let path = Some(path.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        Some(Effect::Ask(Ask::Export { findings, path }))
    }

    /// Writes a report of what the list of findings shows.
    pub(crate) fn report(&mut self, path: &str) -> Option<Effect> {
        let path = path.trim();
        if path.is_empty() {
            self.complain("a report needs a file to be written to");
            return None;
        }
        let list = &self.lists.findings;
        let groups = (0..list.len()).filter_map(|row| self.store.findings.item(list.at_row(row)?));
        let members = groups.flat_map(|group| self.store.findings.members(group));
        let mut findings: Vec<Finding> = members.map(|(_, finding)| finding.clone()).collect();
        findings.sort_by(|one, other| one.rank().cmp(&other.rank()));
        Some(Effect::Ask(Ask::Report { findings, path: PathBuf::from(path) }))
    }

    /// Leaves such findings out from now on.
    pub(crate) fn suppress(&mut self, reason: &str) -> Option<Effect> {
        if reason.trim().is_empty() {
            self.complain("a suppression needs a reason");
            return None;
        }
        let (finding, whole_rule) = self.finding_meant()?;
        let (finding, reason) = (Box::new(finding.clone()), reason.trim().to_owned());
        self.suppressing = Some((finding.id.clone(), whole_rule));
        Some(Effect::Ask(Ask::Suppress { finding, whole_rule, reason }))
    }

    /// Whose sessions are meant when something is accepted as normal.
    fn acceptable(&self) -> Option<Target> {
        let host_of = |finding: &Finding| self.store.hosts.find(&finding.subject.label());
        match self.pages.last().map(|page| &page.target) {
            Some(Target::Finding(entry) | Target::SessionOf(entry)) => {
                host_of(self.store.findings.get(*entry)?).map(Target::Host)
            }
            Some(target @ (Target::Host(_) | Target::Session(_))) => Some(target.clone()),
            Some(Target::Chains { host, .. }) => Some(Target::Host(*host)),
            Some(_) => None,
            None => {
                let id = self.lists.selected(&self.store, self.view)?;
                match self.view {
                    View::Findings => {
                        let group = self.store.findings.item(id)?;
                        self.store.hosts.find(&group.host).map(Target::Host)
                    }
                    View::Hosts => Some(Target::Host(id)),
                    View::Sessions => Some(Target::Session(id)),
                    _ => None,
                }
            }
        }
    }

    /// Asks whether something is normal.
    pub(crate) fn ask_accept(&mut self) -> Option<Effect> {
        match self.acceptable().map(|what| self.sessions_of(&what)) {
            Some((about, sessions)) => {
                self.overlay = Some(Overlay::Confirm(Question::Accept { about, sessions }));
            }
            None => self.complain("select a finding, a host or a session first"),
        }
        None
    }

    /// The name of a host, or of that of a session, and the sessions that are kept of it.
    fn sessions_of(&self, what: &Target) -> (String, Vec<Told>) {
        let sessions = &self.store.sessions;
        let whole = |id: Id| {
            let row = sessions.item(id)?;
            Some((Arc::clone(row.session.as_ref()?), row.flow.clone()))
        };
        match what {
            Target::Session(id) => {
                let host = sessions.item(*id).map(|row| row.host.to_string());
                (host.unwrap_or_default(), whole(*id).into_iter().collect())
            }
            Target::Host(host) => {
                let name = self.store.hosts.item(*host).map(|host| host.name.to_string());
                let of_host =
                    |id: &Id| sessions.item(*id).is_some_and(|row| row.host_id == Some(*host));
                let ids = (0..sessions.end()).filter(of_host);
                (name.unwrap_or_default(), ids.filter_map(whole).take(MAX_ACCEPTED).collect())
            }
            _ => (String::new(), Vec::new()),
        }
    }

    /// Takes it into the baseline.
    pub(crate) fn accept(&mut self, about: String, sessions: Vec<Told>) -> Option<Effect> {
        if sessions.is_empty() {
            self.complain(format!("no session of {about} is kept"));
            return None;
        }
        Some(Effect::Ask(Ask::Accept { sessions, about }))
    }

    /// Copies what is selected or shown.
    pub(crate) fn copy(&mut self) -> Option<Effect> {
        let text = views::as_text(self)?;
        self.message = Some(crate::parts::Message { text: String::from("copied"), failed: false });
        Some(Effect::Copy(text))
    }

    /// Stops a replay, or goes on.
    pub(crate) fn pause(&mut self) -> Option<Effect> {
        let Some(replay) = &mut self.replay else { return self.no_replay() };
        replay.paused = !replay.paused;
        let pacing = if replay.paused { Pacing::Pause } else { Pacing::Resume };
        Some(Effect::Ask(Ask::Pace(pacing)))
    }

    /// Goes on to the next finding.
    pub(crate) fn step_to_finding(&mut self) -> Option<Effect> {
        let Some(replay) = &mut self.replay else { return self.no_replay() };
        replay.paused = false;
        Some(Effect::Ask(Ask::Pace(Pacing::Step)))
    }

    /// Replays faster or slower.
    pub(crate) fn change_speed(&mut self, faster: bool) -> Option<Effect> {
        let Some(replay) = self.replay else { return self.no_replay() };
        let speed = match (replay.speed, faster) {
            (Speed::Max, true) => Speed::Max,
            (Speed::Max, false) => SPEEDS.last().map_or(Speed::Max, |most| Speed::Tenths(*most)),
            (Speed::Tenths(now), true) => {
                let next = SPEEDS.iter().find(|speed| **speed > now);
                next.map_or(Speed::Max, |next| Speed::Tenths(*next))
            }
            (Speed::Tenths(now), false) => {
                let before = SPEEDS.iter().rev().find(|speed| **speed < now);
                before.map_or(replay.speed, |before| Speed::Tenths(*before))
            }
        };
        self.set_speed(speed)
    }

    /// Replays at this speed.
    pub(crate) fn set_speed(&mut self, speed: Speed) -> Option<Effect> {
        let Some(replay) = &mut self.replay else { return self.no_replay() };
        replay.speed = speed;
        replay.paused = false;
        Some(Effect::Ask(Ask::Pace(Pacing::Speed(speed))))
    }

    fn no_replay(&mut self) -> Option<Effect> {
        self.complain("nothing is replayed: start with --pace 1x");
        None
    }
}

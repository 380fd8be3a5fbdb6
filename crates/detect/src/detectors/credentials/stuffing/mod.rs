//! `credentials/stuffing`: somebody tries lists of users and passwords.
//!
//! ```text
//! mod.rs      the rule, and what is counted
//! scope.rs    what logins have in common, and how many are too many
//! tests.rs    tables
//! ```

mod scope;
#[cfg(test)]
mod tests;

use dissect::{Record, Timestamp};

use super::guesses::{Tally, Waiting};
use crate::call::Call;
use crate::call::login::{Login, LoginKind, LoginResult};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

use scope::{Key, Scope};

pub(crate) static RULE: Rule = Rule {
    id: "credentials/stuffing",
    title: "User names and passwords tried from a list",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-307",
        "OWASP API2:2023",
        "OWASP OAT-008",
        "ATT&CK T1110.004",
        "ATT&CK T1110.003",
    ],
    explanation: "Many different users logged in from one place, or with one program from many \
        places, and nearly all of them were refused. That is how lists of users and passwords \
        that were stolen elsewhere are tried: each is tried once, and the few that are let in \
        have used the same password twice. With one password for all users it is called password \
        spraying.",
    evidence: "How many logins of how many users there were, how many of them were refused, how \
        fast they came, the first and the last of them, and those that were accepted: these \
        accounts are the attacker's now, and the finding is critical. Users stand there as a few digits of a digest.",
    false_positives: "Load tests and monitoring with made-up users. A server that refuses every \
        login for a while, to an office or an operator's gateway with many users behind one \
        address. An importer or a single sign-on gateway that checks users for another system.",
    fix: "Lock the accounts that were accepted, end their sessions and have the passwords changed. \
        Limit logins by address, by fingerprint of the client and over all of the host, ask for a \
        second factor or a proof of work when they rise, refuse passwords that are in known \
        leaks, and answer a wrong user and a wrong password alike.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::EXCHANGE, build: || Box::new(Stuffing::default()) };

/// Most programs, machines and hosts that are counted.
const MAX_TALLIES: usize = 20_000;
/// Seconds after which one that tried nothing is forgotten.
const LIFETIME: i64 = 21_600;
/// So many users for each password are sprayed.
const SPRAYED: usize = 4;

/// Logins of many users.
struct Stuffing {
    tallies: Table<Key, Tally>,
    /// Those whose finding waits.
    waiting: Vec<Waits>,
}

/// A finding that waits, and what else would say the same.
struct Waits {
    key: Key,
    /// Program and host that it is part of.
    parents: [Key; 3],
    due: Timestamp,
}

impl Default for Stuffing {
    fn default() -> Self {
        Self { tallies: Table::new(MAX_TALLIES, LIFETIME), waiting: Vec::new() }
    }
}

impl Detector for Stuffing {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        if !self.waiting.is_empty() {
            self.say(Some(record.packet.timestamp), record.packet.timestamp, scene);
        }
        let Some(call) = scene.call else { return };
        let Some(login) = call.login().filter(|login| login.kind != LoginKind::Code) else {
            return;
        };
        if login.result != LoginResult::Unknown {
            self.count(call, login, scene);
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        let last = self.waiting.iter().map(|waits| waits.due).max();
        if let Some(last) = last {
            self.say(None, last, scene);
        }
        *self = Self::default();
    }
}

impl Stuffing {
    fn count(&mut self, call: &Call<'_>, login: &Login, scene: &mut Scene<'_>) {
        let now = call.answered_at();
        let keys = scope::keys(call);
        let mut is_said = false;
        for key in keys {
            let tally = self.tallies.entry(key, now, Tally::new);
            tally.expire(now, key.0.window());
            tally.add(call, login, login.user.short(), login.password.short());
            if tally.raised {
                if !is_said && login.result == LoginResult::Refused {
                    let waiting = Waiting::on(call, login);
                    scene.sightings.push(sighting(key, tally, *waiting));
                }
                is_said = true;
            } else if tally.waiting.is_none() && key.0.is_clear(tally) {
                let waiting = Waiting::on(call, login);
                self.waiting.push(Waits { key, parents: keys, due: waiting.due });
                tally.waiting = Some(waiting);
            }
        }
    }

    /// Says what has waited until then, the most telling first; without a time, all.
    fn say(&mut self, until: Option<Timestamp>, now: Timestamp, scene: &mut Scene<'_>) {
        // They wait in the order of their packets.
        let first = self.waiting.first().map(|waits| waits.due);
        if until.zip(first).is_some_and(|(until, first)| first > until) {
            return;
        }
        let is_due = |waits: &Waits| until.is_none_or(|until| waits.due <= until);
        let (mut due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(is_due);
        self.waiting = later;
        due.sort_by_key(|waits| (waits.key.0, waits.due));
        for waits in due {
            let is_part = waits.parents.iter().any(|parent| {
                let said = *parent != waits.key
                    && self.tallies.find(parent, now).is_some_and(|tally| tally.raised);
                said && parent.0 <= waits.key.0
            });
            let is_host = waits.key.0 == Scope::Host;
            let said_of_host =
                is_host && scene.sightings.iter().any(|said| said.rule.id == RULE.id);
            let Some(tally) = self.tallies.find(&waits.key, now) else { continue };
            let Some(waiting) = tally.waiting.take() else { continue };
            if !waits.key.0.is_clear(tally) || is_part || said_of_host {
                continue;
            }
            tally.raised = true;
            scene.sightings.push(sighting(waits.key, tally, *waiting));
        }
    }
}

fn sighting((scope, digest): Key, tally: &Tally, waiting: Waiting) -> Sighting {
    let mut subject = waiting.subject;
    if scope != Scope::Source {
        subject.client = None;
        subject.flow = None;
    }
    let is_sprayed = tally.others().saturating_mul(SPRAYED) <= tally.tried();
    let mut evidence = tally.evidence("users");
    if is_sprayed {
        let sprayed = match tally.others() {
            1 => String::from("one password for all users: password spraying"),
            more => format!("{more} passwords for all users: password spraying"),
        };
        evidence.extend(evidence.first().cloned().map(|first| crate::finding::Evidence {
            fact: "passwords",
            value: sprayed,
            ..first
        }));
    }
    evidence.extend(waiting.evidence);
    let title = format!(
        "{} tried {} users at {}: {} never got in, {} did",
        capital(scope.origin()),
        tally.tried(),
        subject.label(),
        tally.refused(),
        tally.taken()
    );
    let key = match scope {
        Scope::Host => String::from("host"),
        Scope::Fingerprint => format!("fingerprint {digest:016x}"),
        Scope::Source => format!("source {digest:016x}"),
    };
    // Of one client, what was accepted is the attacker's too.
    let is_open = scope == Scope::Source && tally.taken() > 0;
    let draft = Draft {
        key,
        confidence: scope.confidence(),
        title,
        evidence,
        alternatives: alternatives(&[
            "a load test, or monitoring with made-up users",
            "a server that refused everybody for a while",
        ]),
    };
    let mut sighting = draft.about(&RULE, subject, waiting.packet);
    if is_open {
        sighting.severity = Severity::Critical;
    }
    sighting
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

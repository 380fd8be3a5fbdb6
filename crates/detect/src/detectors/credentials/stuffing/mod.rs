//! `credentials/stuffing`: one after the other, stolen user names and passwords are tried.
//!
//! Counted by who tries: one machine, one program from many addresses, or anybody at a host. A place
//! with many users is told apart by its results: most of them get in.

#[cfg(test)]
mod tests;

use dissect::Record;

use super::attempts::{Attempts, number};
use crate::call::Call;
use crate::call::login::{LoginKind, LoginResult};
use crate::call::quote::quote;
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "credentials/stuffing",
    title: "Many user names are tried, and most are refused",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges],
    references: &[
        "OAT-008",
        "OWASP API2:2023",
        "CWE-307",
        "CWE-521",
        "ATT&CK T1110.004",
        "ATT&CK T1110.003",
    ],
    explanation: "Passwords that were stolen elsewhere are tried here, for people use them more than \
        once: one user name after the other, each with its password, and most of them are refused. Or \
        one common password is tried with many names (spraying). It comes from one machine, or from one \
        program behind many addresses. Whoever is let in among them has lost the account: that is a \
        finding of its own, and critical.",
    evidence: "The first attempt and the one that made it clear, with packets and statuses; how many \
        different names, passwords and addresses; how many were refused and accepted. Names and \
        passwords are not quoted.",
    false_positives: "A load test of logins with invented users. An identity provider or gateway that logs \
        many users in from one address after their passwords were reset or their server was changed. A \
        crowd behind one address is told apart: most of its logins succeed.",
    fix: "Lock the accounts that were opened, and end their sessions. Limit failed logins for each \
        address, program and account, demand a second factor or a proof that the app is genuine before \
        the password is even looked at, refuse passwords that are known to be stolen, and tell the \
        users.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(Stuffing::default()) };

/// Refused users of one machine: a family, or a person with many accounts, has fewer.
const MIN_USERS: usize = 10;
/// Refused users, and addresses, of one program that is everywhere.
const MIN_USERS_OF_PROGRAM: usize = 20;
const MIN_ADDRESSES: usize = 3;
/// The same for everybody at a host.
const MIN_USERS_OF_HOST: usize = 50;
const MIN_ADDRESSES_OF_HOST: usize = 10;
/// Most sources that are watched.
const MAX_SOURCES: usize = 1 << 16;
/// Seconds without an attempt after which a source is forgotten.
const LIFETIME: i64 = 3_600;

struct Stuffing {
    sources: Table<Digest, Attempts>,
}

impl Default for Stuffing {
    fn default() -> Self {
        Self { sources: Table::new(MAX_SOURCES, LIFETIME) }
    }
}

/// Who tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Who {
    Host,
    Machine,
    Program,
}

impl Detector for Stuffing {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let Some(login) = call.login().filter(|login| login.kind != LoginKind::Code) else {
            return;
        };
        let mut told = false;
        for who in [Who::Machine, Who::Program, Who::Host] {
            let Some(key) = who.key(call) else { continue };
            let attempts = self.sources.entry(key, call.answered_at(), Attempts::default);
            attempts.add(call, login);
            // One attack is one finding: what a machine is told of is not told of its program.
            if told || !who.is_clear(attempts) {
                continue;
            }
            told = true;
            if login.result != LoginResult::Accepted {
                scene.sightings.push(raise(call, who, attempts));
            }
            scene.sightings.extend(opened(call, who, attempts, login.result));
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl Who {
    /// What its attempts are counted by; `None` where it cannot be told.
    fn key(self, call: &Call<'_>) -> Option<Digest> {
        let host = call.host()?;
        let source = call.source();
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let program = || {
            let identity = &source.identity;
            format!(
                "{}\n{}\n{}",
                text(&identity.ja4),
                text(&identity.http2),
                text(&source.user_agent)
            )
        };
        let (kind, who) = match self {
            Self::Machine => {
                ("machine", source.client.map(|client| client.to_string()).unwrap_or_default())
            }
            // Without addresses there is but one machine.
            Self::Program => ("program", source.client.map(|_| program())?),
            Self::Host => ("host", source.client.map(|_| String::new())?),
        };
        Some(Digest::of([kind.as_bytes(), host.as_bytes(), who.as_bytes()]))
    }

    fn is_clear(self, attempts: &Attempts) -> bool {
        let (users, addresses) = match self {
            Self::Machine => (MIN_USERS, 0),
            Self::Program => (MIN_USERS_OF_PROGRAM, MIN_ADDRESSES),
            Self::Host => (MIN_USERS_OF_HOST, MIN_ADDRESSES_OF_HOST),
        };
        attempts.users.len() >= users
            && attempts.addresses.len() >= addresses
            && attempts.is_mostly_refused()
    }

    const fn confidence(self) -> Confidence {
        match self {
            Self::Host => Confidence::Possible,
            Self::Machine | Self::Program => Confidence::Likely,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Host => "from many addresses",
            Self::Machine => "by one client",
            Self::Program => "by one program behind many addresses",
        }
    }
}

fn raise(call: &Call<'_>, who: Who, attempts: &Attempts) -> Sighting {
    let mut evidence = attempts.evidence(call);
    evidence.push(call.asked("users", format!("{} refused", number(&attempts.users))));
    let spraying = attempts.passwords.len().saturating_mul(5) <= attempts.users.len();
    evidence.push(call.asked("passwords", number(&attempts.passwords)));
    if who != Who::Machine {
        evidence.push(call.asked("addresses", number(&attempts.addresses)));
    }
    let what =
        if spraying { "A few passwords were tried with" } else { "Passwords were tried for" };
    let title = format!("{what} many users of {} {}, mostly in vain", call.label(), who.words());
    about(call, who, String::from(who.words()), title, evidence, RULE.severity)
}

/// A login that was accepted among those that were refused.
fn opened(call: &Call<'_>, who: Who, attempts: &Attempts, now: LoginResult) -> Option<Sighting> {
    let first = attempts.opened?;
    let is_news = now == LoginResult::Accepted || attempts.users.len() == min_users(who);
    let mut evidence = vec![quote(first, "accepted-login", "among those that were refused")];
    if now == LoginResult::Accepted {
        evidence.push(call.request_line());
        evidence.extend(call.status());
    }
    let title = format!("Accounts of {} were opened by somebody who tries passwords", call.label());
    let key = format!("opened\n{}", who.words());
    is_news.then(|| about(call, who, key, title, evidence, Severity::Critical))
}

const fn min_users(who: Who) -> usize {
    match who {
        Who::Machine => MIN_USERS,
        Who::Program => MIN_USERS_OF_PROGRAM,
        Who::Host => MIN_USERS_OF_HOST,
    }
}

fn about(
    call: &Call<'_>,
    who: Who,
    key: String,
    title: String,
    evidence: Vec<crate::finding::Evidence>,
    severity: Severity,
) -> Sighting {
    let draft = Draft {
        key,
        confidence: who.confidence(),
        title,
        evidence,
        alternatives: alternatives(&[
            "a load test with invented users",
            "a gateway that logs many users in from one address, after their passwords were changed",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = severity;
    if who != Who::Machine {
        // It is about all of them.
        sighting.subject.client = None;
        sighting.subject.flow = None;
    }
    sighting
}

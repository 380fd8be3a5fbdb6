//! `credentials/brute-force`: somebody guesses the password, or the code, of one user.

use dissect::{Record, Timestamp};

use super::guesses::{Tally, Waiting};
use crate::call::login::{LoginKind, LoginResult};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "credentials/brute-force",
    title: "Passwords or codes of one user guessed",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges],
    references: &["CWE-307", "OWASP API2:2023", "OWASP OAT-007", "ATT&CK T1110.001"],
    explanation: "One user was tried with many different passwords or one-time codes, and nearly \
        all of them were refused. A person mistypes a password a few times and then asks for \
        another; who goes on is guessing. A code of six digits falls within hours where nobody \
        counts the attempts.",
    evidence: "How many different passwords or codes were tried, how many were refused, how fast \
        they came and from how many places, the first and the last of them, and one that was \
        accepted. The user stands there as a few digits of a digest.",
    false_positives: "A test of the login. A script that hashes the same password anew for each \
        attempt. A person who tries every password that comes to mind.",
    fix: "If one was accepted, end the user's sessions and have the password changed. Count failed \
        attempts by user and not by address only, slow them down, and void a one-time code after \
        a few wrong ones. Tell the user of failed attempts, and ask for a second factor.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(BruteForce::default()),
};

/// Most users that are counted, of those who were refused at all.
const MAX_USERS: usize = 50_000;
/// Seconds for which guesses are counted together.
const WINDOW: i64 = 21_600;
/// Guesses that a person does not make in one go.
const GUESSES: usize = 15;
/// Guesses that are enough where no person could type them so fast.
const FAST_GUESSES: usize = 8;
/// Nanoseconds from one to the next that a person needs at least, to read the refusal and to type
/// another password.
const TYPED: i64 = 3_000_000_000;

/// Logins of one user.
struct BruteForce {
    users: Table<u64, Tally>,
    /// Users whose finding waits, and until when.
    waiting: Vec<(u64, Timestamp)>,
}

impl Default for BruteForce {
    fn default() -> Self {
        Self { users: Table::new(MAX_USERS, WINDOW), waiting: Vec::new() }
    }
}

impl Detector for BruteForce {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        // They wait in the order of their packets.
        let first = self.waiting.first().map(|(_, due)| *due);
        if first.is_some_and(|due| due <= record.packet.timestamp) {
            self.say(record.packet.timestamp, false, scene);
        }
        let Some(call) = scene.call else { return };
        let Some(login) = call.login() else { return };
        let key = Digest::of([call.label().as_bytes(), login.user.id().as_bytes()]).short()
            ^ login.user.short();
        let now = call.answered_at();
        // Who was never refused is nobody to be counted.
        let tally = match login.result {
            LoginResult::Refused => self.users.entry(key, now, Tally::new),
            LoginResult::Accepted => match self.users.find(&key, now) {
                Some(tally) => tally,
                None => return,
            },
            LoginResult::Unknown => return,
        };
        tally.expire(now, WINDOW);
        let is_new = tally.add(call, login, login.password.short(), login.user.short());
        if tally.raised {
            if is_new && login.result == LoginResult::Refused {
                let waiting = Waiting::on(call, login);
                scene.sightings.push(sighting(key, tally, *waiting));
            }
        } else if tally.waiting.is_none() && is_clear(tally) {
            let mut waiting = Waiting::on(call, login);
            let what = match login.kind {
                LoginKind::Code => "one-time codes",
                LoginKind::Basic | LoginKind::Password => "passwords",
            };
            waiting.evidence.push(call.asked("guessed", format!("{what} of {}", login.user.id())));
            self.waiting.push((key, waiting.due));
            tally.waiting = Some(waiting);
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        if let Some(last) = self.waiting.iter().map(|(_, due)| *due).max() {
            self.say(last, true, scene);
        }
        *self = Self::default();
    }
}

impl BruteForce {
    fn say(&mut self, now: Timestamp, all: bool, scene: &mut Scene<'_>) {
        let users = &mut self.users;
        self.waiting.retain(|(key, due)| {
            if !all && *due > now {
                return true;
            }
            let Some(tally) = users.find(key, now) else { return false };
            if let Some(waiting) = tally.waiting.take()
                && is_clear(tally)
            {
                tally.raised = true;
                scene.sightings.push(sighting(*key, tally, *waiting));
            }
            false
        });
    }
}

/// Whether nobody types so many, or so fast.
fn is_clear(tally: &Tally) -> bool {
    let refused = tally.refused();
    let pauses = i64::try_from(tally.attempts().saturating_sub(1)).unwrap_or(i64::MAX);
    let is_fast = tally.duration() <= pauses.saturating_mul(TYPED);
    let enough = if is_fast { FAST_GUESSES } else { GUESSES };
    refused >= enough && refused >= tally.taken().saturating_mul(4)
}

fn sighting(key: u64, tally: &Tally, waiting: Waiting) -> Sighting {
    let mut subject = waiting.subject;
    if tally.sources() > 1 {
        subject.client = None;
        subject.flow = None;
    }
    let mut evidence = tally.evidence("passwords or codes of one user");
    evidence.extend(waiting.evidence);
    let end = match tally.taken() {
        0 => "none got in",
        _ => "in the end one got in",
    };
    let title = format!(
        "{} passwords or codes of one user were tried at {}: {end}",
        tally.tried(),
        subject.label()
    );
    let draft = Draft {
        key: format!("user {key:016x}"),
        confidence: Confidence::Likely,
        title,
        evidence,
        alternatives: alternatives(&[
            "a test of the login",
            "a person who tries every password that comes to mind",
        ]),
    };
    draft.about(&RULE, subject, waiting.packet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::asked;

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    /// Logins with these passwords, with that many seconds between, answered like this.
    #[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
    fn raised(
        logins: impl Iterator<Item = (String, u16)>,
        path: &str,
        pause: i64,
    ) -> Vec<Sighting> {
        let records: Vec<Record> = logins
            .enumerate()
            .map(|(at, (body, status))| {
                let (at, number) = (i64::try_from(at).unwrap(), 4 + 2 * u64::try_from(at).unwrap());
                let url = format!("http://a.test{path}");
                let login = asked("POST", &url, &[JSON], &body).answer(status, &[], "");
                login.after(at * pause).in_packets(number, number + 1).record()
            })
            .collect();
        sightings(&mut BruteForce::default(), &Known::default(), &records)
    }

    fn login(password: usize) -> String {
        format!(r#"{{"email": "me@a.test", "password": "secret{password}"}}"#)
    }

    #[test]
    fn guesses_are_raised_once_and_tell_what_got_in() {
        for (count, pause) in [(8, 0), (9, 2), (15, 60), (40, 0)] {
            let logins = (0..count).map(|at| (login(at), 401));
            let found = raised(logins.chain([(login(999), 200)]), "/login", pause);
            let keys: std::collections::BTreeSet<_> = found.iter().map(|it| &it.key).collect();
            assert_eq!(keys.len(), 1, "{count} {pause}");
            let facts: Vec<_> = found[0].evidence.iter().map(|it| it.fact).collect();
            assert_eq!(facts.contains(&"accepted"), pause < 60 || count < 15, "{count} {facts:?}");
            assert!(found[0].evidence.iter().all(|it| !it.value.contains("secret")));
        }
        let locked = (0..12).map(|at| (login(at), if at < 5 { 401 } else { 429 }));
        assert_eq!(raised(locked, "/login", 1).len(), 1);
        let codes = |at| format!(r#"{{"session": "s-1234", "code": "{:06}"}}"#, 100 + at);
        assert_eq!(raised((0..20).map(|at| (codes(at), 400)), "/otp/verify", 0).len(), 1);
    }

    #[test]
    fn people_and_stale_passwords_are_not() {
        let typed = (0..6).map(|at| (login(at), 401)).chain([(login(7), 200)]);
        assert!(raised(typed, "/login", 4).is_empty());
        assert!(raised((0..100).map(|_| (login(1), 401)), "/login", 1).is_empty(), "stale");
        assert!(raised((0..12).map(|at| (login(at), 401)), "/login", 20).is_empty(), "slow");
        assert!(raised((0..100).map(|at| (login(at), 401)), "/register", 1).is_empty());
        assert!(raised((0..100).map(|at| (login(at), 503)), "/login", 1).is_empty());
    }
}

//! `credentials/brute-force`: the password or code of one user is guessed.

use dissect::Record;

use super::attempts::{Attempts, number};
use crate::call::login::{LoginKind, LoginResult};
use crate::detector::{Detector, Registration, Scene};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "credentials/brute-force",
    title: "The password or code of one user is guessed",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges],
    references: &["OAT-007", "OWASP API2:2023", "CWE-307", "ATT&CK T1110.001"],
    explanation: "Many different passwords, or many different codes, were tried for one user, and refused. \
        Nobody forgets so many. Codes of four to six digits are few: without a limit some thousand \
        requests open the account, whatever the password.",
    evidence: "The first guess and the one that made it clear, with packets and statuses; how many \
        different passwords or codes; from how many addresses. Neither the user nor the guesses are \
        quoted.",
    false_positives: "A user who tries all passwords that he ever had. A program that keeps a wrong password \
        and repeats it is told apart: it is always the same one.",
    fix: "Count failed attempts for each account, whatever the address, and slow down or lock after a few; \
        let a code die after three to five wrong ones; tell the user. Look at what the account did \
        after the guess that was accepted, if there was one.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(BruteForce::default()) };

/// Different passwords: people try the five or six that they know.
const MIN_PASSWORDS: usize = 10;
/// Different codes: people read them, and mistype a digit.
const MIN_CODES: usize = 8;
/// Most users whose failed logins are counted.
const MAX_USERS: usize = 1 << 16;
/// Seconds without a failed login after which a user is forgotten: slow guessing takes hours.
const LIFETIME: i64 = 6 * 3_600;

struct BruteForce {
    users: Table<Digest, Attempts>,
}

impl Default for BruteForce {
    fn default() -> Self {
        Self { users: Table::new(MAX_USERS, LIFETIME) }
    }
}

impl Detector for BruteForce {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let (Some(login), Some(host)) = (call.login(), call.host()) else { return };
        let is_code = login.kind == LoginKind::Code;
        let (word, least) =
            if is_code { ("codes", MIN_CODES) } else { ("passwords", MIN_PASSWORDS) };
        let key = Digest::of([host.as_bytes(), word.as_bytes(), login.user.bytes()]);
        if login.result == LoginResult::Accepted {
            // A user who got in is nobody that is guessed at, unless he had been before.
            let guessed = self.users.find(&key, call.answered_at());
            if guessed.is_none_or(|attempts| attempts.passwords.len() < least) {
                return;
            }
        }
        let attempts = self.users.entry(key, call.answered_at(), Attempts::default);
        attempts.add(call, login);
        if attempts.passwords.len() < least {
            return;
        }
        let mut evidence = attempts.evidence(call);
        evidence.push(call.asked(word, format!("{} different", number(&attempts.passwords))));
        evidence.push(call.asked("addresses", number(&attempts.addresses)));
        evidence.push(call.asked("user", login.user.id()));
        let is_open = login.result == LoginResult::Accepted;
        let end = if is_open { ", and one was accepted" } else { "" };
        let draft = Draft {
            key: format!("{word}\n{}\n{is_open}", login.user.hex()),
            confidence: Confidence::Likely,
            title: format!("Many {word} were tried for one user of {}{end}", call.label()),
            evidence,
            alternatives: alternatives(&["a user who does not remember", "a test of the login"]),
        };
        let mut sighting = draft.on(&RULE, call);
        if is_open {
            sighting.severity = Severity::Critical;
        }
        // It is about the user, wherever the guesses come from.
        sighting.subject.client = None;
        sighting.subject.flow = None;
        scene.sightings.push(sighting);
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, asked};

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    fn attempt(body: &str, status: u16) -> Exchange {
        asked("POST", "http://a.test/login", &[JSON], body).answer(status, &[], "")
    }

    fn guess(password: usize, status: u16) -> Exchange {
        attempt(&format!(r#"{{"email": "me@a.test", "password": "hunter{password}"}}"#), status)
    }

    fn raised(attempts: impl Iterator<Item = Exchange>) -> Vec<(String, Severity)> {
        let records: Vec<_> = attempts.map(Exchange::record).collect();
        let found = sightings(&mut BruteForce::default(), &Known::default(), &records);
        let mut all: Vec<_> = found.into_iter().map(|one| (one.title, one.severity)).collect();
        all.dedup();
        all
    }

    #[test]
    fn passwords_and_codes_of_one_user() {
        let found = raised((0..20).map(|password| guess(password, 401)));
        assert_eq!(
            found,
            [("Many passwords were tried for one user of a.test".into(), Severity::High)]
        );
        let code = |code: usize| {
            attempt(&format!(r#"{{"phone": "+491700000000", "otp": "{code:06}"}}"#), 403)
        };
        assert!(raised((0..20).map(code))[0].0.starts_with("Many codes"));
        let opened = raised((0..20).map(|at| guess(at, if at == 19 { 200 } else { 429 })));
        assert_eq!(opened.last().unwrap().1, Severity::Critical);
    }

    #[test]
    fn a_typing_error_and_a_stale_password_are_not() {
        let typo = (0..5).map(|at| guess(at, if at == 4 { 200 } else { 401 }));
        assert!(raised(typo).is_empty());
        assert!(raised((0..50).map(|_| guess(1, 401))).is_empty());
        assert!(raised((0..50).map(|at| guess(at, 200))).is_empty());
        assert!(raised((0..50).map(|at| guess(at, 503))).is_empty());
    }
}

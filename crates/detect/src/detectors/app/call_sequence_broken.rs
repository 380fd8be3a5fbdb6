//! `app/call-sequence-broken`: a client logs in or uses the API without what the app does first.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dissect::Record;

use super::known;
use crate::call::Call;
use crate::call::quote::shortened;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "app/call-sequence-broken",
    title: "Calls without those that the app makes first",
    severity: Severity::Medium,
    surface: Surface::App,
    needs: &[Need::Exchanges, Need::Baseline],
    references: &["OWASP API6:2023", "OAT-008", "CWE-841"],
    explanation: "Whenever the genuine app made this call in the captures that were learned, it had \
        made others before: it fetched its configuration, registered the device, proved its \
        integrity. This client made none of them. Scripts call what they want and nothing else. \
        Only apps that were named when they were learned (learn --app) are compared, and only calls \
        that were learned at least twice.",
    evidence: "The call, the calls that always came before it, and in how many runs of the app that \
        was learned.",
    false_positives: "An app that was started before the capture, or that keeps its configuration for \
        days and needs none of these calls today; another version of the app; a part of the app that \
        runs in the background on its own.",
    fix: "Let the server ask for the proof that the first calls give: bind the login to the \
        attestation and the registered device, and refuse calls without. Learn the baseline again \
        when the app changes.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(CallSequenceBroken::default()),
};

/// Runs that must have been learned: one alone shows what happened, not what always happens.
const MIN_RUNS: u32 = 2;
/// Most clients that are followed.
const MAX_CLIENTS: usize = 100_000;
/// Seconds for which a client's calls are remembered: an app may run for days.
const LIFETIME: i64 = 2 * 86_400;
/// Most routes of a client that are remembered.
const MAX_ROUTES: usize = 64;

/// What every client asked for so far.
struct CallSequenceBroken {
    clients: Table<(Option<IpAddr>, Digest), Client>,
}

/// A client of an app's hosts.
struct Client {
    /// Its first connection was seen from its beginning.
    whole: bool,
    routes: BTreeSet<u64>,
}

impl Default for CallSequenceBroken {
    fn default() -> Self {
        Self { clients: Table::new(MAX_CLIENTS, LIFETIME) }
    }
}

impl Detector for CallSequenceBroken {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some((call, host)) = scene.call.and_then(|call| Some((call, call.host()?))) else {
            return;
        };
        for (name, app) in known::of_host(&scene.known.baseline, host) {
            if app.calls.is_empty() || !known::is_name(name, app) {
                continue;
            }
            let key = (call.client(), Digest::text(name));
            let client = self.clients.entry(key, call.answered_at(), || Client {
                whole: is_whole(call),
                routes: BTreeSet::new(),
            });
            let route = call.route();
            if let Some(learned) = app.calls.get(route).filter(|_| client.whole)
                && learned.runs >= MIN_RUNS
                && !learned.before.is_empty()
            {
                let seen = |route: &String| client.routes.contains(&digest(route));
                if !learned.before.iter().any(seen) {
                    scene.sightings.push(raise(call, name, route, &learned.before, learned.runs));
                }
            }
            if client.routes.len() < MAX_ROUTES {
                client.routes.insert(digest(route));
            }
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

fn digest(route: &str) -> u64 {
    Digest::text(route).short()
}

/// Whether the connection was seen from its beginning, as far as that can be seen.
fn is_whole(call: &Call<'_>) -> bool {
    let connection = &call.exchange.connection;
    let hello = |session: &std::sync::Arc<dissect::Session>| session.client_hello.is_some();
    connection.told.is_some()
        || connection.tcp.syn.is_some()
        || connection.session.as_ref().is_some_and(hello)
}

fn raise(
    call: &Call<'_>,
    app: &str,
    route: &str,
    before: &BTreeSet<String>,
    runs: u32,
) -> Sighting {
    let login = call.login().is_some();
    let mut evidence = vec![call.request_line()];
    evidence.extend(call.status());
    evidence.extend(before.iter().take(8).map(|route| {
        let value = format!("{} came before in all {runs} runs of {app}", shortened(route));
        Evidence { packets: Vec::new(), fact: "baseline", value }
    }));
    let draft = Draft {
        key: format!("{app}\n{route}"),
        // An app that runs already has no reason to log in, but every reason to go on.
        confidence: if login { Confidence::Likely } else { Confidence::Possible },
        title: format!(
            "{} was called without any of the calls that {app} makes first: {}",
            call.label(),
            shortened(route)
        ),
        evidence,
        alternatives: alternatives(&[
            "the app was running before the capture began",
            "another version of the app, or a part of it that works on its own",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    if !login {
        sighting.severity = Severity::Low;
    }
    sighting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::baseline::{App, Sequence};
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::asked;

    const JSON: (&str, &str) = ("Content-Type", "application/json");
    const LOGIN: &str = r#"{"user": "me", "password": "hunter2"}"#;

    fn known(runs: u32) -> Known {
        let before = ["GET api.shop.test /v1/config".to_owned()].into();
        let calls = [("POST api.shop.test /v2/login".to_owned(), Sequence { runs, before })];
        let app = App {
            hosts: ["api.shop.test".to_owned()].into(),
            calls: calls.into(),
            ..App::default()
        };
        let mut known = Known::default();
        known.baseline.apps.insert("shop".into(), app);
        known
    }

    fn get(path: &str) -> Record {
        let url = format!("http://api.shop.test{path}");
        asked("GET", &url, &[], "").decrypted().answer(200, &[], "").record()
    }

    fn login() -> Record {
        let login = asked("POST", "http://api.shop.test/v2/login", &[JSON], LOGIN);
        login.decrypted().answer(200, &[], "").record()
    }

    fn raised(known: &Known, records: &[Record]) -> Vec<Sighting> {
        sightings(&mut CallSequenceBroken::default(), known, records)
    }

    #[test]
    fn a_login_out_of_the_blue_is_raised() {
        let found = raised(&known(2), &[get("/v1/feed"), login()]);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Medium));
        assert!(found[0].evidence.iter().any(|piece| piece.value.contains("/v1/config")));
    }

    #[test]
    fn the_app_itself_is_not() {
        assert!(raised(&known(2), &[get("/v1/config"), login()]).is_empty());
        assert!(raised(&known(2), &[get("/v1/other")]).is_empty());
    }

    #[test]
    fn one_run_teaches_nothing() {
        assert!(raised(&known(1), &[login()]).is_empty());
        assert!(raised(&Known::default(), &[login()]).is_empty());
    }
}

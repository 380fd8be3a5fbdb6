//! `api/static-api-key`: a key that is the same in every copy of the app.

use dissect::Record;
use dissect::http::CredentialKind;

use super::known_keys;
use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::{quote, shortened};
use crate::call::secrets;
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::{self, Digest};
use crate::finding::{Confidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;
use dissect::PacketSpan;

pub(crate) static RULE: Rule = Rule {
    id: "api/static-api-key",
    title: "The same API key in every client",
    severity: Severity::Low,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &["CWE-798", "CWE-321", "MASVS-CRYPTO-2", "OWASP API2:2023", "OWASP M1:2024"],
    explanation: "Several clients or users showed the same API key or client secret, so that it \
        is part of the app. Whoever has the app has the key: it tells the app's requests from \
        nobody's. Where it is all that a request needs to change or read somebody's data, \
        everybody may; where it is a secret key of a service, everybody may act as its owner.",
    evidence: "The field with the key, a few digits of its digest, and a request of each client \
        that showed it. A request that the key alone let change or read somebody's data raises \
        the severity, and so does a key whose beginning says that it is a secret of a service.",
    false_positives: "A key that only counts requests, as those of maps and analytics do: those \
        that services document as public are left out. Servers of one owner that share a key.",
    fix: "Do not let a key in an app stand for a user or a right: log users in, and attest the app \
        (Play Integrity, App Attest) where the app itself matters. Keep secret keys of services \
        on servers and renew those that were in an app. Use PKCE instead of a client secret (RFC \
        8252 section 8.5).",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(StaticApiKey::default()),
};

/// Most keys that are remembered.
const MAX_KEYS: usize = 20_000;
/// Seconds after which one that nobody shows is forgotten.
const LIFETIME: i64 = 86_400;
/// Clients that make a key everybody's: one person has two of them soon.
const MANY: usize = 3;
/// Users that do.
const MANY_USERS: usize = 2;

/// Headers with a token of one user.
const USER_TOKENS: &[&str] = &[
    "x-access-token",
    "x-amz-security-token",
    "x-auth-token",
    "x-authorization",
    "x-parse-session-token",
    "x-session-id",
    "x-session-token",
    "x-token",
    "x-user-token",
];
/// Parts of paths where somebody's things are changed.
const PERSONAL: &[&str] =
    &["account", "booking", "cart", "checkout", "message", "order", "pay", "profile", "transfer"];

/// Who showed which key.
struct StaticApiKey {
    keys: Table<u64, Shown>,
}

/// Who showed a key.
#[derive(Debug, Default)]
struct Shown {
    clients: Vec<u64>,
    users: Vec<u64>,
    packets: Vec<PacketSpan>,
    raised: Option<Severity>,
}

/// A key of a request.
struct Key {
    field: String,
    digest: Digest,
    is_secret: bool,
}

impl Default for StaticApiKey {
    fn default() -> Self {
        Self { keys: Table::new(MAX_KEYS, LIFETIME) }
    }
}

impl Detector for StaticApiKey {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        for key in keys(call) {
            if let Some(sighting) = self.judge(call, &key) {
                scene.sightings.push(sighting);
            }
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl StaticApiKey {
    fn judge(&mut self, call: &Call<'_>, key: &Key) -> Option<crate::detector::Sighting> {
        let host = call.label();
        let entry = digest::Key::short_of(&(host, key.field.as_str(), key.digest));
        let shown = self.keys.entry(entry, call.answered_at(), Shown::default);
        let is_new_client = remember(&mut shown.clients, client(call));
        let user = call.principal().filter(|user| is_lasting(&user.shown));
        let is_new_user = user.is_some_and(|it| remember(&mut shown.users, it.digest.short()));
        if (is_new_client || is_new_user) && shown.packets.len() < MANY {
            shown.packets.push(call.request().packets);
        }
        let is_many = shown.clients.len() >= MANY || shown.users.len() >= MANY_USERS;
        let severity = if key.is_secret && (shown.clients.len() > 1 || is_app(call)) {
            Severity::High
        } else if !is_many {
            return None;
        } else if is_all_it_takes(call) {
            Severity::Medium
        } else {
            Severity::Low
        };
        if shown.raised.is_some_and(|raised| raised >= severity) {
            return None;
        }
        shown.raised = Some(severity);
        Some(sighting(call, key, shown, severity))
    }
}

/// The keys of a request that are no user's.
fn keys(call: &Call<'_>) -> Vec<Key> {
    let mut found = Vec::new();
    let is_known = |field: &str| {
        let mut known = call.api.app_keys.iter();
        known.any(|name| name.eq_ignore_ascii_case(field))
    };
    let is_user = |field: &str| {
        let mut known = call.api.credentials.iter();
        USER_TOKENS.contains(&field) || known.any(|name| name.eq_ignore_ascii_case(field))
    };
    let grant = || call.fields().iter().any(|field| secrets::is_called(field, "granttype"));
    for shown in call.credentials() {
        let value = value(call, &shown.field).unwrap_or_default();
        let is_secret = known_keys::is_secret(value);
        let is_key = match shown.kind {
            CredentialKind::ApiKey => !is_user(&shown.field) && !known_keys::is_public(value),
            // A client of OAuth with its secret.
            CredentialKind::Basic => grant(),
            _ => false,
        };
        // What the policy says is the app's is no news.
        if is_secret || (is_key && value.len() >= 8 && !is_known(&shown.field)) {
            let digest = Digest::of([&shown.digest[..]]);
            found.push(Key { field: shown.field.clone(), digest, is_secret });
        }
    }
    let secret = call.fields().iter().find(|field| secrets::is_called(field, "clientsecret"));
    found.extend(secret.filter(|field| field.value.len() >= 8).map(|field| Key {
        field: shortened(&field.name),
        digest: Digest::text(&field.value),
        is_secret: false,
    }));
    found
}

/// What a field of a credential holds, without its scheme.
fn value<'a>(call: &'a Call<'_>, field: &str) -> Option<&'a str> {
    let header = call.header(field).map(str::trim);
    let header = header.map(|value| value.rsplit(' ').next().unwrap_or(value));
    header.or_else(|| {
        let named = call.fields().iter().find(|it| it.name == field);
        named.map(|field| field.value.as_str())
    })
}

/// A machine and a program. HAR files tell neither.
fn client(call: &Call<'_>) -> u64 {
    let suites = call.identity().ja4.as_deref().and_then(|ja4| ja4.split('_').nth(1));
    digest::Key::short_of(&(call.client(), suites))
}

/// Whether a principal stays the same when its token is renewed.
fn is_lasting(shown: &str) -> bool {
    matches!(shown, "subject of the token" | "user")
}

/// Whether it comes from an app on a phone, as it says itself.
fn is_app(call: &Call<'_>) -> bool {
    let agent = call.header("user-agent").unwrap_or_default();
    ["okhttp", "CFNetwork", "Dalvik", "Android", "iPhone", "Darwin"]
        .iter()
        .any(|word| agent.contains(word))
}

/// Whether the key alone let it change or read what is somebody's.
fn is_all_it_takes(call: &Call<'_>) -> bool {
    if call.principal().is_some() || call.login().is_some() || call.outcome() != Outcome::Accepted {
        return false;
    }
    let path = call.path().to_ascii_lowercase();
    let is_change = match call.request().method.as_str() {
        "DELETE" | "PATCH" | "PUT" => true,
        "POST" => PERSONAL.iter().any(|part| path.contains(part)),
        _ => false,
    };
    is_change || call.answer_fields().iter().any(|field| secrets::personal(field).is_some())
}

fn remember(set: &mut Vec<u64>, value: u64) -> bool {
    let is_new = set.len() < MANY && !set.contains(&value);
    if is_new {
        set.push(value);
    }
    is_new
}

fn sighting(
    call: &Call<'_>,
    key: &Key,
    shown: &Shown,
    severity: Severity,
) -> crate::detector::Sighting {
    let field = shortened(&key.field);
    let mut evidence = vec![call.asked("key", format!("{field} {}", key.digest.id()))];
    evidence.extend(
        shown.packets.iter().map(|packets| quote(*packets, "client", "showed the key".to_owned())),
    );
    evidence.push(call.request_line());
    evidence.extend(call.status());
    let host = call.label();
    let (what, confidence) = match severity {
        Severity::High => ("is a secret of a service", Confidence::Likely),
        Severity::Medium => {
            ("is all that requests need for what is somebody's", Confidence::Possible)
        }
        _ => ("is the same in every client", Confidence::Likely),
    };
    let draft = Draft {
        key: field.clone(),
        confidence,
        title: format!("The key in {field} of {host} {what}"),
        evidence,
        alternatives: alternatives(&[
            "a key that only counts requests",
            "servers of one owner that share a key",
        ]),
    };
    // It is about the app, whoever uses it.
    let subject = Subject { client: None, flow: None, ..call.subject() };
    let mut sighting = draft.about(&RULE, subject, call.record.packet);
    sighting.severity = severity;
    sighting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Pair, asked};

    const KEY: Pair = ("X-Api-Key", "0123456789abcdef");
    const CLIENTS: [&str; 4] = ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"];

    fn raised(clients: usize, method: &str, path: &str, headers: &[Pair]) -> Vec<Severity> {
        let record = |client: &&'static str| {
            asked(method, &format!("http://a.test{path}"), headers, "")
                .answer(200, &[], "")
                .of_client(client)
                .record()
        };
        let records: Vec<Record> = CLIENTS.iter().take(clients).map(record).collect();
        let found = sightings(&mut StaticApiKey::default(), &Known::default(), &records);
        assert!(found.iter().flat_map(|it| &it.evidence).all(|it| !it.value.contains("abcdef")));
        found.into_iter().map(|it| it.severity).collect()
    }

    #[test]
    fn keys_of_many_clients_are_raised_once() {
        assert_eq!(raised(4, "GET", "/v1/feed", &[KEY]), [Severity::Low]);
        assert_eq!(raised(4, "GET", "/v1/feed?api_key=0123456789abcdef", &[]), [Severity::Low]);
        assert_eq!(raised(4, "PUT", "/v1/things/7", &[KEY]), [Severity::Medium]);
        let live = "sk_live_0123456789abcdef01234567";
        let live: &'static str = live;
        let app = ("User-Agent", "okhttp/4.12.0");
        assert_eq!(raised(1, "GET", "/v1", &[("Authorization", live), app]), [Severity::High]);
    }

    #[test]
    fn keys_of_one_client_and_public_ones_are_not() {
        for (clients, headers) in [
            (1, &[KEY][..]),
            (2, &[KEY]),
            (4, &[("X-Goog-Api-Key", "AIza0123456789abcdef")]),
            (4, &[("X-Auth-Token", "0123456789abcdef")]),
            (4, &[("Authorization", "Bearer 0123456789abcdef")]),
        ] {
            assert!(raised(clients, "GET", "/v1/feed", headers).is_empty(), "{headers:?}");
        }
    }
}

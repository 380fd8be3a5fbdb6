//! `api/static-api-key`: one key in every copy of the app, and keys that should be in none.

use dissect::Record;
use dissect::http::{Credential, CredentialKind};

use crate::call::Call;
use crate::call::quote::shortened;
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "api/static-api-key",
    title: "The same key in every copy of the app",
    severity: Severity::Low,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &["CWE-798", "CWE-522", "OWASP API2:2023", "MASVS-CODE-4", "ATT&CK T1552.001"],
    explanation: "Several users, or several devices, show the same API key: it is the app's, and lies in \
        the package that anybody can download and unpack. It says which app the request would be of, and \
        proves nothing: a script with the key is the app. That is low by itself, and medium where the key \
        is all that a request shows that changes something. Keys of servers, that open accounts with \
        payment, code or cloud services, are high wherever an app shows them.",
    evidence: "The request, the name of the field with the key, a digest of it, and how many users and \
        addresses showed it. The key is not quoted.",
    false_positives: "Keys that are public by design, such as those of maps and analytics, are left out where \
        their form tells them. A key that several servers of one owner share.",
    fix: "Treat the key as public: give it no rights, limit what it may do, and let the user's token decide. \
        Let the app prove itself by attestation, and get short-lived keys from the server. Change keys of \
        servers that were in an app, and call those services from your own server.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(StaticApiKey::default()) };

/// Different users with one key: it is none of theirs.
const MIN_USERS: usize = 2;
/// Different addresses, where nobody says who he is: one user has two or three.
const MIN_ADDRESSES: usize = 4;
/// Most keys that are remembered.
const MAX_KEYS: usize = 1 << 16;
/// Seconds for which they are after they were shown.
const LIFETIME: i64 = 86_400;

/// Beginnings of keys that belong on servers, with whose they are.
const OF_SERVERS: [(&str, &str); 9] = [
    ("ghp_", "GitHub"),
    ("glpat-", "GitLab"),
    ("rk_live_", "Stripe"),
    ("sk-ant-", "Anthropic"),
    ("sk-proj-", "OpenAI"),
    ("sk_live_", "Stripe"),
    ("SG.", "SendGrid"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
];

/// Beginnings of keys that are meant to be seen.
const PUBLIC: [&str; 5] = ["AIza", "pk.", "pk_live_", "pk_test_", "pub"];

struct StaticApiKey {
    keys: Table<Digest, Shown>,
}

/// Who showed a key.
#[derive(Default)]
struct Shown {
    users: Vec<u64>,
    addresses: Vec<u64>,
}

impl Default for StaticApiKey {
    fn default() -> Self {
        Self { keys: Table::new(MAX_KEYS, LIFETIME) }
    }
}

impl Detector for StaticApiKey {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        scene.sightings.extend(of_server(call));
        let is_key = |shown: &&Credential| {
            let named = call.api.app_keys.iter().any(|key| key.eq_ignore_ascii_case(&shown.field));
            shown.kind == CredentialKind::ApiKey || named
        };
        for shown in call.credentials().iter().filter(is_key) {
            let sighting = self.look(call, shown);
            scene.sightings.extend(sighting);
        }
    }
}

impl StaticApiKey {
    fn look(&mut self, call: &Call<'_>, shown: &Credential) -> Option<Sighting> {
        // Some APIs have tokens of users in such fields.
        let is_users = ["token", "session", "auth"].iter().any(|word| shown.field.contains(word));
        let host = call.host().filter(|_| !is_users)?;
        if values(call, shown).any(|value| PUBLIC.iter().any(|begin| value.starts_with(begin))) {
            return None;
        }
        let key = Digest::of([host.as_bytes(), shown.field.as_bytes(), &shown.digest]);
        let known = self.keys.entry(key, call.answered_at(), Shown::default);
        let user = call.principal().map(|who| who.digest.short());
        let address = call.source().client.map(|client| Digest::text(&client.to_string()).short());
        add(&mut known.users, user, MIN_USERS);
        add(&mut known.addresses, address, MIN_ADDRESSES);
        if known.users.len() < MIN_USERS && known.addresses.len() < MIN_ADDRESSES {
            return None;
        }
        let alone = call.principal().is_none() && !call.is_safe() && call.login().is_none();
        let users = if known.users.len() < MIN_USERS {
            format!("{} addresses or more", known.addresses.len())
        } else {
            format!("{} users or more", known.users.len())
        };
        let mut evidence = vec![
            call.request_line(),
            call.asked("key", format!("{}: {}", shortened(&shown.field), shown.id())),
            call.asked("shown-by", users),
        ];
        if alone {
            evidence.push(call.asked("credential", "the key alone"));
        }
        evidence.extend(call.status());
        let title =
            format!("Different users of {} show the same key: it is the app's", call.label());
        let severity = if alone { Severity::Medium } else { Severity::Low };
        Some(raise(call, shown.field.clone(), title, evidence, severity))
    }
}

/// Values of the request's fields with this name.
fn values<'a>(call: &'a Call<'_>, shown: &'a Credential) -> impl Iterator<Item = &'a str> {
    let headers = call.request().headers.all(&shown.field);
    let fields = call.fields().iter().filter(|field| field.name == shown.field);
    headers.chain(fields.map(|field| field.value.as_str()))
}

fn add(known: &mut Vec<u64>, value: Option<u64>, limit: usize) {
    if let Some(value) = value
        && known.len() < limit
        && !known.contains(&value)
    {
        known.push(value);
    }
}

/// A key of a server, by its form, in a header or a field.
fn of_server(call: &Call<'_>) -> Option<Sighting> {
    let headers = call.request().headers.0.iter().map(|field| (&field.name, &field.value));
    let fields = call.fields().iter().map(|field| (&field.name, &field.value));
    let (name, owner) = headers.chain(fields).find_map(|(name, value)| {
        let secret = value.rsplit_once(' ').map_or(value.as_str(), |(_, secret)| secret);
        let known = OF_SERVERS.iter().find(|(begin, _)| secret.starts_with(begin));
        known.filter(|_| secret.len() >= 20).map(|(_, owner)| (name, *owner))
    })?;
    let evidence =
        vec![call.request_line(), call.asked("key", format!("{owner}, in {}", shortened(name)))];
    let title =
        format!("A client of {} shows a key of {owner} that belongs on a server", call.label());
    Some(raise(call, format!("server\n{owner}"), title, evidence, Severity::High))
}

fn raise(
    call: &Call<'_>,
    key: String,
    title: String,
    evidence: Vec<crate::finding::Evidence>,
    severity: Severity,
) -> Sighting {
    let draft = Draft {
        key,
        confidence: Confidence::Likely,
        title,
        evidence,
        alternatives: alternatives(&["servers of one owner that share a key"]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = severity;
    // It is about the app, and not about who showed the key last.
    sighting.subject.client = None;
    sighting.subject.flow = None;
    sighting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};

    const KEY: Pair = ("X-Api-Key", "k-3e8f2a91c7d64b05");
    const ADA: Pair = ("Authorization", "Bearer ada0123456789");
    const GRACE: Pair = ("Authorization", "Bearer grace0123456789");

    fn raised(calls: Vec<Exchange>) -> Vec<Severity> {
        let records: Vec<_> = calls.into_iter().map(Exchange::record).collect();
        let found = sightings(&mut StaticApiKey::default(), &Known::default(), &records);
        let values = found.iter().flat_map(|one| &one.evidence);
        assert!(values.into_iter().all(|one| !one.value.contains("3e8f")));
        found.into_iter().map(|one| one.severity).collect()
    }

    fn get(headers: &[Pair]) -> Exchange {
        asked("GET", "http://a.test/me", headers, "").answer(200, &[], "")
    }

    #[test]
    fn one_key_of_two_users() {
        assert_eq!(raised(vec![get(&[KEY, ADA]), get(&[KEY, GRACE])]), [Severity::Low]);
        let alone = asked("POST", "http://a.test/orders", &[KEY], "").answer(200, &[], "");
        let all = vec![get(&[KEY, ADA]), get(&[KEY, GRACE]), alone];
        assert_eq!(raised(all), [Severity::Low, Severity::Medium]);
        let from = |client| get(&[KEY]).of_client(client);
        let many = vec![from("10.0.0.2"), from("10.0.0.3"), from("10.0.0.4"), from("10.0.0.5")];
        assert_eq!(raised(many), [Severity::Low]);
    }

    #[test]
    fn a_key_of_a_server() {
        let key = [("Authorization", "Bearer sk_live_0123456789abcdef")];
        assert_eq!(raised(vec![get(&key)]), [Severity::High]);
    }

    #[test]
    fn keys_of_users_and_public_ones_are_not() {
        assert!(raised(vec![get(&[KEY, ADA]), get(&[KEY, ADA])]).is_empty());
        let other = ("X-Api-Key", "k-another-one-0123");
        assert!(raised(vec![get(&[KEY, ADA]), get(&[other, GRACE])]).is_empty());
        let map = ("X-Goog-Api-Key", "AIza0123456789abcdef");
        assert!(raised(vec![get(&[map, ADA]), get(&[map, GRACE])]).is_empty());
    }
}

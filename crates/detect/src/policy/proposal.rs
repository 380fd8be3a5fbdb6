//! What a policy could say of the APIs in clean captures: `interloper learn --propose-policy`.
//!
//! Nothing here is a judgement, and nothing counts until somebody read it: the text is a draft with
//! the reasons as comments. A header is proposed as a credential if its kind is known, or if it
//! shows what an earlier answer handed out; a field as an object's id if it was seen with several
//! values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use dissect::Record;
use dissect::http::CredentialKind;

use crate::call::Call;
use crate::call::ids::IdPlace;
use crate::call::login::LoginKind;
use crate::call::marks::MarkKind;
use crate::digest::Digest;
use crate::policy::Policy;
use crate::when::stretch;

/// Most hosts that are proposed for.
const MAX_HOSTS: usize = 1_000;
/// Most names of a kind at a host.
const MAX_NAMES: usize = 64;
/// Most values of a name that are told apart: more say nothing new.
const MAX_VALUES: usize = 64;
/// Most values of a host's answers that are remembered.
const MAX_ANSWERED: usize = 10_000;
/// Values that are handed out to be shown again are not shorter.
const MIN_SECRET: usize = 16;

/// Collects what the calls of clean captures show.
#[derive(Debug, Default)]
pub struct Proposer {
    hosts: BTreeMap<String, Seen>,
}

/// What was seen of a host.
#[derive(Debug, Default)]
struct Seen {
    calls: u64,
    credentials: Names,
    app_keys: Names,
    handed_out: BTreeSet<u64>,
    shown_again: Names,
    ids: Names,
    marks: BTreeMap<MarkKind, Names>,
    logins: BTreeSet<(String, String, String)>,
    /// Longest life of a token, in seconds.
    token_lifetime: Option<i64>,
}

/// Names, with the digests of their values and how often they were seen.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, (u64, BTreeSet<u64>)>);

impl Names {
    fn add(&mut self, name: &str, value: u64) {
        if !self.0.contains_key(name) && self.0.len() >= MAX_NAMES {
            return;
        }
        let (count, values) = self.0.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        if values.len() < MAX_VALUES {
            values.insert(value);
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Proposer {
    /// Takes in a record.
    pub fn observe(&mut self, record: &Record) {
        let policy = Policy::default();
        let Some(call) = Call::of(record, &policy) else { return };
        let Some(host) = call.host() else { return };
        if !self.hosts.contains_key(host) && self.hosts.len() >= MAX_HOSTS {
            return;
        }
        self.hosts.entry(host.to_owned()).or_default().learn(&call);
    }

    /// The policy's text; `None` if no API was seen.
    pub fn finish(&self) -> Option<String> {
        let mut text = String::new();
        for (host, seen) in &self.hosts {
            seen.write(host, &mut text);
        }
        let opening = "# Proposed from captures. Read it, correct it, and give it with --policy.\n\
            # What is said here goes before what interloper guesses by itself.\n";
        (!text.is_empty()).then(|| format!("{opening}{text}"))
    }
}

impl Seen {
    fn learn(&mut self, call: &Call<'_>) {
        self.calls = self.calls.saturating_add(1);
        for shown in call.credentials() {
            let value = Digest::of([&shown.digest[..]]).short();
            match shown.kind {
                CredentialKind::ApiKey => self.app_keys.add(&shown.field, value),
                CredentialKind::Certificate => {}
                _ => self.credentials.add(&shown.field, value),
            }
        }
        for field in &call.request().headers.0 {
            let value = Digest::text(&field.value).short();
            if self.handed_out.contains(&value) {
                self.shown_again.add(&field.name.to_ascii_lowercase(), value);
            }
        }
        for mark in call.marks() {
            let names = self.marks.entry(mark.kind).or_default();
            names.add(&mark.name, Digest::text(&mark.value).short());
        }
        for id in call.ids() {
            let slot = match id.place {
                IdPlace::Path => id.slot.clone(),
                // Places in a list are no names.
                _ => id.slot.rsplit(['.', ']']).next().unwrap_or(&id.slot).to_owned(),
            };
            self.ids.add(&slot, Digest::text(&id.value).short());
        }
        if let Some(login) = call.login().filter(|login| login.kind == LoginKind::Password) {
            let path = call.path().to_owned();
            let fields = (path, login.user_field.clone(), login.password_field.clone());
            if self.logins.len() < MAX_NAMES {
                self.logins.insert(fields);
            }
        }
        for token in call.tokens().iter().filter(|token| token.credential.is_some()) {
            let life = token.jwt.time("exp").zip(token.jwt.time("iat"));
            let life = life.map(|(end, begin)| end.saturating_sub(begin));
            self.token_lifetime = self.token_lifetime.max(life.filter(|life| *life > 0));
        }
        self.answered(call);
    }

    /// Values that the answer hands out.
    fn answered(&mut self, call: &Call<'_>) {
        let fields = call.answer_fields().iter().map(|field| field.value);
        let opaque = fields.filter(|value| value.len() >= MIN_SECRET && !value.contains(' '));
        for value in opaque {
            if self.handed_out.len() < MAX_ANSWERED {
                self.handed_out.insert(Digest::text(value).short());
            }
        }
    }

    fn write(&self, host: &str, text: &mut String) {
        let credentials: BTreeSet<&str> =
            self.credentials.names().chain(self.shown_again.names()).collect();
        let says_something = !credentials.is_empty()
            || !self.app_keys.0.is_empty()
            || !self.marks.is_empty()
            || !self.logins.is_empty();
        if !says_something {
            return;
        }
        let requests = if self.calls == 1 { "request" } else { "requests" };
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\n# Seen in {} {requests}.\n[[api]]\nhosts = [{}]\n",
            self.calls,
            quoted(host)
        );
        list(text, "credentials", "who asks, the most telling first", credentials);
        list(text, "app-keys", "the app's own, the same for all its users", self.app_keys.names());
        let varied = self.ids.0.iter().filter(|(_, (_, values))| values.len() > 1);
        list(text, "ids", "seen with several values", varied.map(|(name, _)| name.as_str()));
        for (kind, key, why) in [
            (MarkKind::Nonce, "nonces", "used once"),
            (MarkKind::Timestamp, "timestamps", "when the request was made"),
            (MarkKind::Signature, "signatures", "over the request"),
            (MarkKind::IdempotencyKey, "idempotency-keys", "the server is to do it once"),
        ] {
            let names = self.marks.get(&kind);
            list(text, key, why, names.into_iter().flat_map(Names::names));
        }
        if let Some(seconds) = self.token_lifetime {
            let _ = writeln!(text, "# Tokens lived {} at most.", stretch(seconds));
            let _ = writeln!(text, "token-lifetime = \"{seconds}s\"");
        }
        for (path, user, password) in &self.logins {
            let _ = write!(
                text,
                "\n[[api.login]]\npath = {}\nuser = {}\npassword = {}\n",
                quoted(path),
                quoted(user),
                quoted(password)
            );
        }
    }
}

/// A list, with its reason; nothing if it is empty.
fn list<'a>(text: &mut String, key: &str, why: &str, names: impl IntoIterator<Item = &'a str>) {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "{key} = [{}] # {why}", names.join(", "));
    }
}

/// As TOML writes text.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing_http::asked;

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    fn proposed(records: &[Record]) -> Option<String> {
        let mut proposer = Proposer::default();
        for record in records {
            proposer.observe(record);
        }
        proposer.finish()
    }

    #[test]
    fn what_an_app_does_becomes_a_policy() {
        let login = r#"{"user": "me", "password": "hunter2"}"#;
        let session = r#"{"session": "0123456789abcdef"}"#;
        let shown = [("X-Session", "0123456789abcdef"), ("X-Nonce", "a"), ("X-Api-Key", "k")];
        let records = [
            asked("POST", "http://a.test/v2/login", &[JSON], login)
                .answer(200, &[JSON], session)
                .record(),
            asked("GET", "http://a.test/v1/orders/7", &shown, "").answer(200, &[], "").record(),
            asked("GET", "http://a.test/v1/orders/8", &shown, "").answer(200, &[], "").record(),
            asked("GET", "http://b.test/logo.png", &[], "").answer(200, &[], "").record(),
        ];
        let text = proposed(&records).unwrap();
        for line in [
            "hosts = [\"a.test\"]",
            "credentials = [\"x-session\"]",
            "app-keys = [\"x-api-key\"]",
            "ids = [\"/v1/orders/{}\"]",
            "nonces = [\"x-nonce\"]",
            "user = \"$.user\"\npassword = \"$.password\"",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("b.test") && !text.contains("0123456789abcdef"), "{text}");
        let policy = Policy::parse(&text).unwrap();
        assert_eq!(policy.api("a.test").credentials, ["x-session"]);
        assert_eq!(proposed(&records), Some(text));
    }

    #[test]
    fn names_off_the_wire_cannot_break_the_file() {
        let name = "a\"]\nx = [\"";
        let mut text = String::new();
        list(&mut text, "credentials", "", [name]);
        let value: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(value["credentials"][0].as_str(), Some(name));
    }

    #[test]
    fn pictures_are_no_api() {
        let picture = asked("GET", "http://b.test/logo.png", &[], "").answer(200, &[], "");
        assert_eq!(proposed(&[picture.record()]), None);
    }
}

//! Nonces, proofs and idempotency keys under a second request.

use dissect::{FlowId, PacketSpan, Timestamp};

use super::Reuse;
use crate::call::Call;
use crate::call::marks::{Mark, MarkKind, MarkPlace};
use crate::call::outcome::Outcome;
use crate::call::quote::{quote, shortened};
use crate::call::source::{BriefSource, Difference};
use crate::detector::Sighting;
use crate::digest::{Digest, Key};
use crate::finding::Confidence;
use crate::table::Table;

/// Most values that are remembered.
const MAX_VALUES: usize = 1 << 18;
/// Names of nonces that are remembered.
const MAX_NAMES: usize = 1 << 12;
/// Seconds for which they are: idempotency keys are usually kept for a day.
const LIFETIME: i64 = 86_400;
/// Shorter values are counters, or no nonces at all.
const MIN_NONCE: usize = 8;

/// What standards say is made anew for each request, whatever a client does with it.
const ALWAYS_NEW: [&str; 3] = ["dpop jti", "authorization oauth_nonce", "signature-input nonce"];

pub(super) struct Twice {
    values: Table<Key, First>,
    names: Table<u64, Name>,
}

/// What is known of a name at a host.
#[derive(Clone, Copy, Default)]
struct Name {
    /// How many values it had.
    values: u32,
    /// A client kept its first value for requests of several kinds: it is no nonce.
    is_kept: bool,
}

/// The request that a value was seen in first.
struct First {
    content: Key,
    route: u64,
    /// Who asked: another token makes it another request.
    credentials: Key,
    request: PacketSpan,
    answered: Timestamp,
    connection: Option<FlowId>,
    source: BriefSource,
    accepted: bool,
}

impl Default for Twice {
    fn default() -> Self {
        Self { values: Table::new(MAX_VALUES, LIFETIME), names: Table::new(MAX_NAMES, LIFETIME) }
    }
}

impl Twice {
    pub(super) fn sightings(&mut self, call: &Call<'_>) -> Vec<Sighting> {
        let marks = single_use(call);
        if marks.is_empty() {
            return Vec::new();
        }
        let Some(content) = call.content() else { return Vec::new() };
        marks.into_iter().filter_map(|value| self.look(call, content, &value)).collect()
    }

    fn look(&mut self, call: &Call<'_>, content: Key, value: &Value) -> Option<Sighting> {
        let host = call.host()?;
        // Keys of idempotency are each principal's own.
        let whose = match value.kind {
            MarkKind::IdempotencyKey => call.principal().map(|who| who.digest),
            _ => None,
        };
        let key = Key::of(&(host, value.name.as_str(), value.text.as_str(), whose));
        let credentials = Key::of(&call.secrets().collect::<Vec<_>>());
        let first = || First {
            content,
            route: Key::short_of(call.route()),
            credentials,
            request: call.request().packets,
            answered: call.answered_at(),
            connection: call.record.flow.as_ref().map(|flow| flow.id),
            source: BriefSource::of(call),
            accepted: call.outcome() == Outcome::Accepted && call.exchange.incomplete.is_none(),
        };
        let now = call.answered_at();
        let name = Key::short_of(&(host, value.name.as_str()));
        let name = self.names.entry(name, now, Name::default);
        let mut is_new = false;
        let known = self.values.entry(key, now, || {
            is_new = true;
            first()
        });
        if is_new {
            name.values = name.values.saturating_add(1);
            return None;
        }
        let same_connection = known.connection == call.record.flow.as_ref().map(|flow| flow.id);
        // The other leg of a proxy, or both at once.
        let beside = call.asked_at() <= known.answered && !same_connection;
        let differs = known.source.differences(&BriefSource::of(call));
        let is_other = differs
            .iter()
            .any(|one| matches!(one, Difference::Address | Difference::Http2 | Difference::Ja4));
        if beside {
            return None;
        }
        let same = known.content == content && known.credentials == credentials;
        if same {
            // On another connection it is a replay (`channel/request-replayed`), or a retry.
            let again = same_connection && known.accepted && !call.is_safe();
            if !again || value.kind == MarkKind::IdempotencyKey {
                return None;
            }
        } else if !known.accepted && (!is_other || known.content == content) {
            // What was refused or died may be tried again in another form.
            *known = first();
            return None;
        }
        let is_other_route = known.route != Key::short_of(call.route());
        if !is_other && !ALWAYS_NEW.contains(&value.name.as_str()) {
            name.is_kept |= is_other_route && name.values == 1;
            if name.is_kept {
                return None;
            }
        }
        let name = shortened(&value.name);
        let id = Digest::text(&value.text).id();
        let (what, same) = match (value.kind, same) {
            (_, true) => {
                (format!("The {} {name} was used twice", value.word()), "the same request")
            }
            (MarkKind::IdempotencyKey, _) => (
                format!("The idempotency key {name} was used again for another request"),
                "other content",
            ),
            _ => (
                format!("The {} {name} was used again under another request", value.word()),
                "other content",
            ),
        };
        let mut evidence = vec![
            quote(known.request, "request-before", format!("{name}: {id}, {same}")),
            call.asked("same", format!("{name}: {id}")),
        ];
        if !differs.is_empty() {
            let words: Vec<&str> = differs.iter().map(|one| one.word()).collect();
            evidence.push(call.asked("differs", words.join(", ")));
        }
        let key = format!("{}\n{}", value.word(), value.name);
        let confidence = Confidence::Likely;
        Some(Reuse { key, confidence, what, evidence }.raise(call))
    }
}

/// A value that is used once.
struct Value {
    kind: MarkKind,
    name: String,
    text: String,
}

impl Value {
    const fn word(&self) -> &'static str {
        match self.kind {
            MarkKind::IdempotencyKey => "key",
            MarkKind::Proof => "proof",
            _ => "nonce",
        }
    }
}

/// The values of a call that are used once.
fn single_use(call: &Call<'_>) -> Vec<Value> {
    let marks = call.marks();
    let has = |kind: MarkKind| marks.iter().any(|mark| mark.kind == kind);
    // What is called so in a form, or by a server, is often a token against forgery that is kept.
    let bound = has(MarkKind::Signature) || has(MarkKind::Timestamp);
    let is_nonce =
        |mark: &&Mark| mark.kind == MarkKind::Nonce && (mark.place != MarkPlace::Form || bound);
    let nonces = marks.iter().filter(is_nonce);
    let keys = marks
        .iter()
        .filter(|mark| mark.kind == MarkKind::IdempotencyKey && mark.place == MarkPlace::Header);
    let values = nonces.chain(keys).filter(|mark| mark.value.len() >= MIN_NONCE);
    let mut all: Vec<Value> = values
        .map(|mark| Value { kind: mark.kind, name: mark.name.clone(), text: mark.value.clone() })
        .collect();
    let proofs = call.tokens().iter().filter(|token| token.jwt.media_type() == "dpop+jwt");
    all.extend(proofs.filter_map(|token| {
        let text = token.jwt.text("jti")?.to_owned();
        Some(Value { kind: MarkKind::Proof, name: format!("{} jti", token.place), text })
    }));
    all
}

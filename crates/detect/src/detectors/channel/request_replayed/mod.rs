//! `channel/request-replayed`: a request that was sent before is sent again, byte for byte, by
//! somebody who recorded it.
//!
//! ```text
//! mod.rs     what is remembered of requests, and the evidence
//! again.rs   whether the same request again is a replay, or what clients do by themselves
//! ```

mod again;

#[cfg(test)]
mod tests;

use dissect::{FlowId, PacketSpan, Record, Timestamp};

use self::again::Verdict;
use crate::call::marks::{Mark, MarkKind, MarkPlace};
use crate::call::outcome::Outcome;
use crate::call::quote::quote;
use crate::call::source::{BriefSource, Difference};
use crate::call::{Call, content};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::{Digest, Key};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;
use crate::when::stretch;

pub(crate) static RULE: Rule = Rule {
    id: "channel/request-replayed",
    title: "A recorded request was sent again",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-294",
        "OWASP API2:2023",
        "MASVS-NETWORK-1",
        "ATT&CK T1557",
        "RFC 9449 section 11.1",
    ],
    explanation: "A request came that had come before: the same method, host, path, query, content \
        and credential, and the same nonce, time stamp or signature, which a client makes anew for \
        every request. It came on another connection, after the first one had been answered, or \
        from another client. So somebody recorded it, in the channel or on the device, and sent it \
        again. Where the server did what it asked for both times, the request is worth money to \
        whoever has it: then the finding is critical.",
    evidence: "Both requests with their packets and what the server answered to each, how much time \
        lies between them, which values are the same (named, with a digest), and in what the two \
        clients differ: address, TLS, HTTP/2, headers.",
    false_positives: "Retries are told apart: the first request had no answer or an error, or an \
        idempotency key asks the server to do it once. So are polling, telemetry and two taps with \
        fresh values. A client that keeps a nonce for several requests has a fault of its own that \
        looks like this; a test that repeats requests is one.",
    fix: "Let the server remember nonces and identifiers of tokens for as long as it accepts their \
        time stamps, and refuse what it saw. Bind requests to the client: DPoP with server nonces \
        (RFC 9449), mutual TLS, or message signatures (RFC 9421) with a nonce and a short life. Undo \
        what the replayed requests did.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(RequestReplayed::default()),
};

/// Most requests that are remembered.
const MAX_REQUESTS: usize = 1 << 18;
/// Seconds for which they are: recorded requests are tried within a day, or are refused by then.
const LIFETIME: i64 = 86_400;

struct RequestReplayed {
    requests: Table<Key, Seen>,
}

/// A request that was sent.
pub(super) struct Seen {
    request: PacketSpan,
    response: Option<PacketSpan>,
    status: Option<u16>,
    outcome: Outcome,
    whole: bool,
    asked: Timestamp,
    /// When the last one of the same was over.
    over: Timestamp,
    connection: Option<FlowId>,
    source: BriefSource,
    /// Of the other leg, where both legs of a proxy are in the capture.
    leg: Option<BriefSource>,
    /// Digest of the response's content.
    answer: Option<u64>,
}

impl Default for RequestReplayed {
    fn default() -> Self {
        Self { requests: Table::new(MAX_REQUESTS, LIFETIME) }
    }
}

impl Detector for RequestReplayed {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let Some(key) = key(call) else { return };
        let mut is_new = false;
        let before = self.requests.entry(key, call.answered_at(), || {
            is_new = true;
            Seen::of(call)
        });
        if is_new {
            return;
        }
        let now = Seen::of(call);
        match again::judge(call, before, &now) {
            // What had no success may be tried again, and the next one is compared with that.
            Verdict::Retry => *before = now,
            Verdict::Beside => {
                // An outer leg is over after the inner one.
                before.leg.get_or_insert(now.source);
            }
            Verdict::Nothing => {}
            Verdict::Replay(found) => scene.sightings.extend(raise(call, before, &now, &found)),
        }
        before.over = before.over.max(call.answered_at());
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

/// What is the same in the same request. `None` for requests that may be repeated: those that only
/// read, unless something says that they are to be sent once; logins; and what is not whole.
fn key(call: &Call<'_>) -> Option<Key> {
    let method = call.request().method.as_str();
    if matches!(method, "CONNECT" | "OPTIONS" | "TRACE") {
        return None;
    }
    // Without a nonce or key only what is done anew each time tells something.
    let adds = matches!(method, "POST" | "PATCH") && call.request().body.length > 0;
    let adds = adds && call.login().is_none();
    let keyed = again::is_keyed(call) && !call.is_safe();
    if !(again::has_nonce(call) || keyed || adds) {
        return None;
    }
    let (content, parts) = (call.content()?, same_parts(call).collect::<Vec<_>>());
    Some(Key::of(&(content, parts)))
}

/// What is the same beside the content: credentials, and marks in headers.
fn same_parts<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a [u8]> {
    let marks = call.marks().iter().filter(|mark| mark.place == MarkPlace::Header);
    let marks = marks.flat_map(|mark| [mark.name.as_bytes(), mark.value.as_bytes()]);
    call.secrets().chain(marks)
}

impl Seen {
    fn of(call: &Call<'_>) -> Self {
        let response = call.response();
        Self {
            request: call.request().packets,
            response: response.map(|response| response.packets),
            status: response.map(|response| response.status),
            outcome: call.outcome(),
            whole: call.exchange.incomplete.is_none(),
            asked: call.asked_at(),
            over: call.answered_at(),
            connection: call.record.flow.as_ref().map(|flow| flow.id),
            source: BriefSource::of(call),
            leg: None,
            answer: response
                .and_then(|response| response.body.sha256())
                .map(|sha256| Key::short_of(sha256)),
        }
    }
}

fn raise(call: &Call<'_>, before: &Seen, now: &Seen, found: &again::Replay) -> Option<Sighting> {
    let content = content::digest(call)?;
    let key = Digest::of(std::iter::once(content.bytes()).chain(same_parts(call)));
    let both = before.outcome == Outcome::Accepted && now.outcome == Outcome::Accepted;
    let is_done = both && !call.is_safe();
    let age = now.asked.since(before.asked) / 1_000_000_000;
    let mut evidence = vec![quote(before.request, "request-before", line(call))];
    if let (Some(packets), Some(status)) = (before.response, before.status) {
        evidence.push(quote(packets, "status-before", status.to_string()));
    }
    evidence.push(call.request_line());
    evidence.extend(call.status());
    evidence.push(call.asked("age", stretch(age)));
    evidence.extend(call.marks().iter().take(6).map(|mark| same(call, mark)));
    if let Some(principal) = call.principal() {
        evidence.push(call.asked("credential", principal.label()));
    }
    let differs = match found.differences.as_slice() {
        [] => String::from("nothing but the connection"),
        some => some.iter().map(|one| one.word()).collect::<Vec<_>>().join(", "),
    };
    evidence.push(call.asked("differs", differs));
    let by = match found.differences.contains(&Difference::Address) {
        true => " by another client",
        false if found.differences.is_empty() => " on another connection",
        false => " by another program",
    };
    let end = match (is_done, now.outcome) {
        (true, _) => ", and the server did it again",
        (false, Outcome::Refused) => "; the server refused it",
        _ => "",
    };
    let draft = Draft {
        key: key.hex(),
        confidence: found.confidence,
        title: format!("A request to {} was replayed{by}{end}: {}", call.label(), line(call)),
        evidence,
        alternatives: alternatives(&[
            "a client that repeats a request with its old nonce by a fault of its own",
            "a test that repeats requests",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    if is_done {
        sighting.severity = Severity::Critical;
    }
    Some(sighting)
}

fn line(call: &Call<'_>) -> String {
    crate::call::quote::request_line(call.request())
}

/// A value that both have.
fn same(call: &Call<'_>, mark: &Mark) -> crate::finding::Evidence {
    let value = match mark.kind {
        // When it was made is no secret.
        MarkKind::Timestamp => crate::call::quote::shortened(&mark.value),
        _ => Digest::text(&mark.value).id(),
    };
    let name = crate::call::quote::shortened(&mark.name);
    call.asked("same", format!("{name}: {value}"))
}

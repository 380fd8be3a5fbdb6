//! Whether the same request again is a replay.

use super::Seen;
use crate::call::Call;
use crate::call::marks::{Mark, MarkKind, MarkPlace};
use crate::call::outcome::Outcome;
use crate::call::source::Difference;
use crate::finding::Confidence;

/// Statuses that ask the client to try again: time-out, wrong server, too early (RFC 8470), too many.
const TRY_AGAIN: [u16; 4] = [408, 421, 425, 429];

/// Nanoseconds within which time stamps of whole seconds may be equal.
const STAMP: i64 = 2_000_000_000;

/// What the same request again is.
pub(super) enum Verdict {
    /// Nothing to say: another leg of the same exchange, a second attempt that ran beside the first, or
    /// what clients do of their own accord.
    Nothing,
    /// A recording that was sent again.
    Replay(Replay),
    /// The first one had not succeeded.
    Retry,
}

/// A replay.
pub(super) struct Replay {
    pub(super) confidence: Confidence,
    /// In what the clients differ.
    pub(super) differences: Vec<Difference>,
}

/// Whether something in the request says that it is to be sent once: a nonce, a proof, or a signature
/// with the time when it was made.
pub(super) fn is_fresh(call: &Call<'_>) -> bool {
    let has = |fits: &dyn Fn(&Mark) -> bool| call.marks().iter().any(fits);
    let signed = has(&|mark| mark.kind == MarkKind::Signature);
    let timed = has(&|mark| mark.kind == MarkKind::Timestamp);
    let proof = has(&|mark| mark.kind == MarkKind::Proof);
    let kept = |mark: &Mark| mark.place == MarkPlace::Form && !signed && !timed;
    let nonce = has(&|mark| mark.kind == MarkKind::Nonce && !kept(mark));
    nonce || proof || (signed && timed)
}

/// Whether something in it is used for one request, and not for a second of time.
fn is_single(call: &Call<'_>) -> bool {
    call.marks().iter().any(|mark| matches!(mark.kind, MarkKind::Nonce | MarkKind::Proof))
}

/// Whether there is anything in the request that may be fresh, wherever it stands: what a page keeps,
/// it keeps for one client.
pub(super) fn has_nonce(call: &Call<'_>) -> bool {
    let nonce = |mark: &Mark| matches!(mark.kind, MarkKind::Nonce | MarkKind::Proof);
    is_fresh(call) || call.marks().iter().any(nonce)
}

pub(super) fn judge(call: &Call<'_>, before: &Seen, now: &Seen) -> Verdict {
    let differences = before.source.differences(&now.source);
    let is_other = is_other_client(&differences);
    if before.connection == now.connection || is_beside(before, now) {
        return Verdict::Nothing;
    }
    let failed = !before.whole
        || matches!(before.outcome, Outcome::Failed | Outcome::Unanswered | Outcome::Redirected)
        || before.status.is_some_and(|status| TRY_AGAIN.contains(&status));
    let fresh = is_fresh(call);
    if !is_other {
        // The same client may try again what did not succeed, and what was refused.
        if failed || before.outcome == Outcome::Refused {
            return Verdict::Retry;
        }
        if !fresh || call.login().is_some() || is_answered_once(call, before, now) {
            return Verdict::Nothing;
        }
        // Time stamps have whole seconds: two equal requests within one are signed alike.
        if !is_single(call) && now.asked.since(before.asked) < STAMP {
            return Verdict::Nothing;
        }
        return Verdict::Replay(Replay { confidence: Confidence::Likely, differences });
    }
    let moved = differences == [Difference::Address];
    // A phone that moves to another network goes on where it was.
    if moved && (failed || is_answered_once(call, before, now)) {
        return Verdict::Retry;
    }
    if fresh || has_nonce(call) {
        let confidence = if moved { Confidence::Likely } else { Confidence::Certain };
        return Verdict::Replay(Replay { confidence, differences });
    }
    // Without anything fresh, two devices of one user may say the same: beacons, settings.
    let same_user = call.principal().is_some();
    let both = before.outcome == Outcome::Accepted && now.outcome == Outcome::Accepted;
    let answered = |status: Option<u16>| matches!(status, Some(200 | 201));
    let is_done = both && answered(before.status) && answered(now.status);
    let is_another = !moved && differences.contains(&Difference::Address);
    let says_something = call.request().body.length > 0 && call.request().method == "POST";
    if same_user && is_done && is_another && says_something && !is_beacon(call) {
        return Verdict::Replay(Replay { confidence: Confidence::Possible, differences });
    }
    Verdict::Nothing
}

/// Another address, or another program: what it calls itself, and its headers alone, say little.
fn is_other_client(differences: &[Difference]) -> bool {
    let strong = [Difference::Address, Difference::Http2, Difference::Ja4];
    strong.iter().any(|one| differences.contains(one))
}

/// Whether one lies beside or within the other in time: the other leg of a proxy, or a request that was
/// sent twice at once because the first was slow to answer.
fn is_beside(before: &Seen, now: &Seen) -> bool {
    now.asked <= before.answered
}

/// Whether the server was asked to do it once and did: the same key, and the first answer again.
fn is_answered_once(call: &Call<'_>, before: &Seen, now: &Seen) -> bool {
    let keyed = call.marks().iter().any(|mark| mark.kind == MarkKind::IdempotencyKey);
    let says_so = call.response().is_some_and(|response| {
        let names = ["idempotent-replayed", "idempotency-replayed", "x-idempotent-replayed"];
        names.iter().any(|name| response.headers.first(name).is_some_and(|v| v.trim() != "false"))
    });
    let same_answer = before.answer.is_some() && before.answer == now.answer;
    keyed && (says_so || same_answer || now.status == Some(409))
}

/// Whether names tell that it only reports: such requests repeat, and nothing comes of them.
fn is_beacon(call: &Call<'_>) -> bool {
    const WORDS: [&str; 14] = [
        "analytics",
        "beacon",
        "collect",
        "crash",
        "event",
        "graphql",
        "heartbeat",
        "log",
        "metric",
        "ping",
        "register",
        "sync",
        "telemetry",
        "track",
    ];
    let path = call.request().path().to_ascii_lowercase();
    WORDS.iter().any(|word| path.contains(word))
}

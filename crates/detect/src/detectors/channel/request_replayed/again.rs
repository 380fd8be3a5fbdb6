//! Whether the same request again is a replay.

use super::Seen;
use crate::call::Call;
use crate::call::marks::{Mark, MarkKind, MarkPlace};
use crate::call::outcome::Outcome;
use crate::call::source::Difference;
use crate::finding::Confidence;

/// Statuses that ask the client to try again: time-out, wrong server, too early (RFC 8470), too many.
const TRY_AGAIN: [u16; 4] = [408, 421, 425, 429];

/// A shorter key comes again by itself.
const MIN_KEY: usize = 8;
/// Nanoseconds within which time stamps of whole seconds may be equal.
const STAMP: i64 = 2_000_000_000;

/// What the same request again is.
pub(super) enum Verdict {
    /// Another leg of the same exchange, or a second attempt that ran beside the first.
    Beside,
    /// Nothing to say: what clients do of their own accord.
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

/// Whether the server is asked to do it once.
pub(super) fn is_keyed(call: &Call<'_>) -> bool {
    let is_key = |mark: &Mark| mark.kind == MarkKind::IdempotencyKey && mark.value.len() >= MIN_KEY;
    call.marks().iter().any(|mark| mark.place == MarkPlace::Header && is_key(mark))
}

/// Whether it is a URL to be fetched that is signed itself, and may be fetched again: of pictures,
/// films, downloads.
fn is_signed_url(call: &Call<'_>) -> bool {
    let once = |kind| matches!(kind, MarkKind::Nonce | MarkKind::Proof | MarkKind::Signature);
    let is_in_header = |mark: &Mark| mark.place == MarkPlace::Header && once(mark.kind);
    call.is_safe() && !call.marks().iter().any(is_in_header)
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
    let mut differences = before.source.differences(&now.source);
    if before.leg.is_some_and(|leg| !is_other_client(&leg.differences(&now.source))) {
        differences.clear();
    }
    let is_other = is_other_client(&differences);
    if is_beside(before, now) {
        return Verdict::Beside;
    }
    if before.connection == now.connection {
        return Verdict::Nothing;
    }
    let failed = !before.whole
        || matches!(before.outcome, Outcome::Failed | Outcome::Unanswered | Outcome::Redirected)
        || before.status.is_some_and(|status| TRY_AGAIN.contains(&status));
    let (fresh, keyed) = (is_fresh(call), is_keyed(call));
    let both = before.outcome == Outcome::Accepted && now.outcome == Outcome::Accepted;
    if !is_other {
        // The same client may try again what did not succeed, and what was refused.
        if failed || before.outcome == Outcome::Refused {
            return Verdict::Retry;
        }
        // Time stamps have whole seconds: two equal requests within one are signed alike.
        let at_once = now.asked.since(before.asked) < STAMP && !is_single(call);
        // What only reports, or asks for the same all the time, may keep what is called a nonce.
        let is_known = is_signed_url(call)
            || at_once
            || is_beacon(call)
            || call.login().is_some()
            || is_answered_once(call, before, now);
        // A key alone invites a second try, unless the server did it again.
        let is_done_again = keyed && both;
        if now.response.is_none() || is_known || !(fresh || is_done_again) {
            return Verdict::Nothing;
        }
        return Verdict::Replay(Replay { confidence: Confidence::Likely, differences });
    }
    let is_elsewhere = differences.contains(&Difference::Address);
    // A client that fails with one library, or version of TLS, falls back to another.
    if failed && !is_elsewhere {
        return Verdict::Retry;
    }
    // One program of a phone hands a URL to another.
    if is_signed_url(call) && !is_elsewhere {
        return Verdict::Nothing;
    }
    let of_program = [Difference::Http2, Difference::Ja4, Difference::UserAgent];
    let moved = !of_program.iter().any(|one| differences.contains(one));
    // A phone that moves to another network goes on where it was.
    if moved && (failed || is_answered_once(call, before, now)) {
        return Verdict::Retry;
    }
    if has_nonce(call) || keyed {
        let is_certain = !moved && has_nonce(call);
        let confidence = if is_certain { Confidence::Certain } else { Confidence::Likely };
        return Verdict::Replay(Replay { confidence, differences });
    }
    // Without anything fresh, two devices of one user may say the same: beacons, settings.
    let same_user = call.principal().is_some();
    let answered = |status: Option<u16>| matches!(status, Some(200 | 201));
    let is_done = both && answered(before.status) && answered(now.status);
    // At the same address it is another program only if it says that it is the same one.
    let is_another = !moved && (is_elsewhere || !differences.contains(&Difference::UserAgent));
    let is_anew = before.answer.is_none() || before.answer != now.answer;
    if same_user && is_done && is_another && is_anew && !is_beacon(call) {
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
    now.asked <= before.over
}

/// Whether the server was asked to do it once and did: the same key, and the first answer again.
fn is_answered_once(call: &Call<'_>, before: &Seen, now: &Seen) -> bool {
    let says_so = call.response().is_some_and(|response| {
        let names = ["idempotent-replayed", "idempotency-replayed", "x-idempotent-replayed"];
        names.iter().any(|name| response.headers.first(name).is_some_and(|v| v.trim() != "false"))
    });
    let same_answer = before.answer.is_some() && before.answer == now.answer;
    says_so || (is_keyed(call) && (same_answer || (now.status == Some(409) && !is_single(call))))
}

/// Whether names tell that it only reports: such requests repeat, and nothing comes of them.
fn is_beacon(call: &Call<'_>) -> bool {
    const WORDS: [&str; 20] = [
        "analytics",
        "beacon",
        "collect",
        "config",
        "crash",
        "event",
        "graphql",
        "heartbeat",
        "log",
        "metric",
        "ping",
        "query",
        "refresh",
        "register",
        "search",
        "session",
        "sync",
        "telemetry",
        "token",
        "track",
    ];
    let path = call.path().to_ascii_lowercase();
    WORDS.iter().any(|word| path.contains(word))
}

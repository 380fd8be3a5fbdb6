//! Time stamps, signatures and tokens whose time has passed, and that are accepted all the same.

use std::cell::LazyCell;
use std::ops::Deref;

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::Reuse;
use crate::call::Call;
use crate::call::marks::{Mark, MarkKind, MarkPlace};
use crate::call::outcome::Outcome;
use crate::call::quote::shortened;
use crate::detector::Sighting;
use crate::digest::Key;
use crate::finding::Confidence;
use crate::table::Table;
use crate::when::{stretch, utc};

/// Seconds by which clocks of servers differ, and by which an expiry is not enforced.
const LEEWAY: i64 = 120;
/// Seconds by which tokens are commonly accepted late: so many are the default of widespread
/// libraries.
const TOKEN_LEEWAY: i64 = 300;
/// Words of paths where a token that has expired does what it should: it is renewed or given up.
const ENDS: [&str; 7] = ["auth", "logout", "oauth", "refresh", "revoke", "signout", "token"];
/// Seconds that a request may be old where no policy says it: more than any window in use, and less than
/// it takes to come back to a recording.
const WINDOW: i64 = 900;
/// Clients whose clocks are known.
const MAX_CLIENTS: usize = 1 << 16;
/// Seconds for which they are.
const LIFETIME: i64 = 86_400;

/// By how many seconds the last accepted time stamp of each client was old: its clock may be wrong.
pub(super) struct Clocks {
    ages: Table<Key, i64>,
}

impl Default for Clocks {
    fn default() -> Self {
        Self { ages: Table::new(MAX_CLIENTS, LIFETIME) }
    }
}

impl Clocks {
    pub(super) fn sightings(&mut self, call: &Call<'_>) -> Vec<Sighting> {
        let accepted = call.outcome() == Outcome::Accepted;
        let now = LazyCell::new(|| server_time(call));
        let stamp = self.stamp(call, &now, accepted);
        let late = || [expired_signature(call, &now), expired_token(call, &now)];
        let late = accepted.then(late).into_iter().flatten().flatten();
        stamp.into_iter().chain(late).map(|reuse| reuse.raise(call)).collect()
    }

    /// A time stamp of a signed request, older than the window.
    fn stamp(
        &mut self,
        call: &Call<'_>,
        now: &impl Deref<Target = i64>,
        accepted: bool,
    ) -> Option<Reuse> {
        let marks = call.marks();
        let signature = marks.iter().find(|mark| mark.kind == MarkKind::Signature)?;
        // In a document that is signed from outside, a time is when what it tells of happened, unless
        // the policy names it.
        let in_document = signature.place == MarkPlace::Json || !call.api.timestamps.is_empty();
        let is_stamp = |mark: &&Mark| {
            mark.kind == MarkKind::Timestamp && (in_document || mark.place != MarkPlace::Json)
        };
        let mark = marks.iter().find(is_stamp)?;
        let age = now.deref().saturating_sub(seconds(&mark.value)?);
        let key = Key::of(&(call.source_key(), mark.name.as_str()));
        let usual = self.ages.find(&key, call.answered_at()).copied();
        if accepted && usual.is_none_or(|usual| age.abs() < usual.abs()) {
            *self.ages.entry(key, call.answered_at(), || age) = age;
        }
        let window = call.api.window.unwrap_or(WINDOW);
        // Without a policy, what is late must be late for this client.
        let late = match call.api.window {
            Some(_) => age > window,
            None => usual.is_some_and(|usual| age.saturating_sub(usual) > window),
        };
        (late && accepted).then(|| Reuse {
            key: format!("timestamp\n{}", mark.name),
            confidence: Confidence::Likely,
            what: format!(
                "The time stamp {} was accepted {} late",
                shortened(&mark.name),
                stretch(age)
            ),
            evidence: vec![call.asked("timestamp", shortened(&mark.value))],
        })
    }
}

/// `expires` of an HTTP message signature (RFC 9421 section 2.3).
fn expired_signature(call: &Call<'_>, now: &impl Deref<Target = i64>) -> Option<Reuse> {
    let input = call.header("signature-input")?;
    let expires = input.split(';').find_map(|part| part.trim().strip_prefix("expires="))?;
    let expires: i64 = expires.split([',', ' ']).next()?.parse().ok()?;
    let late = now.deref().saturating_sub(expires);
    (late > LEEWAY).then(|| Reuse {
        key: String::from("signature expires"),
        confidence: Confidence::Likely,
        what: format!("A signature was accepted {} after it had expired", stretch(late)),
        evidence: vec![call.asked("expires", expires.to_string())],
    })
}

/// `exp` of a token that is the request's credential (RFC 7519 section 4.1.4).
fn expired_token(call: &Call<'_>, now: &impl Deref<Target = i64>) -> Option<Reuse> {
    let tokens = call.tokens().iter().filter(|token| token.credential.is_some());
    let (token, expires) =
        tokens.filter_map(|token| Some((token, token.jwt.time("exp")?))).next()?;
    let mut words = call.path().split(|letter: char| !letter.is_ascii_alphanumeric());
    if words.any(|word| ENDS.iter().any(|end| end.eq_ignore_ascii_case(word))) {
        return None;
    }
    let late = now.deref().saturating_sub(expires);
    // What anybody may read is served whatever the token says.
    let confidence = if call.is_safe() { Confidence::Possible } else { Confidence::Likely };
    (late > TOKEN_LEEWAY).then(|| Reuse {
        key: String::from("token exp"),
        confidence,
        what: format!("A token was accepted {} after it had expired", stretch(late)),
        evidence: vec![
            call.asked("token", token.digest().id()),
            call.asked("exp", utc(dissect::Timestamp::from_secs(expires))),
        ],
    })
}

/// What time it was for the server: its Date header, else the capture's clock. In seconds since 1970.
fn server_time(call: &Call<'_>) -> i64 {
    let date = call.response().and_then(|response| response.headers.first("date"));
    let date = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    date.map_or_else(|| call.asked_at().secs(), OffsetDateTime::unix_timestamp)
}

/// Seconds or milliseconds since 1970, or a date.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return match text.len() {
            10 => Some(number),
            13 => number.checked_div(1_000),
            _ => None,
        };
    }
    let date = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &Rfc2822))
        .ok()?;
    Some(date.unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_every_form() {
        for (text, expected) in [
            ("1795474065", Some(1_795_474_065)),
            ("1795474065123", Some(1_795_474_065)),
            ("2026-11-23T22:47:45Z", Some(1_795_474_065)),
            ("Mon, 23 Nov 2026 22:47:45 GMT", Some(1_795_474_065)),
            ("7", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}

//! `credentials/token-shared`: one token is used by two devices.

use dissect::{PacketSpan, Record, Timestamp};

use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::quote;
use crate::call::source::{BriefSource, Difference};
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::Digest;
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;
use dissect::http::{Credential, CredentialKind};

pub(crate) static RULE: Rule = Rule {
    id: "credentials/token-shared",
    title: "One token is used by two devices",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges, Need::Handshake, Need::Packets],
    references: &[
        "CWE-294",
        "CWE-522",
        "OWASP API2:2023",
        "RFC 6750 section 5.2",
        "RFC 9449",
        "ATT&CK T1550.001",
    ],
    explanation: "A token or session cookie that one device had used came from another address and from \
        another program: its TLS or its HTTP/2 is not that of the first. A token belongs to the device \
        that it was given to; whoever has it is the user, as far as the server can tell. It was taken \
        in the channel, from the device or from a log.",
    evidence: "The last request of the first device and this one, with packets and statuses; the kind of \
        credential and a digest of it; in what the devices differ.",
    false_positives: "Tokens that many may have: of guests, of a kiosk, of a service with several servers. \
        A desktop app that shares the session of the browser on another machine. A phone that changes \
        networks keeps its TLS, an app and its web view keep their address, and the two legs of a proxy \
        in one capture overlap in time: these are told apart.",
    fix: "End the session, and find out where the token was lost. Bind tokens to the client that they were \
        given to: DPoP (RFC 9449), mutual TLS (RFC 8705), or at least the device key of the app; keep \
        them short, and let refresh tokens work once.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(TokenShared::default()) };

/// Most tokens that are remembered.
const MAX_TOKENS: usize = 1 << 18;
/// Seconds for which they are after their last use.
const LIFETIME: i64 = 86_400;
/// Most devices of a token that are told apart: what more have is everybody's.
const MAX_DEVICES: usize = 4;

struct TokenShared {
    tokens: Table<Digest, Vec<Use>>,
}

/// The last use of a token by one device, or by a proxy for it.
struct Use {
    source: BriefSource,
    request: PacketSpan,
    answered: Timestamp,
    /// It may be the first device's web view, that came after a move to another network.
    waits: bool,
}

impl Default for TokenShared {
    fn default() -> Self {
        Self { tokens: Table::new(MAX_TOKENS, LIFETIME) }
    }
}

impl Detector for TokenShared {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        // A HAR file does not know devices.
        if call.source().client.is_none() || call.request().method == "CONNECT" {
            return;
        }
        for shown in call.credentials().iter().filter(|shown| is_of_device(call, shown)) {
            let sighting = self.look(call, shown);
            scene.sightings.extend(sighting);
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        *self = Self::default();
    }
}

impl TokenShared {
    fn look(&mut self, call: &Call<'_>, shown: &Credential) -> Option<Sighting> {
        let source = BriefSource::of(call);
        let (request, answered) = (call.request().packets, call.answered_at());
        let now = Use { source, request, answered, waits: false };
        let key = Digest::of([&shown.digest[..]]);
        let uses = self.tokens.entry(key, call.answered_at(), || Vec::with_capacity(1));
        let waiting = uses.iter().find(|one| one.waits && !is_same_device(&one.source, &source));
        let waiting = waiting.map(|one| (one.request, one.source.differences(&source)));
        if let Some(same) = uses.iter_mut().find(|one| is_same_device(&one.source, &source)) {
            let waits = same.waits;
            *same = Use { waits, ..now };
            // The first device goes on after the second: it was no move to another network.
            let (other, differences) = waiting.filter(|_| !waits)?;
            uses.iter_mut().for_each(|one| one.waits = false);
            return Some(raise(call, shown, other, &differences));
        }
        // Both legs of a proxy, or of somebody in between: the inner request lies within the outer one.
        let beside = uses.iter().any(|one| call.asked_at() <= one.answered);
        let last = uses.last().map(|one| (one.request, one.source.differences(&source)));
        let waits = !beside && last.is_some() && is_phone_browser(call);
        if uses.len() < MAX_DEVICES {
            uses.push(Use { waits, ..now });
        }
        let (first, differences) = last.filter(|_| !beside && !waits)?;
        Some(raise(call, shown, first, &differences))
    }
}

/// What is given to a device: tokens and sessions, but no key of the app, and no password, which people
/// use on all their devices.
fn is_of_device(call: &Call<'_>, shown: &Credential) -> bool {
    let is_kind = matches!(
        shown.kind,
        CredentialKind::Bearer | CredentialKind::Bound | CredentialKind::Cookie
    );
    let is_apps = call.api.app_keys.iter().any(|key| key.eq_ignore_ascii_case(&shown.field));
    let token = call.tokens().iter().find(|token| token.credential == Some(shown.digest));
    // A token for nobody is for everybody.
    let is_for_somebody = token.is_none_or(|token| {
        ["sub", "user_id", "uid", "email", "username"].iter().any(|claim| {
            token.jwt.claims.as_ref().is_some_and(|claims| claims.contains_key(*claim))
        })
    });
    is_kind && !is_apps && is_for_somebody && call.outcome() != Outcome::Refused
}

/// Whether it says that it is a phone's browser, as the web view of an app does.
fn is_phone_browser(call: &Call<'_>) -> bool {
    let agent = call.header("user-agent").unwrap_or_default();
    let phone = ["Android", "iPhone", "iPad"].iter().any(|word| agent.contains(word));
    agent.starts_with("Mozilla/5.0 (") && phone
}

/// The same device has the same address or the same libraries.
fn is_same_device(one: &BriefSource, other: &BriefSource) -> bool {
    let differences = one.differences(other);
    let has = |difference| differences.contains(&difference);
    !(has(Difference::Address) && (has(Difference::Ja4) || has(Difference::Http2)))
}

fn raise(
    call: &Call<'_>,
    shown: &Credential,
    first: PacketSpan,
    differences: &[Difference],
) -> Sighting {
    let words: Vec<&str> = differences.iter().map(|one| one.word()).collect();
    let mut evidence = vec![
        quote(first, "other-device", format!("{} {}", shown.kind.word(), shown.id())),
        call.request_line(),
    ];
    evidence.extend(call.status());
    evidence.push(call.asked("credential", format!("{} {}", shown.kind.word(), shown.id())));
    evidence.push(call.asked("differs", words.join(", ")));
    let draft = Draft {
        key: format!("{}\n{}", shown.kind.word(), dissect::hex(&shown.digest)),
        confidence: Confidence::Likely,
        title: format!(
            "A {} of {} that one device had used came from another one",
            match shown.kind {
                CredentialKind::Cookie => "session cookie",
                _ => "token",
            },
            call.label()
        ),
        evidence,
        alternatives: alternatives(&[
            "a token that several devices or servers are meant to share",
            "a proxy in another part of the path that the user chose",
        ]),
    };
    draft.on(&RULE, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};

    const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");

    fn used(client: &'static str, suite: u16, second: i64) -> Exchange {
        let request = asked("GET", "http://a.test/me", &[TOKEN], "").answer(200, &[], "");
        request.of_client(client).of_tls_client(suite).after(second)
    }

    fn raised(uses: Vec<Exchange>) -> usize {
        let records: Vec<_> = uses.into_iter().map(Exchange::record).collect();
        sightings(&mut TokenShared::default(), &Known::default(), &records).len()
    }

    #[test]
    fn another_address_and_another_program() {
        let (phone, other) = ("10.0.0.2", "203.0.113.9");
        assert_eq!(raised(vec![used(phone, 1, 0), used(other, 2, 60), used(other, 2, 61)]), 1);
        let cookie = |client, suite, second| {
            let request = asked("GET", "http://a.test/me", &[("Cookie", "sid=0123456789")], "");
            request.answer(200, &[], "").of_client(client).of_tls_client(suite).after(second)
        };
        assert_eq!(raised(vec![cookie(phone, 1, 0), cookie(other, 2, 60)]), 1);
    }

    #[test]
    fn one_device_is_not() {
        let (phone, other) = ("10.0.0.2", "203.0.113.9");
        assert_eq!(raised(vec![used(phone, 1, 0), used(other, 1, 60)]), 0, "another network");
        assert_eq!(raised(vec![used(phone, 1, 0), used(phone, 2, 60)]), 0, "its web view");
        // Both legs of a proxy, again and again.
        let legs =
            [used("10.0.0.1", 2, 0), used(phone, 1, 0), used("10.0.0.1", 2, 9), used(phone, 1, 9)];
        assert_eq!(raised(legs.into()), 0);
        let refused = used(other, 2, 60).answer(401, &[], "");
        assert_eq!(raised(vec![used(phone, 1, 0), refused]), 0);
    }
}

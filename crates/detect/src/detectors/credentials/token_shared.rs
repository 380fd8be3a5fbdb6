//! `credentials/token-shared`: the credential of one user comes from two devices.
//!
//! A phone changes its address when it leaves the Wi-Fi, and an app has more than one library that
//! speaks HTTP. Both at once, with neither library seen at the other's address, is another device.

use std::net::IpAddr;

use dissect::http::{Credential, CredentialKind};
use dissect::{PacketRef, PacketSpan, Record, Timestamp};

use crate::call::Call;
use crate::call::outcome::Outcome;
use crate::call::quote::{quote, shortened};
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::{Digest, Key};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;

pub(crate) static RULE: Rule = Rule {
    id: "credentials/token-shared",
    title: "Credential of a user used from two devices",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges, Need::Handshake, Need::Packets],
    references: &[
        "CWE-294",
        "CWE-613",
        "OWASP API2:2023",
        "ATT&CK T1550.001",
        "RFC 6750 section 5",
    ],
    explanation: "The same token or session cookie came from another address and from another \
        program. A token is given to one device; who has it may act as its user, and somebody \
        else seems to have it: it was read on the way, out of a log, or on the device. The \
        address alone proves nothing, for phones change networks, and the program alone does \
        not either, for an app has several libraries.",
    evidence: "Both requests, the addresses that they came from, and what differs: the cipher \
        suites of the ClientHello, the settings of HTTP/2, or how TCP is opened. The token stands \
        there as a few digits of its digest.",
    false_positives: "A token that belongs to an app or a service and not to a user: say so in \
        the policy with app-keys. A gateway behind which the token goes on, if its requests do not \
        lie within those of the client. A user who carries a session to another device, and an \
        app that uses another library right after it changed the network.",
    fix: "End the session and find out how the token got out. Let tokens live for minutes, bind \
        them to a key of the device (DPoP, RFC 9449, or mutual TLS, RFC 8705), and ask for the \
        login again when address and fingerprint change at once.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(TokenShared::default()),
};

/// Most credentials that are remembered.
const MAX_CREDENTIALS: usize = 200_000;
/// Seconds after which one that nobody used is forgotten: later the app may be another version.
const LIFETIME: i64 = 21_600;
/// Sources of a credential that are told apart. More than that have a key of the app.
const MAX_SOURCES: usize = 6;
/// Devices that share what is a user's. More have what is everybody's.
const MAX_DEVICES: usize = 3;
/// Nanoseconds that a finding waits for what explains it: the other half of a proxy's exchange, or
/// one program at both addresses.
const HELD: i64 = 60_000_000_000;
/// Most findings that wait.
const MAX_WAITING: usize = 1_000;

/// Headers with a token of a user, beside Authorization.
const TOKEN_HEADERS: &[&str] =
    &["x-access-token", "x-auth-token", "x-session-id", "x-session-token", "x-user-token"];

/// Where credentials came from.
struct TokenShared {
    seen: Table<u64, Vec<Used>>,
    waiting: Vec<Waiting>,
}

/// Where a credential was used, and when last.
#[derive(Clone, Copy, Debug)]
struct Used {
    client: IpAddr,
    server: Option<IpAddr>,
    device: Device,
    packet: u64,
    request: u32,
    asked: Timestamp,
    answered: Timestamp,
}

/// What programs are told apart by, whatever network they use; 0 where not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Device {
    /// Cipher suites of JA4: what else is in it changes when a session is resumed.
    suites: u64,
    is_quic: bool,
    /// Settings and order of pseudo fields.
    http2: u32,
    /// Options of the SYN. Networks change the rest of it.
    tcp: u32,
    user_agent: u32,
    /// Whether it calls itself a browser of a phone: the app's web view.
    is_web_view: bool,
}

/// A finding that waits.
struct Waiting {
    credential: u64,
    due: Timestamp,
    draft: Draft,
    subject: Subject,
    packet: PacketRef,
    /// The two that have it.
    devices: [(IpAddr, Device); 2],
    /// A web view alone says less, until the first device was seen again.
    is_sure: bool,
}

impl Default for TokenShared {
    fn default() -> Self {
        Self { seen: Table::new(MAX_CREDENTIALS, LIFETIME), waiting: Vec::new() }
    }
}

impl Detector for TokenShared {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        if !self.waiting.is_empty() {
            self.say(Some(record.packet.timestamp), scene);
        }
        let Some(call) = scene.call else { return };
        // What is refused opens nothing.
        if call.outcome() == Outcome::Refused {
            return;
        }
        let shown = credentials(call);
        // A HAR file has no addresses.
        let used = shown.first().and_then(|_| Used::by(call));
        for (used, shown) in
            used.into_iter().flat_map(|used| shown.iter().map(move |it| (used, it)))
        {
            self.take_in(call, used, shown);
        }
    }

    fn end_of_input(&mut self, scene: &mut Scene<'_>) {
        self.say(None, scene);
        *self = Self::default();
    }
}

/// A credential of a request.
struct Shown<'a> {
    credential: &'a Credential,
    confidence: Confidence,
}

impl Shown<'_> {
    /// What it is remembered by: a part of its digest.
    fn key(&self) -> u64 {
        self.credential.digest.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
    }

    /// What outputs show of it.
    fn digest(&self) -> Digest {
        Digest::of([&self.credential.digest[..]])
    }

    /// What kind it is, and where it was shown.
    fn kind(&self) -> String {
        let field = &self.credential.field;
        match self.credential.kind {
            CredentialKind::Cookie => format!("cookie {}", shortened(field)),
            kind => format!("{} in {field}", kind.word()),
        }
    }
}

/// Credentials that are given to one device: no keys of apps, no passwords, no links with tokens in
/// them, which people send each other.
fn credentials<'a>(call: &'a Call<'_>) -> Vec<Shown<'a>> {
    use CredentialKind::{ApiKey, Bearer, Bound, Cookie};
    let api = call.api;
    let is_named =
        |names: &[String], field: &str| names.iter().any(|name| name.eq_ignore_ascii_case(field));
    let is_of_device = |kind, field: &str| match kind {
        _ if is_named(&api.app_keys, field) => false,
        _ if is_named(&api.credentials, field) => true,
        Bearer | Bound => field == "authorization",
        ApiKey => TOKEN_HEADERS.contains(&field),
        Cookie => true,
        _ => false,
    };
    let shown = call.credentials().iter();
    let of_device = shown.filter(|shown| {
        let token = call.tokens().iter().find(|token| token.credential == Some(shown.digest));
        let is_somebodys =
            token.is_none_or(|token| !token.jwt.claims.as_ref().is_some_and(is_nobody));
        is_of_device(shown.kind, &shown.field) && is_somebodys
    });
    of_device
        .map(|shown| {
            // An opaque token may be the app's. A cookie was set for one device.
            let is_users = shown.kind == CredentialKind::Cookie
                || call.tokens().iter().any(|token| token.credential == Some(shown.digest));
            let confidence = if is_users { Confidence::Likely } else { Confidence::Possible };
            Shown { credential: shown, confidence }
        })
        .collect()
}

/// Whether a token is for an app, or for whoever did not log in.
fn is_nobody(claims: &serde_json::Map<String, serde_json::Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
    let is_grant = text("gty").is_some_and(|grant| grant.contains("client"));
    let is_role = ["role", "provider_id", "typ", "sub"].iter().any(|name| {
        text(name).is_some_and(|role| {
            ["anon", "guest", "service_role", "public", "app"]
                .iter()
                .any(|nobody| role.eq_ignore_ascii_case(nobody))
                || role.to_ascii_lowercase().contains("anonymous")
        })
    });
    let client = text("client_id").or_else(|| text("azp"));
    let is_client = client.is_some() && text("sub") == client;
    let is_told = ["is_anonymous", "anonymous"]
        .iter()
        .any(|name| claims.get(*name).and_then(serde_json::Value::as_bool) == Some(true));
    let names_user = ["sub", "user_id", "uid", "userId", "username", "email", "sid"]
        .iter()
        .any(|name| claims.contains_key(*name));
    is_grant || is_role || is_client || is_told || !names_user
}

impl Used {
    fn by(call: &Call<'_>) -> Option<Self> {
        let flow = call.record.flow.as_ref();
        let request = call.request();
        // Proxies change what is around it.
        let key = Key::of(&(request.method.as_str(), call.path()));
        Some(Self {
            client: call.client()?,
            server: flow.map(|flow| flow.server.address),
            device: Device::of(call),
            packet: request.packets.first.number,
            request: half(key),
            asked: call.asked_at(),
            answered: call.answered_at(),
        })
    }

    /// Whether one is the other's way on: a proxy asks while it is asked, or a gateway at whose
    /// address the other asks.
    fn is_leg_of(&self, other: &Self) -> bool {
        let within = |inner: &Self, outer: &Self| {
            inner.request == outer.request
                && outer.asked <= inner.asked
                && inner.answered <= outer.answered
        };
        within(self, other)
            || within(other, self)
            || self.server == Some(other.client)
            || other.server == Some(self.client)
    }
}

impl Device {
    fn of(call: &Call<'_>) -> Self {
        let identity = call.identity();
        let text = |text: Option<&str>| text.map_or(0, |text| half(Key::of(text)).max(1));
        let ja4 = identity.ja4.as_deref();
        let suites = ja4.and_then(|ja4| u64::from_str_radix(ja4.split('_').nth(1)?, 16).ok());
        let http2 = identity.http2.as_deref().map(|http2| {
            let parts: Vec<&str> = http2.split('|').collect();
            [parts.first(), parts.get(1), parts.last()].into_iter().flatten().copied().collect()
        });
        let http2: Option<String> = http2;
        let tcp = identity.tcp.as_deref().and_then(|tcp| tcp.rsplit(':').next());
        let agent = call.header("user-agent");
        let is_web_view = agent.is_some_and(|agent| {
            agent.starts_with("Mozilla/")
                && ["Android", "iPhone", "iPad", "Mobile"].iter().any(|it| agent.contains(it))
        });
        Self {
            suites: suites.unwrap_or(0),
            is_quic: ja4.is_some_and(|ja4| ja4.starts_with('q')),
            http2: text(http2.as_deref()),
            tcp: text(tcp),
            user_agent: text(agent),
            is_web_view,
        }
    }

    /// In what two surely differ. Of one client QUIC and TCP cannot be compared.
    fn differ(&self, other: &Self) -> Option<&'static str> {
        let differ = |one: u32, other: u32| one != 0 && other != 0 && one != other;
        if self.suites != 0 && other.suites != 0 {
            if self.is_quic != other.is_quic {
                return None;
            }
            return if self.suites != other.suites {
                Some("cipher suites of the ClientHello")
            } else if differ(self.http2, other.http2) {
                Some("HTTP/2 settings")
            } else {
                None
            };
        }
        // In the clear operators rewrite TCP.
        (differ(self.tcp, other.tcp) && self.user_agent != other.user_agent)
            .then_some("options of TCP")
    }

    fn words(&self) -> String {
        match self.suites {
            0 => String::from("in the clear"),
            suites => format!("cipher suites {suites:012x}"),
        }
    }
}

impl TokenShared {
    fn take_in(&mut self, call: &Call<'_>, used: Used, shown: &Shown<'_>) {
        let credential = shown.key();
        let sources = self.seen.entry(credential, used.answered, || Vec::with_capacity(1));
        let is_same = |known: &Used| {
            known.client == used.client
                && known.device.suites == used.device.suites
                && known.device.http2 == used.device.http2
                && (used.device.suites != 0 || known.device == used.device)
        };
        let legs: Vec<IpAddr> =
            sources.iter().filter(|known| used.is_leg_of(known)).map(|it| it.client).collect();
        let known = sources.iter().position(is_same);
        let stranger = sources.first().copied().filter(|_| {
            known.is_none()
                && sources.len() < MAX_SOURCES
                && sources.iter().all(|it| {
                    it.client != used.client
                        && it.device.differ(&used.device).is_some()
                        && !used.is_leg_of(it)
                })
        });
        if let Some(known) = known.and_then(|at| sources.get_mut(at)) {
            *known = used;
        } else if sources.len() < MAX_SOURCES {
            sources.push(used);
        }
        for waits in self.waiting.iter_mut().filter(|waits| waits.credential == credential) {
            let is_its = |(client, _): &(IpAddr, Device)| *client == used.client;
            // Seen again after the other.
            waits.is_sure |= waits.devices.first().is_some_and(is_its);
        }
        // One program at both addresses is one device that moved; legs are one as well.
        self.waiting.retain(|waits| {
            let [(one, first), (other, second)] = &waits.devices;
            let is_explained = waits.credential == credential
                && ((used.client == *one && second.differ(&used.device).is_none())
                    || (used.client == *other && first.differ(&used.device).is_none())
                    || (legs.contains(one) && used.client == *other)
                    || (legs.contains(other) && used.client == *one));
            !is_explained
        });
        let Some(first) = stranger.filter(|_| self.waiting.len() < MAX_WAITING) else { return };
        let how = first.device.differ(&used.device).unwrap_or("fingerprint");
        self.waiting.push(Waiting {
            credential,
            due: Timestamp::from_nanos(used.answered.nanos().saturating_add(HELD)),
            draft: draft(call, (&first, &used), shown, how),
            subject: call.subject(),
            packet: call.record.packet,
            devices: [(first.client, first.device), (used.client, used.device)],
            is_sure: !first.device.is_web_view && !used.device.is_web_view,
        });
    }

    fn say(&mut self, now: Option<Timestamp>, scene: &mut Scene<'_>) {
        let is_due = |waits: &Waiting| now.is_none_or(|now| waits.due <= now);
        if !self.waiting.iter().any(is_due) {
            return;
        }
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(is_due);
        self.waiting = later;
        for waits in due {
            let sources = self.seen.find(&waits.credential, waits.due);
            let devices = sources.map_or(0, |sources| devices(sources));
            if waits.is_sure && devices <= MAX_DEVICES {
                scene.sightings.push(waits.draft.about(&RULE, waits.subject, waits.packet));
            }
        }
    }
}

/// How many of them are at another address than, and unlike, all before them.
fn devices(sources: &[Used]) -> usize {
    let mut devices: Vec<&Used> = Vec::new();
    for used in sources {
        let is_other = devices.iter().all(|known| {
            known.client != used.client && known.device.differ(&used.device).is_some()
        });
        if is_other {
            devices.push(used);
        }
    }
    devices.len()
}

fn draft(call: &Call<'_>, (first, second): (&Used, &Used), shown: &Shown<'_>, how: &str) -> Draft {
    let packet = PacketRef { number: first.packet, timestamp: first.asked };
    let first_words = format!("{}, {}", first.client, first.device.words());
    let mut evidence: Vec<Evidence> = vec![
        call.asked("credential", format!("{} {}", shown.kind(), shown.digest().id())),
        quote(PacketSpan::one(packet), "first-device", first_words),
        call.asked("second-device", format!("{}, {}", second.client, second.device.words())),
        call.asked("differs", format!("address and {how}")),
        call.request_line(),
    ];
    let agent = call.header("user-agent");
    evidence.extend(agent.map(|agent| call.asked("user-agent", shortened(agent))));
    evidence.extend(call.status());
    Draft {
        key: format!("{:016x}", shown.digest().short()),
        confidence: shown.confidence,
        title: format!(
            "A credential of {} that {} used came from {} too, from another program",
            call.label(),
            first.client,
            second.client
        ),
        evidence,
        alternatives: alternatives(&[
            "a token of an app or a service, and not of a user",
            "an app that used another library after it changed the network",
        ]),
    }
}

/// A quarter of a key.
fn half(key: Key) -> u32 {
    u32::try_from(key.short() >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Pair, asked};

    const TOKEN: Pair = ("Authorization", "Bearer 0123456789abcdef");
    const APP: Pair = ("User-Agent", "ShopApp/5");

    /// A use: address, cipher suite, second; answered within it.
    #[allow(clippy::arithmetic_side_effects, reason = "small numbers")]
    fn used((client, suite, second): (&'static str, u16, i64), headers: &[Pair]) -> Record {
        let number = 4 + 2 * u64::try_from(second).unwrap();
        asked("GET", "http://a.test/v1/me", headers, "")
            .answer(200, &[], "")
            .of_client(client)
            .of_tls_client(suite)
            .after(second)
            .in_packets(number, number + 1)
            .record()
    }

    fn keys(uses: &[(&'static str, u16, i64)], headers: &[Pair]) -> usize {
        let records: Vec<Record> = uses.iter().map(|it| used(*it, headers)).collect();
        let found = sightings(&mut TokenShared::default(), &Known::default(), &records);
        assert!(found.iter().flat_map(|it| &it.evidence).all(|it| !it.value.contains("abcdef")));
        found.len()
    }

    const PHONE: &str = "10.0.0.2";
    const OTHER: &str = "10.0.0.3";

    #[test]
    fn two_devices_are_raised_once() {
        for uses in [
            &[(PHONE, 1, 0), (OTHER, 2, 5)][..],
            &[(PHONE, 1, 0), (OTHER, 2, 5), (PHONE, 1, 9), (OTHER, 2, 12)],
            &[(PHONE, 1, 0), (OTHER, 2, 3000), (PHONE, 1, 5000)],
        ] {
            assert_eq!(keys(uses, &[TOKEN, APP]), 1, "{uses:?}");
            assert_eq!(keys(uses, &[("Cookie", "sid=0123456789abcdef"), APP]), 1);
        }
    }

    #[test]
    fn one_device_is_not() {
        for uses in [
            // The app and its web view, and each of them elsewhere.
            &[(PHONE, 1, 0), (PHONE, 2, 1)][..],
            &[(PHONE, 1, 0), (OTHER, 1, 1)],
            &[(PHONE, 1, 0), (PHONE, 2, 1), (OTHER, 2, 3), (OTHER, 1, 5)],
            &[(PHONE, 1, 0), (OTHER, 2, 3), (OTHER, 1, 5)],
            // Another version of the app, next day.
            &[(PHONE, 1, 0), (OTHER, 2, 86_400)],
            // A key that everybody has.
            &[(PHONE, 1, 0), (OTHER, 2, 1), ("10.0.0.4", 3, 2), ("10.0.0.5", 4, 3)],
        ] {
            assert_eq!(keys(uses, &[TOKEN, APP]), 0, "{uses:?}");
        }
        let shared = &[(PHONE, 1, 0), (OTHER, 2, 5)];
        let web_view = ("User-Agent", "Mozilla/5.0 (Linux; Android 14; wv) Chrome/131 Mobile");
        assert_eq!(keys(shared, &[TOKEN, web_view]), 0);
        assert_eq!(keys(shared, &[("X-Api-Key", "0123456789abcdef"), APP]), 0);
        assert_eq!(keys(shared, &[("Authorization", "Basic bWU6cGFzc3dvcmQ="), APP]), 0);
    }

    #[test]
    fn a_proxys_two_legs_are_one() {
        // All at one second: the inner one comes first.
        let legs = [(OTHER, 2, 1), (PHONE, 1, 1), (OTHER, 2, 2), (PHONE, 1, 2)];
        assert_eq!(keys(&legs, &[TOKEN, APP]), 0);
    }
}

//! `channel/weak-protocol`: what the server chose does not keep a secret any more.
//!
//! Judged is the choice of the ServerHello, not what either side merely offers. Suites are judged
//! by the words of their IANA names, so that no list of numbers can fall behind.

use std::sync::Arc;

use dissect::tls::registry::cipher_suite_name;
use dissect::tls::{ServerHello, TlsVersion};
use dissect::{Fact, Record, Seen, Session, Stage};
use hashbrown::HashSet;

use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives, subject};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/weak-protocol",
    title: "Broken protocol version or cipher suite negotiated",
    severity: Severity::Medium,
    surface: Surface::Channel,
    needs: &[Need::Handshake],
    references: &[
        "CWE-326",
        "CWE-327",
        "MASVS-NETWORK-1",
        "ATT&CK T1638",
        "RFC 8996",
        "RFC 9325 section 4.1",
    ],
    explanation: "Client and server agreed on SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1 or DTLS 1.0, on a \
        cipher suite without encryption (NULL), without authentication (anonymous), weakened for \
        export, or with RC2, RC4, DES, 3DES or IDEA, or on compression. Each of these has a \
        published attack: POODLE, BEAST, FREAK, Logjam, Sweet32, CRIME. Today's phones and servers \
        agree on better; if they do not, an old server, an old library in the app or somebody in \
        between limits them.",
    evidence: "Version, cipher suite and compression method of the ServerHello.",
    false_positives: "Equipment on the local network and very old servers that speak nothing else. \
        The weakness is there all the same, but nobody needs to have caused it.",
    fix: "Allow TLS 1.2 and 1.3 only, with AEAD suites and forward secrecy, on the server and in \
        the app; the platform's defaults do. If the server is able to do better than what this \
        session shows, look for a proxy in between.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::NEGOTIATED,
    build: || Box::new(WeakProtocol::default()),
};

/// Words of cipher suite names, and what is weak about a suite that has them.
const WEAK_WORDS: &[(&str, &str)] = &[
    ("anon", "nobody is authenticated"),
    ("NULL", "nothing is encrypted"),
    ("EXPORT", "keys were cut to 40 bits for export"),
    ("EXPORT1024", "keys were cut to 56 bits for export"),
    ("RC2", "RC2 is broken"),
    ("RC4", "RC4 is broken (RFC 7465)"),
    ("DES40", "DES keys of 40 bits"),
    ("DES", "DES keys have 56 bits"),
    ("3DES", "3DES has 64-bit blocks (Sweet32)"),
    ("IDEA", "IDEA has 64-bit blocks (Sweet32)"),
];

/// TLS_SHA256_SHA256 and TLS_SHA384_SHA384: TLS 1.3 with integrity and no encryption (RFC 9150).
const INTEGRITY_ONLY: [u16; 2] = [0xc0b4, 0xc0b5];

/// Sound choices that are remembered; there are a few dozen.
const MAX_CHOICES: usize = 1_024;

/// Every handshake is judged by itself; servers choose the same over and over.
#[derive(Default)]
struct WeakProtocol {
    /// Version, cipher suite and compression method of what was found to be sound.
    sound: HashSet<(u16, u16, u8)>,
}

impl Detector for WeakProtocol {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Fact::Session(Stage::Negotiated, session) = &record.fact else { return };
        let Some(hello) = &session.server_hello else { return };
        let chosen = &hello.value;
        let choice = (chosen.version().0, chosen.cipher_suite, chosen.compression_method);
        if self.sound.contains(&choice) {
            return;
        }
        match judge(record, session, hello) {
            Some(sighting) => scene.sightings.push(sighting),
            None if self.sound.len() < MAX_CHOICES => {
                self.sound.insert(choice);
            }
            None => {}
        }
    }
}

fn judge(
    record: &Record,
    session: &Arc<Session>,
    hello: &Seen<Arc<ServerHello>>,
) -> Option<Sighting> {
    let (version, suite) = (hello.value.version(), hello.value.cipher_suite);
    let mut weaknesses = Vec::new();
    weaknesses.extend(weak_version(version));
    weaknesses.extend(weak_suite(suite));
    if hello.value.compression_method != 0 {
        weaknesses.push(String::from("compression leaks secrets by length (CRIME)"));
    }
    if weaknesses.is_empty() {
        return None;
    }
    let suite = suite_name(suite);
    let compression = hello.value.compression_method;
    let fact = |fact, value| Evidence { packets: hello.packets.numbers(), fact, value };
    let draft = Draft {
        key: format!("{version} {suite} {compression}"),
        confidence: Confidence::Certain,
        title: format!(
            "{} agreed on {version} with {suite}: {}",
            subject(record, session).label(),
            weaknesses.join("; ")
        ),
        evidence: vec![
            fact("version", version.to_string()),
            fact("cipher-suite", suite),
            fact("compression-method", compression.to_string()),
        ],
        alternatives: alternatives(&[
            "an old server or device that speaks nothing better",
            "an old TLS library in the app",
        ]),
    };
    Some(draft.raise(&RULE, record, session))
}

/// What is weak about a version, if anything is.
fn weak_version(version: TlsVersion) -> Option<String> {
    let why = match version {
        TlsVersion::SSL2 => "is broken (RFC 6176)",
        TlsVersion::SSL3 => "is broken (POODLE, RFC 7568)",
        TlsVersion::TLS10 | TlsVersion::TLS11 | TlsVersion::DTLS10 => "is deprecated (RFC 8996)",
        _ => return None,
    };
    Some(format!("{version} {why}"))
}

/// What is weak about a cipher suite.
fn weak_suite(suite: u16) -> Vec<String> {
    if INTEGRITY_ONLY.contains(&suite) {
        return vec![String::from("nothing is encrypted")];
    }
    let name = cipher_suite_name(suite).unwrap_or_default();
    WEAK_WORDS
        .iter()
        .filter(|(word, _)| name.split('_').any(|part| part == *word))
        .map(|(_, why)| String::from(*why))
        .collect()
}

/// The registry's name, else the number in hex.
fn suite_name(suite: u16) -> String {
    cipher_suite_name(suite).map_or_else(|| format!("{suite:#06x}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use dissect::Carrier;

    use super::*;
    use crate::Known;
    use crate::detectors::testing::{negotiated, sightings};

    fn raised(carrier: Carrier, version: u16, suite: u16, compression: u8) -> Vec<Sighting> {
        let hello = ServerHello {
            legacy_version: version,
            cipher_suite: suite,
            compression_method: compression,
            ..ServerHello::default()
        };
        sightings(&mut WeakProtocol::default(), &Known::default(), &[negotiated(carrier, hello)])
    }

    #[test]
    fn old_versions_are_raised() {
        for (version, name) in
            [(0x0002, "SSLv2"), (0x0300, "SSLv3"), (0x0301, "TLSv1"), (0x0302, "TLS 1.1")]
        {
            let sightings = raised(Carrier::Tcp, version, 0xc02f, 0);
            assert_eq!(sightings.len(), 1, "{name}");
            assert!(sightings[0].title.contains(&format!("{name} is ")), "{}", sightings[0].title);
            assert_eq!(sightings[0].evidence[0].packets, [9]);
        }
        assert_eq!(raised(Carrier::Dtls, 0xfeff, 0xc02b, 0).len(), 1);
    }

    #[test]
    fn current_versions_are_not() {
        for version in [0x0303, 0x0304, 0x7f1c, 0xfefd, 0xfefc] {
            assert!(raised(Carrier::Tcp, version, 0xc02f, 0).is_empty(), "{version:#x}");
        }
    }

    #[test]
    fn suites_are_judged_by_the_words_of_their_names() {
        let cases: [(u16, &[&str]); 12] = [
            (0x0000, &["nothing is encrypted"]),
            (0x0003, &["40 bits for export", "RC4"]),
            (0x0005, &["RC4"]),
            (0x0006, &["export", "RC2"]),
            (0x0007, &["IDEA"]),
            (0x0008, &["export", "DES keys of 40"]),
            (0x0009, &["DES keys have 56"]),
            (0x000a, &["3DES"]),
            (0x0034, &["nobody is authenticated"]),
            (0x0062, &["56 bits for export", "DES keys have 56"]),
            (0xc006, &["nothing is encrypted"]),
            (0xc0b4, &["nothing is encrypted"]),
        ];
        for (suite, expected) in cases {
            let weaknesses = weak_suite(suite);
            assert_eq!(weaknesses.len(), expected.len(), "{suite:#06x} {weaknesses:?}");
            for (weakness, word) in weaknesses.iter().zip(expected) {
                assert!(weakness.contains(word), "{suite:#06x} {weakness}");
            }
        }
        // AES-GCM with ECDHE, AES-CBC with RSA, TLS 1.3, PSK, one that has no name.
        for suite in [0xc02f, 0x002f, 0x1301, 0x1303, 0x00a8, 0xfe00] {
            assert!(weak_suite(suite).is_empty(), "{suite:#06x}");
        }
    }

    #[test]
    fn compression_is_raised_and_part_of_the_key() {
        let sightings = raised(Carrier::Tcp, 0x0303, 0xc02f, 1);
        assert!(sightings[0].title.contains("CRIME"));
        assert_eq!(sightings[0].key, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 1");
        assert!(raised(Carrier::Tcp, 0x0303, 0xc02f, 0).is_empty());
    }
}

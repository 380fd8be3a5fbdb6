//! The fallback signal: a client that tries again with an older version than its best puts
//! TLS_FALLBACK_SCSV among its cipher suites, and a server that can do better than what is offered
//! then answers with the alert inappropriate_fallback (RFC 7507).

use dissect::tls::TlsVersion;
use dissect::{Record, Session};

use super::Downgrade;
use super::sentinel::offers;
use crate::detectors::draft::subject;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// TLS_FALLBACK_SCSV.
const SIGNAL: u16 = 0x5600;
/// inappropriate_fallback.
const ALERT: u8 = 86;

pub(super) fn judge(record: &Record, session: &Session) -> Option<Downgrade> {
    let client = session.client_hello.as_ref()?;
    // Beside an offer of TLS 1.3 there is nothing that it could have fallen back from.
    if !client.value.offer.cipher_suites.contains(&SIGNAL)
        || offers(&client.value, TlsVersion::TLS13)
    {
        return None;
    }
    let label = subject(record, session).label();
    let best = client.value.offer.supported_versions.iter().copied().max();
    let best = TlsVersion(best.unwrap_or(client.value.offer.legacy_version));
    let mut evidence = vec![
        Evidence {
            packets: client.packets.numbers(),
            fact: "cipher-suite",
            value: String::from("TLS_FALLBACK_SCSV"),
        },
        Evidence {
            packets: client.packets.numbers(),
            fact: "offered-version",
            value: best.to_string(),
        },
    ];
    let refused = session
        .alerts
        .iter()
        .find(|alert| !alert.value.from_client && alert.value.description == ALERT);
    // Networks lose packets, and then clients signal too: what the server says weighs more.
    // TLS 1.2 was the best there was until 2018, and tools send the signal with whatever they try.
    let (severity, confidence) = match (refused, best >= TlsVersion::TLS12) {
        (Some(_), _) => (Severity::High, Confidence::Likely),
        (None, true) => (Severity::Low, Confidence::Possible),
        (None, false) => (Severity::Low, Confidence::Likely),
    };
    let title = match refused {
        Some(alert) => {
            let packets = alert.packets.numbers();
            let value = String::from("inappropriate_fallback");
            evidence.push(Evidence { packets, fact: "alert", value });
            format!(
                "the client falls back to {best} for {label}, which refuses because it speaks \
                 better: a better attempt did not come through"
            )
        }
        None => {
            format!("the client falls back to {best} for {label}, after a better attempt failed")
        }
    };
    Some(Downgrade {
        severity,
        confidence,
        key: "fallback",
        title,
        evidence,
        alternatives: &[
            "a network that loses packets, so that the first attempt failed by itself",
            "a server that does not tolerate newer versions",
            "a scanner, or a client that sends the signal every time",
        ],
    })
}

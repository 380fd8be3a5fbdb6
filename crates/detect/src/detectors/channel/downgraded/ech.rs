//! Encrypted Client Hello refused: a client that really offered it, and is answered by a server that
//! does not have the key, sends the alert ech_required and tries again (RFC 9849 section 6.1.6). The
//! alert is encrypted: it is seen where the handshake could be opened.
//!
//! That a server refuses what a client offers in GREASE form means nothing, and no alert follows.

use dissect::{Record, Session};

use super::Downgrade;
use crate::baseline::Host;
use crate::detectors::draft::subject;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// ech_required.
const ALERT: u8 = 121;

pub(super) fn judge(record: &Record, session: &Session, known: Option<&Host>) -> Option<Downgrade> {
    let alert = session
        .alerts
        .iter()
        .find(|alert| alert.value.from_client && alert.value.description == ALERT)?;
    let label = subject(record, session).label();
    let mut evidence = vec![Evidence {
        packets: alert.packets.numbers(),
        fact: "alert",
        value: String::from("ech_required"),
    }];
    if let Some(hello) = &session.client_hello {
        let packets = hello.packets.numbers();
        let value = String::from("encrypted_client_hello offered");
        evidence.push(Evidence { packets, fact: "extension", value });
    }
    // A key that was changed a moment ago is refused once; where ECH is known to work, less so.
    let worked = known.is_some_and(|known| known.encrypted_client_hello);
    Some(Downgrade {
        severity: if worked { Severity::High } else { Severity::Medium },
        confidence: Confidence::Likely,
        key: "ech-refused",
        title: format!(
            "{label} did not open the client's Encrypted Client Hello, and the client gave up: the \
             name that it asked for is not meant for whoever answered"
        ),
        evidence,
        alternatives: &[
            "a server whose ECH keys were changed while the client still had the old ones from DNS",
            "a middlebox that ends TLS by permission and knows nothing of ECH",
        ],
    })
}

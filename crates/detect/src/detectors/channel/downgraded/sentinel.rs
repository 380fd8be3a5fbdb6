//! The sentinel: a server that can do TLS 1.3 and negotiates TLS 1.2, or that can do 1.2 and
//! negotiates less, ends its random with eight fixed bytes (RFC 8446 section 4.1.3).
//!
//! It is normal where the client offered no more, so what was offered is what makes the finding.

use dissect::tls::{ClientHello, TlsVersion};
use dissect::{Record, Session, hex};

use super::Downgrade;
use crate::detectors::draft::subject;
use crate::finding::{Confidence, Evidence};
use crate::rule::Severity;

/// "DOWNGRD" and one byte that says from where.
const SENTINEL: &[u8] = b"DOWNGRD";

pub(super) fn judge(record: &Record, session: &Session) -> Option<Downgrade> {
    let hello = session.server_hello.as_ref()?;
    let end = hello.value.random.get(24..)?;
    let from = match end.strip_prefix(SENTINEL)? {
        [1] => TlsVersion::TLS13,
        [0] => TlsVersion::TLS12,
        _ => return None,
    };
    let client = session.client_hello.as_ref()?;
    let version = hello.value.version();
    if version.is_dtls() || version >= from || !offers(&client.value, from) {
        return None;
    }
    let label = subject(record, session).label();
    let (offered, chosen) = (client.packets.numbers(), hello.packets.numbers());
    Some(Downgrade {
        severity: Severity::High,
        confidence: Confidence::Certain,
        key: "sentinel",
        title: format!(
            "{label} says that it speaks {from}, which the client offers too, and agrees on \
             {version}: somebody changed the offer or the answer"
        ),
        evidence: vec![
            Evidence { packets: chosen.clone(), fact: "random", value: hex(end) },
            Evidence { packets: chosen, fact: "version", value: version.to_string() },
            Evidence { packets: offered, fact: "offered-version", value: from.to_string() },
        ],
        alternatives: &[
            "a middlebox that copies the server's random into a ServerHello of its own",
            "a server whose implementation of the sentinel is wrong",
        ],
    })
}

/// Whether the client offers this version, as RFC 8446 has it: drafts do not count.
pub(super) fn offers(hello: &ClientHello, version: TlsVersion) -> bool {
    let hello = &hello.offer;
    if hello.supported_versions.is_empty() {
        return version < TlsVersion::TLS13 && hello.legacy_version >= version.0;
    }
    hello.supported_versions.contains(&version.0)
}

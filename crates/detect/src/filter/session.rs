//! What a session answers, whoever holds it.

use dissect::tls::TlsVersion;
use dissect::{Carrier, Reason, Session, SessionEnd};

use super::field::Field;
use super::short::show;
use crate::outcome::{self, Outcome};

/// The texts of a field.
pub(super) fn texts(session: &Session, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
    match field {
        Field::Host => session.host().is_some_and(see),
        Field::Incomplete => has_gap(session) && see(Reason::Gap.word()),
        Field::Ja4 => session.ja4().is_some_and(|ja4| see(ja4)),
        Field::Result => result(session, see),
        Field::Version => version(session, see),
        _ => false,
    }
}

/// Names in the certificates: what bare words search beside the fields.
pub(super) fn names(session: &Session, see: &mut dyn FnMut(&str) -> bool) -> bool {
    let Some(chain) = session.certificates.seen() else { return false };
    let mut certificates = chain.value.certificates();
    certificates.any(|certificate| {
        let mut names = [&certificate.subject, &certificate.issuer].into_iter();
        names.any(|name| name.attributes.iter().any(|attribute| see(&attribute.value)))
    })
}

/// Bytes of one side are missing in the capture.
const fn has_gap(session: &Session) -> bool {
    session.client_gap || session.server_records_before_gap.is_some()
}

fn result(session: &Session, see: &mut dyn FnMut(&str) -> bool) -> bool {
    let end = match session.end {
        SessionEnd::Closed => Some("closed"),
        SessionEnd::EndOfCapture => Some("end-of-capture"),
        // It is completed, as is said below.
        SessionEnd::Established => None,
        SessionEnd::Reset { by_client: true } => Some("reset-by-client"),
        SessionEnd::Reset { by_client: false } => Some("reset-by-server"),
        SessionEnd::TimedOut => Some("timed-out"),
    };
    let said = || match outcome::of(session) {
        Outcome::Accepted(_) => "accepted",
        Outcome::NotTested(_) => "not-tested",
        Outcome::Refused(_) => "refused",
        Outcome::Unclear => "unclear",
    };
    see(if session.established { "completed" } else { "unfinished" })
        || session.resumed == Some(true) && see("resumed")
        || end.is_some_and(&mut *see)
        || see(said())
}

fn version(session: &Session, see: &mut dyn FnMut(&str) -> bool) -> bool {
    let carrier = match session.carrier {
        Carrier::Dtls => "DTLS",
        Carrier::Quic { .. } => "QUIC",
        Carrier::Tcp => "TLS",
    };
    if see(carrier) {
        return true;
    }
    let Some(version) = session.version() else { return false };
    // People and EVE write these in different ways.
    let other = match version {
        TlsVersion::SSL3 => Some("SSL 3.0"),
        TlsVersion::TLS10 => Some("TLS 1.0"),
        _ => None,
    };
    show(&version, see) || other.is_some_and(see)
}

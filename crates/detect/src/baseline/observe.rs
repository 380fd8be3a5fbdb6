//! What a session shows of client and server, in the words of a baseline.

use dissect::tls::flight::{FlightForm, ServerFlight, extensions_readings};
use dissect::tls::group::group_name;
use dissect::tls::registry::{cipher_suite_name, is_grease};
use dissect::tls::{Offer, ServerHello, TlsVersion};
use dissect::x509::Certificate;
use dissect::{Carrier, Session};

use super::{Answer, Client};
use crate::digest::Lower;

/// The word for "no protocol was chosen".
pub(crate) const NO_PROTOCOL: &str = "none";

/// Extensions of a ClientHello that change what the server sends (IANA registry).
const STATUS_REQUEST: u16 = 0x0005;
const COMPRESS_CERTIFICATE: u16 = 0x001b;
/// pre_shared_key in a ServerHello: resumption, no matter of the stack.
const PRE_SHARED_KEY: u16 = 0x0029;
/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV are no suites.
const SIGNALS: [u16; 2] = [0x00ff, 0x5600];

/// A host name as it is looked up: lower case, no dot at its end.
pub(crate) fn host_key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The same as a part of a [`Key`](crate::digest::Key), without a copy.
pub(crate) fn host_part(name: &str) -> Lower<'_> {
    Lower(name.trim_end_matches('.'))
}

/// `sha256/` and Base64 of the hash of the key, as HTTP Public Key Pinning (RFC 7469) and OkHttp
/// write it.
pub(crate) fn pin(certificate: &Certificate) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    format!("sha256/{}", STANDARD.encode(certificate.spki_sha256))
}

/// What the client offers, without answers. `None` without a whole ClientHello over TLS or QUIC.
pub(crate) fn offer(session: &Session) -> Option<Client> {
    let hello = &session.client_hello.as_ref()?.value;
    if hello.truncated || session.carrier == Carrier::Dtls {
        return None;
    }
    let hello = &hello.offer;
    let offered = |kind| hello.extensions.contains(&kind);
    let shares = hello.key_share_groups.iter().filter(|group| !is_grease(**group));
    Some(Client {
        ja4: session.ja4()?.to_string(),
        alpn: hello.alpn.iter().filter_map(|protocol| readable(protocol)).collect(),
        first_cipher: first_suite(hello).map(suite_name).unwrap_or_default(),
        key_shares: shares.map(|group| group_text(*group)).collect(),
        stapling: offered(STATUS_REQUEST),
        compression: offered(COMPRESS_CERTIFICATE),
        answers: Vec::new(),
    })
}

/// What the server answered to a full handshake. `None` if it resumed an earlier session, or the
/// ServerHello was not seen whole.
pub(crate) fn answer(session: &Session) -> Option<Answer> {
    let hello = full_answer(session)?;
    let mut answer = Answer {
        version: hello.version().to_string(),
        cipher: suite_name(hello.cipher_suite),
        extensions: extensions(hello),
        group: hello.key_share_group.map(group_text),
        retry: session.retry_request.is_some(),
        ..Answer::default()
    };
    if hello.version().is_tls13() {
        flight(session, &mut answer);
    } else if session.certificates.seen().is_some() {
        // In a session that was resumed neither would be sent again.
        let protocol = hello.alpn.as_deref().map(readable);
        answer.protocol = protocol.unwrap_or_else(|| Some(String::from(NO_PROTOCOL)));
        answer.name_acknowledged = session.sni().map(|_| hello.extensions.contains(&0));
        answer.client_certificate = session.certificate_requested;
    }
    Some(answer)
}

/// The ServerHello of a full handshake, if it was seen whole.
pub(crate) fn full_answer(session: &Session) -> Option<&ServerHello> {
    let hello = &*session.server_hello.as_ref()?.value;
    let full = !hello.truncated && session.resumed != Some(true) && !hello.psk_selected;
    full.then_some(hello)
}

fn flight(session: &Session, answer: &mut Answer) {
    let Some(flight) = ServerFlight::of(session) else { return };
    answer.tickets = flight.tickets;
    match flight.form {
        FlightForm::Packed { bytes } => answer.packed_bytes = Some(bytes),
        FlightForm::Resumed { .. } => {}
        FlightForm::Separate(parts) => {
            answer.certificate_bytes = Some(parts.certificate_bytes);
            answer.key = Some(parts.key.to_string());
            answer.client_certificate = parts.certificate_request.is_some();
            let readings = extensions_readings(parts.encrypted_extensions, session);
            let Some(reading) = readings.first() else { return };
            answer.other_extensions = Some(reading.other);
            // With other extensions, several sums come to the same length.
            if reading.other == 0 {
                answer.name_acknowledged = session.sni().map(|_| reading.name_acknowledged);
                answer.protocol = match &reading.alpn {
                    Some(protocol) => readable(protocol),
                    None => Some(String::from(NO_PROTOCOL)),
                };
            }
        }
    }
}

/// The first suite that is one; of TLS 1.3 if the client offers that.
pub(super) fn first_suite(hello: &Offer) -> Option<u16> {
    let is_suite = |suite: &&u16| !is_grease(**suite) && !SIGNALS.contains(*suite);
    let mut suites = hello.cipher_suites.iter().filter(is_suite).copied();
    // The suites of TLS 1.3 have a block of numbers of their own.
    let tls13 = || hello.cipher_suites.iter().copied().find(|suite| suite >> 8 == 0x13);
    let offered = hello.supported_versions.iter().any(|version| TlsVersion(*version).is_tls13());
    match tls13().filter(|_| offered) {
        Some(suite) => Some(suite),
        None => suites.next(),
    }
}

fn extensions(hello: &ServerHello) -> String {
    let kinds = hello.extensions.iter().filter(|kind| **kind != PRE_SHARED_KEY);
    kinds.map(u16::to_string).collect::<Vec<_>>().join("-")
}

fn suite_name(suite: u16) -> String {
    cipher_suite_name(suite).map_or_else(|| format!("{suite:#06x}"), str::to_owned)
}

fn group_text(group: u16) -> String {
    group_name(group).map_or_else(|| format!("{group:#06x}"), str::to_owned)
}

/// A protocol's name; `None` if it is GREASE or no text.
fn readable(protocol: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(protocol).ok().filter(|_| is_readable(protocol));
    text.map(str::to_owned)
}

/// Whether a protocol's name is text.
pub(super) fn is_readable(protocol: &[u8]) -> bool {
    !protocol.is_empty() && protocol.iter().all(u8::is_ascii_graphic)
}

/// How good a protocol is; of others than HTTP nothing is known but that they are one.
pub(crate) fn protocol_rank(protocol: &str) -> u8 {
    match protocol {
        NO_PROTOCOL => 0,
        "http/1.0" => 1,
        "http/1.1" => 2,
        "h2" => 3,
        "h3" => 4,
        _ => 2,
    }
}

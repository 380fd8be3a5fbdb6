//! Did the client let it happen? What one session that ended tells of the client's answer to the
//! server's certificate.
//!
//! Facts in, answer out, without any state: the detectors and the audit of pins ask the same
//! question. How clients say no was measured with a dozen of them; there are four ways:
//!
//! 1. a readable alert about certificates;
//! 2. in TLS 1.3 an encrypted record that is too short for a Finished, and the end;
//! 3. the end right behind the server's flight, without a word;
//! 4. a complete handshake, and the end without any data: pins are often compared that late.
//!
//! The last two look like a client that went away for another reason. Whoever asks must weigh them
//! with what else the same client did.

mod refusal;

use dissect::tls::TlsVersion;
use dissect::{Carrier, Ciphertext, PacketRef, Session, SessionEnd};

pub use refusal::{How, Refusal};

/// Content types (IANA TLS ContentType registry).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// The shortest encrypted Finished of TLS 1.3: 4 + 32 bytes, content type, 16 bytes of tag.
const SHORTEST_FINISHED: u16 = 53;

/// Encrypted alerts of TLS 1.3: 2 bytes, content type and tag; JSSE pads by 16 bytes.
const ALERT_LENGTHS: [u16; 2] = [19, 35];

/// What a client did with the certificate that it was shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It finished the handshake and sent application data.
    Accepted(Acceptance),
    /// It was not asked: there was no certificate to judge.
    NotTested(Untested),
    /// It ended the connection in a way in which clients refuse.
    Refused(Refusal),
    /// The session does not tell.
    Unclear,
}

/// How a client accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Acceptance {
    /// The packet of its Finished.
    pub finished: PacketRef,
    /// The packet of its first application data.
    pub data: PacketRef,
}

/// Why a client had nothing to judge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Untested {
    /// The client left before it was shown one.
    LeftBefore,
    /// An earlier session was resumed: the certificate was judged then.
    Resumed,
    /// The handshake did not get as far as a certificate.
    NoFlight,
}

/// The client's answer to the certificate of a session that ended.
pub fn of(session: &Session) -> Outcome {
    if session.resumed == Some(true) {
        return Outcome::NotTested(Untested::Resumed);
    }
    let flight = Flight::of(session);
    if session.server_hello.is_none() && session.certificates.seen().is_none() {
        let left = flight.client_close().is_some();
        return Outcome::NotTested(if left { Untested::LeftBefore } else { Untested::NoFlight });
    }
    let shown = session.server_hello.as_ref().map_or(0, |hello| hello.packets.last.number);
    if flight.client_close().is_some_and(|close| close.number < shown) {
        return Outcome::NotTested(Untested::LeftBefore);
    }
    let acceptance = match session.carrier {
        Carrier::Tcp => flight.acceptance(),
        // Without records to count, a close says more than silence.
        Carrier::Dtls | Carrier::Quic { .. } => None,
    };
    match (refusal::said(session), acceptance) {
        (_, Some(acceptance)) => Outcome::Accepted(acceptance),
        (Some(refusal), None) => Outcome::Refused(refusal),
        (None, None) => flight.silent_refusal().map_or(Outcome::Unclear, Outcome::Refused),
    }
}

/// Whether the client went on to use the connection, whatever it was shown: it sent data over TCP,
/// or, over QUIC, where data is not told from the rest, did not object.
pub fn is_served(session: &Session) -> bool {
    match session.carrier {
        Carrier::Dtls => false,
        Carrier::Quic { .. } => session.server_hello.is_some() && session.alerts.is_empty(),
        Carrier::Tcp => Flight::of(session).acceptance().is_some(),
    }
}

/// The encrypted part of a session over TCP.
#[derive(Clone, Copy)]
struct Flight<'a> {
    session: &'a Session,
    tls13: bool,
    /// Number of the first packet that counts.
    from: u64,
}

impl<'a> Flight<'a> {
    fn of(session: &'a Session) -> Self {
        // Early data comes before the server's hello and belongs to an earlier session.
        let hello = session.server_hello.as_ref().map_or(0, |hello| hello.packets.first.number);
        let tls13 = session.version().is_some_and(TlsVersion::is_tls13);
        Self { session, tls13, from: hello }
    }

    /// What the client sent.
    fn client(self) -> impl Iterator<Item = &'a Ciphertext> {
        self.side(true)
    }

    /// What the server sent.
    fn server(self) -> impl Iterator<Item = &'a Ciphertext> {
        self.side(false)
    }

    fn side(self, client: bool) -> impl Iterator<Item = &'a Ciphertext> {
        let all = self.session.ciphertexts.iter();
        all.filter(move |seen| seen.from_client == client && seen.at.number >= self.from)
    }

    /// Whether a record of the client may hold its Finished.
    fn is_finished(&self, seen: &Ciphertext) -> bool {
        match (self.tls13, seen.inner_type) {
            (true, Some(inner)) => inner == HANDSHAKE && seen.length >= SHORTEST_FINISHED,
            (true, None) => seen.length >= SHORTEST_FINISHED,
            (false, _) => seen.content_type == HANDSHAKE,
        }
    }

    /// The client's Finished.
    fn finished(self) -> Option<PacketRef> {
        self.client().find(|seen| self.is_finished(seen)).map(|seen| seen.at)
    }

    /// Whether a record holds an alert, as far as that can be told.
    fn is_alert(&self, seen: &Ciphertext) -> bool {
        match (self.tls13, seen.inner_type) {
            (true, Some(inner)) => inner == ALERT,
            (true, None) => ALERT_LENGTHS.contains(&seen.length),
            (false, _) => seen.content_type == ALERT,
        }
    }

    /// Whether a record behind the Finished holds application data.
    fn is_data(&self, seen: &Ciphertext) -> bool {
        let inner = seen.inner_type.filter(|_| self.tls13).unwrap_or(APPLICATION_DATA);
        seen.content_type == APPLICATION_DATA && inner == APPLICATION_DATA && !self.is_alert(seen)
    }

    fn acceptance(&self) -> Option<Acceptance> {
        let mut records = self.client();
        let finished = records.find(|seen| self.is_finished(seen))?.at;
        let data = records.find(|seen| self.is_data(seen))?.at;
        Some(Acceptance { finished, data })
    }

    /// When the client ended the connection, if it was the first to do so.
    fn client_close(&self) -> Option<PacketRef> {
        let tcp = &self.session.tcp;
        let reset = tcp.reset.filter(|reset| reset.by_client).map(|reset| reset.at);
        let close = match (tcp.client_fin, reset) {
            (Some(fin), Some(reset)) if reset.number < fin.number => reset,
            (Some(fin), _) => fin,
            (None, Some(reset)) => reset,
            (None, None) => return None,
        };
        let server_first = tcp.server_fin.is_some_and(|fin| fin.number < close.number)
            || matches!(self.session.end, SessionEnd::Reset { by_client: false });
        (!server_first).then_some(close)
    }

    /// When anybody ended the connection behind this packet, if nobody had before: the server, too,
    /// closes when it is told no.
    fn close_behind(&self, at: PacketRef) -> Option<PacketRef> {
        let tcp = &self.session.tcp;
        let ends = [tcp.client_fin, tcp.server_fin, tcp.reset.map(|reset| reset.at)];
        let first = ends.into_iter().flatten().min_by_key(|end| end.number)?;
        (first.number >= at.number).then_some(first)
    }
}

#[cfg(test)]
mod tests;

//! The four ways in which clients refuse a certificate.

use std::fmt;

use dissect::tls::Alert;
use dissect::{Carrier, Ciphertext, PacketRef, Session};

use super::{Flight, SHORTEST_FINISHED};

/// Alerts that are about the other side's certificate (RFC 8446 section 6.2): bad_certificate,
/// unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown,
/// unknown_ca, access_denied, bad_certificate_status_response.
const CERTIFICATE_ALERTS: [u8; 8] = [42, 43, 44, 45, 46, 48, 49, 113];

/// Alerts that say goodbye and nothing else: close_notify, user_canceled.
const FAREWELLS: [u8; 2] = [0, 90];

/// How long a client may think about a certificate, in nanoseconds. A cold phone takes some tenths
/// of a second; who goes away later has another reason.
const THINKING: i64 = 1_000_000_000;

/// How long a client that refuses behind the handshake waits at most, in nanoseconds.
const AFTERTHOUGHT: i64 = 500_000_000;

/// Bytes of encrypted records that a server sends unasked behind its handshake, at most: tickets,
/// HTTP/2 settings. A client that was sent more had what it came for.
const UNASKED: u32 = 4_096;

/// The smallest encrypted flight of TLS 1.3 that has a certificate in it, in bytes.
const SMALLEST_FLIGHT: u32 = 300;

/// A refusal: how, and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// In what way.
    pub how: How,
    /// The packets that show it, ascending.
    pub packets: Vec<u64>,
    /// The packet with which it was complete.
    pub at: PacketRef,
}

/// In what way a client refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// An alert about certificates, in the clear or decrypted.
    Alert(Alert),
    /// It finished the handshake and ended the connection without having sent any data.
    ClosedUnused {
        /// With a reset instead of a FIN.
        reset: bool,
    },
    /// It ended the connection behind the server's flight without a word.
    ClosedWithoutAnswer {
        /// With a reset instead of a FIN.
        reset: bool,
    },
    /// An encrypted record that is too short for a Finished, and the end of the connection.
    EncryptedAlert {
        /// Bytes of the record's body.
        length: u16,
    },
}

impl How {
    /// Whether the client said no. If not, it only went away as one that refuses would.
    pub const fn is_spoken(self) -> bool {
        matches!(self, Self::Alert(_) | Self::EncryptedAlert { .. })
    }

    /// A word that tells the ways apart.
    pub fn word(self) -> String {
        match self {
            Self::Alert(alert) => format!("alert-{}", alert.description),
            Self::ClosedUnused { .. } => String::from("closed-unused"),
            Self::ClosedWithoutAnswer { .. } => String::from("closed-without-answer"),
            Self::EncryptedAlert { .. } => String::from("encrypted-alert"),
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |reset| if reset { "reset" } else { "closed" };
        match *self {
            Self::Alert(alert) => write!(f, "alert {} {alert}", alert.description),
            Self::ClosedUnused { reset } => {
                write!(f, "finished the handshake and {} the connection unused", word(reset))
            }
            Self::ClosedWithoutAnswer { reset } => {
                write!(f, "{} the connection without an answer", word(reset))
            }
            Self::EncryptedAlert { length } => {
                write!(f, "an encrypted record of {length} bytes, an alert, instead of Finished")
            }
        }
    }
}

/// What the client said in readable alerts.
pub(super) fn said(session: &Session) -> Option<Refusal> {
    let shown = session.server_hello.as_ref().map_or(0, |hello| hello.packets.first.number);
    let alert = session.alerts.iter().find(|alert| {
        let about = alert.value.from_client && alert.packets.last.number >= shown;
        about && CERTIFICATE_ALERTS.contains(&alert.value.description)
    })?;
    let packets = alert.packets.numbers();
    Some(Refusal { how: How::Alert(alert.value), packets, at: alert.packets.last })
}

impl Flight<'_> {
    /// What the client did without a readable word.
    pub(super) fn silent_refusal(&self) -> Option<Refusal> {
        let session = self.session;
        if session.carrier != Carrier::Tcp || session.early_data || session.client_gap {
            return None;
        }
        let close = self.client_close().or_else(|| self.close_behind(self.spoken()?.at))?;
        // What the server says to a client that is gone is no reason for going.
        let other_alert = session.alerts.iter().any(|alert| {
            let heard = alert.value.from_client || alert.packets.first.number < close.number;
            heard && !FAREWELLS.contains(&alert.value.description)
        });
        if other_alert {
            return None;
        }
        let reset = session.tcp.client_fin.is_none();
        match self.finished() {
            Some(finished) => self.closed_unused(finished, close, reset),
            None => self.closed_in_handshake(close, reset),
        }
    }

    /// The client's first encrypted record of TLS 1.3, if it is an alert instead of a Finished.
    fn spoken(&self) -> Option<&Ciphertext> {
        let first = self.client().next().filter(|_| self.tls13)?;
        (first.length < SHORTEST_FINISHED && self.is_alert(first)).then_some(first)
    }

    fn closed_in_handshake(&self, close: PacketRef, reset: bool) -> Option<Refusal> {
        let before = || self.server().filter(|seen| seen.at.number < close.number);
        let bytes = before().fold(0_u32, |sum, seen| sum.saturating_add(seen.length.into()));
        let flight = if self.tls13 {
            if bytes < SMALLEST_FLIGHT {
                return None;
            }
            before().last()?.at
        } else {
            self.session.certificates.seen()?.packets.last
        };
        let (how, first) = match self.client().next() {
            Some(_) if self.tls13 => {
                let first = self.spoken()?;
                // Decrypted, and no alert about certificates: a farewell.
                let farewell = first.inner_type.is_some();
                let how = match farewell {
                    true => How::ClosedWithoutAnswer { reset },
                    false => How::EncryptedAlert { length: first.length },
                };
                (how, first.at)
            }
            Some(_) => return None,
            None if self.session.client_certificates.is_some() => return None,
            None => (How::ClosedWithoutAnswer { reset }, close),
        };
        within(flight, first, THINKING).then(|| refusal(how, &[first, close]))
    }

    fn closed_unused(&self, finished: PacketRef, close: PacketRef, reset: bool) -> Option<Refusal> {
        // In TLS 1.2 a full handshake is over with the server's Finished.
        let over = match self.tls13 {
            true => finished,
            false => self.server().find(|seen| seen.content_type == super::HANDSHAKE)?.at,
        };
        let over = if over.number > finished.number { over } else { finished };
        let between = over.number.saturating_add(1)..close.number;
        let unasked = self.server().filter(|seen| between.contains(&seen.at.number));
        let unasked = unasked.fold(0_u32, |sum, seen| sum.saturating_add(seen.length.into()));
        let behind = close.number > over.number;
        let fits = behind && unasked <= UNASKED && within(over, close, AFTERTHOUGHT);
        let farewell = self.client().find(|seen| self.is_alert(seen));
        let mut shown = vec![finished];
        shown.extend(farewell.map(|seen| seen.at));
        shown.push(close);
        fits.then(|| refusal(How::ClosedUnused { reset }, &shown))
    }
}

/// Whether `end` came no later than `most` nanoseconds behind `start`.
fn within(start: PacketRef, end: PacketRef, most: i64) -> bool {
    end.timestamp.nanos().saturating_sub(start.timestamp.nanos()) <= most
}

fn refusal(how: How, shown: &[PacketRef]) -> Refusal {
    let mut packets: Vec<u64> = shown.iter().map(|packet| packet.number).collect();
    packets.sort_unstable();
    packets.dedup();
    Refusal { how, packets, at: shown.last().copied().unwrap_or_default() }
}

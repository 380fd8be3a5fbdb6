//! What the client did after the server had shown its certificate, in a sentence: facts, with the
//! packets that show them.

use detect::outcome::{self, How, Outcome, Untested};
use dissect::{Carrier, Session, SessionEnd};

use crate::format;

/// The sentence; another one where the capture shows no end of the connection.
pub(super) fn sentence(session: &Session) -> String {
    let answered = answered(session);
    match session.end {
        SessionEnd::Established => format!("{answered} It was told when the handshake was over."),
        SessionEnd::TimedOut => format!("{answered} Then it was silent until it timed out."),
        SessionEnd::Closed | SessionEnd::EndOfCapture | SessionEnd::Reset { .. } => answered,
    }
}

fn answered(session: &Session) -> String {
    match outcome::of(session) {
        Outcome::Accepted(acceptance) => format!(
            "After {} the client finished the handshake (packet {}) and sent application data \
             (packet {}).",
            shown(session),
            acceptance.finished.number,
            acceptance.data.number,
        ),
        Outcome::Refused(refusal) => {
            let what = match refusal.how {
                How::Alert(alert) => format!("sent the alert {alert}"),
                other => sentence_of(other),
            };
            let packets = format::packets(&refusal.packets);
            format!("After {} the client {what} ({packets}).", shown(session))
        }
        Outcome::NotTested(Untested::Resumed) => {
            String::from("An earlier session was resumed: the client was shown no certificate.")
        }
        Outcome::NotTested(Untested::LeftBefore) => {
            String::from("The client left before it was shown a certificate.")
        }
        Outcome::NotTested(Untested::NoFlight) => {
            String::from("The server showed no certificate in this capture.")
        }
        Outcome::Unclear => unclear(session),
    }
}

fn sentence_of(how: How) -> String {
    match how {
        How::EncryptedAlert { .. } => format!("sent {how}"),
        _ => how.to_string(),
    }
}

/// What it was shown, as far as that could be seen.
fn shown(session: &Session) -> String {
    match session.certificates.seen() {
        Some(chain) => format!("the server's certificate ({})", format::span(chain.packets)),
        None => String::from("the server's encrypted flight"),
    }
}

fn unclear(session: &Session) -> String {
    let (client, server) = (session.client_application_records, session.server_application_records);
    let data = if client > 0 { "sent encrypted data" } else { "sent no data that was seen" };
    let finished = match session.established {
        true => "was completed",
        false if session.end == SessionEnd::EndOfCapture => "was not completed so far",
        false => "was not completed",
    };
    let carrier = match session.carrier {
        Carrier::Dtls => "DTLS",
        Carrier::Quic { .. } => "QUIC",
        Carrier::Tcp => "",
    };
    if !carrier.is_empty() {
        return format!(
            "The handshake {finished}; over {carrier} data is not told from the rest without keys."
        );
    }
    let back = if server > 0 { ", and was sent some" } else { "" };
    format!("The handshake {finished}; the client {data}{back}.")
}

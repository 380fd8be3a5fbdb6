//! The facts of one handshake, in the order in which they were on the wire, each with its packets.

use dissect::{Carrier, Flow, Observed, Prelude, Reason, Seen, Session, SessionEnd};

use super::hello;
use super::page::Page;
use crate::format;

/// Most alerts that are listed; a peer can send any number of warnings.
const MAX_ALERTS: usize = 8;

/// A section with the facts.
pub(crate) fn section(page: &mut Page, session: &Session, flow: Option<&Flow>) {
    page.section("Handshake", &carrier(session.carrier));
    if let Some(flow) = flow {
        let word = flow.transport.word();
        page.field("flow", &format!("{word} {} → {}", flow.client, flow.server));
    }
    for prelude in &session.preludes {
        page.field("before it", &before(prelude));
    }
    match &session.client_hello {
        Some(seen) => hello::client(page, seen, session.carrier),
        None => page.field("ClientHello", "not seen"),
    }
    if let Some(retry) = &session.retry_request {
        page.field("retry", &format!("the server asked for another hello, {}", place(retry)));
    }
    match &session.server_hello {
        Some(seen) => hello::server(page, seen),
        None => page.field("ServerHello", "not seen"),
    }
    page.field("certificates", &certificates(session));
    if session.certificate_requested {
        page.field("client cert", "the server asked for one");
    }
    for alert in session.alerts.iter().take(MAX_ALERTS) {
        let from = if alert.value.from_client { "client" } else { "server" };
        let level = if alert.value.level == 2 { "fatal" } else { "warning" };
        let text = format!("{from} sent {level} {}, {}", alert.value, place(alert));
        page.styled_field("alert", &text, page.theme().strong());
    }
    let left = session.alerts.len().saturating_sub(MAX_ALERTS);
    if left > 0 {
        page.field("", &format!("{left} more"));
    }
    page.field("result", &result(session));
    page.field("end", end(session.end));
}

fn certificates(session: &Session) -> String {
    match &session.certificates {
        Observed::Seen(chain) => {
            let number = u64::try_from(chain.value.entries.len()).unwrap_or(u64::MAX);
            format!("{}, {}", format::counted(number, "certificate"), place(chain))
        }
        Observed::NotObservable(why) => format!("not observable: {}", reason(*why)),
    }
}

/// A reason in a few words; its code behind, as other outputs spell it.
pub(crate) fn reason(why: Reason) -> String {
    let words = match why {
        Reason::NoCertificateSuite => "the cipher suite needs none",
        Reason::NotReached => "the handshake did not come that far in this capture",
        Reason::Gap => "bytes are missing in the capture",
        Reason::Resumed => "the session was resumed, so none was sent",
        Reason::Har => "a HAR file does not hold them",
        Reason::NoKey => "no key in the key log opens them",
        Reason::Tls13Encrypted => "TLS 1.3 encrypts them",
        Reason::UndecryptableSuite => "a cipher that is not known here encrypts them",
        Reason::UnknownQuicVersion => "unknown QUIC version",
        _ => return why.word().to_owned(),
    };
    format!("{words} ({})", why.word())
}

fn result(session: &Session) -> String {
    let mut parts = Vec::new();
    let stage = match (session.established, session.end) {
        (true, _) => "completed",
        (false, SessionEnd::EndOfCapture) => "not completed when last seen",
        (false, _) => "not completed",
    };
    parts.push(stage.to_owned());
    if session.resumed == Some(true) {
        parts.push(String::from("resumed"));
    }
    if session.early_data {
        parts.push(String::from("with early data"));
    }
    let client = u64::from(session.client_application_records);
    let server = u64::from(session.server_application_records);
    if client > 0 || server > 0 {
        let (client, server) = (format::count(client), format::count(server));
        parts.push(format!("then {client} records of data from the client, {server} back"));
    }
    parts.join(", ")
}

const fn end(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Closed => "closed",
        // A finding holds the session as it was when the finding was raised.
        SessionEnd::EndOfCapture => "still open when last seen",
        SessionEnd::Established => "the handshake is over; what follows is not told here",
        SessionEnd::Reset { by_client: true } => "reset by the client",
        SessionEnd::Reset { by_client: false } => "reset by the server",
        SessionEnd::TimedOut => "timed out",
    }
}

/// What carries a handshake.
pub(super) fn carrier(carrier: Carrier) -> String {
    match carrier {
        Carrier::Dtls => String::from("DTLS over UDP"),
        Carrier::Quic { version: 1 } => String::from("QUIC version 1"),
        Carrier::Quic { version: 0x6b33_43cf } => String::from("QUIC version 2"),
        Carrier::Quic { version } => format!("QUIC version {version:#010x}"),
        Carrier::Tcp => String::from("TLS over TCP"),
    }
}

pub(super) fn before(prelude: &Prelude) -> String {
    match prelude {
        Prelude::HttpConnect { target } => format!("HTTP CONNECT {target}"),
        Prelude::ProxyProtocol { source: Some(source) } => {
            format!("PROXY protocol, says it is from {source}")
        }
        Prelude::ProxyProtocol { source: None } => String::from("PROXY protocol"),
        Prelude::Socks { version, target } => format!("SOCKS{version} {target}"),
        Prelude::StartTls { protocol } => format!("STARTTLS in {protocol}"),
        Prelude::Tls { sni: Some(sni) } => format!("TLS with {sni}"),
        Prelude::Tls { sni: None } => String::from("TLS"),
    }
}

pub(super) fn place<T>(seen: &Seen<T>) -> String {
    format::span(seen.packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_in_words() {
        let mut session = Session::new(Carrier::Tcp);
        assert_eq!(result(&session), "not completed when last seen");
        session.end = SessionEnd::Reset { by_client: true };
        assert_eq!(result(&session), "not completed");
        session.established = true;
        session.resumed = Some(true);
        session.client_application_records = 2;
        assert_eq!(
            result(&session),
            "completed, resumed, then 2 records of data from the client, 0 back"
        );
    }

    #[test]
    fn carriers_and_reasons_in_words() {
        assert_eq!(carrier(Carrier::Quic { version: 0x6b33_43cf }), "QUIC version 2");
        assert_eq!(carrier(Carrier::Quic { version: 0xff00_001d }), "QUIC version 0xff00001d");
        assert_eq!(reason(Reason::Gap), "bytes are missing in the capture (gap)");
        let session = Session::new(Carrier::Tcp);
        assert!(certificates(&session).starts_with("not observable: "));
    }
}

//! The small objects inside a session's object.

use dissect::tls::{Alert, fingerprint::Ja3};
use dissect::{Prelude, Reason, Seen, Session, SessionEnd};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Ja3Json {
    hash: String,
    string: String,
}

impl From<&Ja3> for Ja3Json {
    fn from(ja3: &Ja3) -> Self {
        Self { hash: ja3.hash.clone(), string: ja3.string.clone() }
    }
}

#[derive(Serialize)]
pub(super) struct AlertJson {
    from: &'static str,
    level: u8,
    code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    packets: Vec<u64>,
}

impl From<&Seen<Alert>> for AlertJson {
    fn from(alert: &Seen<Alert>) -> Self {
        Self {
            from: if alert.value.from_client { "client" } else { "server" },
            level: alert.value.level,
            code: alert.value.description,
            name: alert.value.name(),
            packets: alert.packets.numbers(),
        }
    }
}

/// What came before the handshake on the same flow, outermost first.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(in crate::records) enum ViaJson<'a> {
    HttpConnect {
        target: &'a str,
    },
    ProxyProtocol {
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<&'a str>,
    },
    Socks {
        version: u8,
        target: &'a str,
    },
    Starttls {
        protocol: &'static str,
    },
    Tls {
        #[serde(skip_serializing_if = "Option::is_none")]
        sni: Option<&'a str>,
    },
}

impl<'a> From<&'a Prelude> for ViaJson<'a> {
    fn from(prelude: &'a Prelude) -> Self {
        match prelude {
            Prelude::HttpConnect { target } => Self::HttpConnect { target },
            Prelude::ProxyProtocol { source } => Self::ProxyProtocol { source: source.as_deref() },
            Prelude::Socks { version, target } => Self::Socks { version: *version, target },
            Prelude::StartTls { protocol } => Self::Starttls { protocol },
            Prelude::Tls { sni } => Self::Tls { sni: sni.as_deref() },
        }
    }
}

#[derive(Serialize)]
pub(super) struct NotObservableJson {
    what: &'static str,
    why: &'static str,
}

impl NotObservableJson {
    pub(super) const fn certificates(why: Reason) -> Self {
        Self { what: "certificates", why: why.word() }
    }

    pub(super) const fn application_data(why: Reason) -> Self {
        Self { what: "application-data", why: why.word() }
    }
}

/// Numbers of the packets with the first and the last byte of each message.
#[derive(Serialize)]
pub(super) struct PacketsJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_hello: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_request: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_hello: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_certificates: Option<Vec<u64>>,
}

impl From<&Session> for PacketsJson {
    fn from(session: &Session) -> Self {
        Self {
            client_hello: numbers(session.client_hello.as_ref()),
            retry_request: numbers(session.retry_request.as_ref()),
            server_hello: numbers(session.server_hello.as_ref()),
            certificates: numbers(session.certificates.seen()),
            client_certificates: numbers(session.client_certificates.as_ref()),
        }
    }
}

fn numbers<T>(seen: Option<&Seen<T>>) -> Option<Vec<u64>> {
    seen.map(|seen| seen.packets.numbers())
}

/// How the session ended.
pub(super) const fn end_word(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Closed => "closed",
        SessionEnd::EndOfCapture => "end-of-capture",
        SessionEnd::Established => "established",
        SessionEnd::Reset { by_client: true } => "reset-by-client",
        SessionEnd::Reset { by_client: false } => "reset-by-server",
        SessionEnd::TimedOut => "timed-out",
    }
}

//! How an exchange travelled: who with whom, through what, in which packets, how fast.

use dissect::http::values::graphql::{OperationKind, operations};
use dissect::http::{Http3Setup, Incomplete};
use dissect::tls::registry::cipher_suite_name;
use dissect::x509::ChainEntry;
use dissect::{Carrier, Exchange, Flow, Session, Timestamp};

use super::handshake::before;
use super::hello::protocol;
use super::page::Page;
use crate::format;

/// Most credentials that are listed.
const MAX_CREDENTIALS: usize = 8;

/// Most operations of GraphQL that are listed.
const MAX_OPERATIONS: usize = 8;

/// Most settings of HTTP/3 that are written out; there are about five.
const MAX_SETTINGS: usize = 32;

/// Appends the section.
pub(crate) fn section(page: &mut Page, exchange: &Exchange, flow: Option<&Flow>) {
    page.section("Connection", "");
    let told = exchange.connection.told.is_some();
    if let Some(flow) = flow.filter(|_| told) {
        // Who asked is not in a HAR file.
        page.field("server", &flow.server.to_string());
    }
    if let Some(flow) = flow.filter(|_| !told) {
        let word = flow.transport.word();
        page.field("flow", &format!("{word} {} → {}", flow.client, flow.server));
        page.field("community id", &flow.community_id());
    }
    for prelude in exchange.preludes() {
        page.field("inside", &before(prelude));
    }
    page.field("protocol", &way(exchange));
    let number = u64::from(exchange.index).saturating_add(1);
    let stream = exchange.stream.map(|id| format!(", stream {id}")).unwrap_or_default();
    page.field("request", &format!("{} of the connection{stream}", ordinal(number)));
    let client = exchange.client();
    if let Some(session) = &exchange.connection.session {
        tls(page, session, client.ja4.as_deref());
    }
    for (label, fingerprint) in [("HTTP/2", client.http2), ("SYN", client.tcp)] {
        if let Some(fingerprint) = fingerprint {
            page.field(label, &fingerprint);
        }
    }
    if let Some(setup) = &exchange.connection.http3 {
        page.field("HTTP/3", &http3(setup));
    }
    if let Some(call) = exchange.grpc() {
        let status = call.status.map_or_else(String::new, |status| format!(", status {status}"));
        page.field("gRPC", &format!("{} of {}{status}", call.method, call.service));
    }
    for operation in operations(&exchange.request).iter().take(MAX_OPERATIONS) {
        let kind = operation.kind.map_or("known to the server", OperationKind::word);
        let name = operation.name.as_deref().unwrap_or("without a name");
        let fields = operation.fields.join(", ");
        page.field("GraphQL", &format!("{kind} {name}: {fields}"));
    }
    credentials(page, exchange);
    packets(page, exchange);
    if exchange.request.early_data {
        let warning = page.theme().warning();
        let words = "sent before the handshake was over (0-RTT): whoever sees it can replay it";
        page.styled_field("early data", words, warning);
    }
    if let Some(incomplete) = exchange.incomplete {
        let warning = page.theme().warning();
        page.styled_field("incomplete", why(incomplete), warning);
    }
}

/// `HTTP/1.1 over TLS 1.3`, `HTTP/1.1 in the clear`.
pub(crate) fn way(exchange: &Exchange) -> String {
    let version = exchange.request.version;
    let connection = &exchange.connection;
    match (&connection.session, connection.told) {
        (Some(session), _) => {
            let carrier = match (session.carrier, session.version()) {
                (Carrier::Quic { .. }, _) => String::from("QUIC"),
                (_, Some(version)) => version.to_string(),
                (_, None) => String::from("TLS"),
            };
            format!("{version} over {carrier}")
        }
        (None, Some(dissect::http::Scheme::Https)) => {
            format!("{version} over TLS, from a HAR file")
        }
        (None, Some(dissect::http::Scheme::Http)) => {
            format!("{version} in the clear, from a HAR file")
        }
        (None, None) => format!("{version} in the clear"),
    }
}

/// Nanoseconds from the end of the request to the beginning of the response. `None` if that is not
/// known, or if the server answered before all was said.
pub(crate) fn latency(exchange: &Exchange) -> Option<i64> {
    exchange.latency().filter(|nanos| *nanos >= 0)
}

/// A reason in words; the word of other outputs behind.
pub(crate) const fn why(incomplete: Incomplete) -> &'static str {
    match incomplete {
        Incomplete::Closed => "the connection ended before it was whole (closed)",
        Incomplete::Cut => "the capture began or ended in its middle (cut)",
        Incomplete::Gap => "bytes of it are missing in the capture (gap)",
        Incomplete::Unreadable => "what came is not HTTP, or longer than is read (unreadable)",
        _ => incomplete.word(),
    }
}

fn tls(page: &mut Page, session: &Session, ja4: Option<&str>) {
    if let Some(hello) = &session.server_hello {
        let suite = hello.value.cipher_suite;
        let suite = cipher_suite_name(suite).map_or_else(|| format!("{suite:#06x}"), str::to_owned);
        page.field("TLS", &format!("{}, {suite}", hello.value.version()));
    }
    if let Some(sni) = session.sni() {
        page.field("SNI", sni);
    }
    if let Some(alpn) = session.alpn() {
        page.field("ALPN", &format!("{} chosen", protocol(alpn)));
    }
    if let Some(ja4) = ja4 {
        page.field("JA4", ja4);
    }
    let leaf = session.certificates.seen().and_then(|chain| chain.value.entries.first());
    if let Some(ChainEntry::Certificate(leaf)) = leaf {
        page.field("certificate", &format!("issued by {}", leaf.issuer));
    }
}

/// Identifier and value of each setting of HTTP/3, in wire order.
fn http3(setup: &Http3Setup) -> String {
    let settings = setup.settings.iter().take(MAX_SETTINGS);
    let settings: Vec<String> = settings.map(|(id, value)| format!("{id}:{value}")).collect();
    settings.join(";")
}

/// What the request shows to say who asks: told apart by a digest, never in the clear.
fn credentials(page: &mut Page, exchange: &Exchange) {
    for credential in exchange.credentials().iter().take(MAX_CREDENTIALS) {
        let kind = credential.kind.word();
        let place = match credential.field.as_str() {
            "" => String::new(),
            field => format!(" in {field}"),
        };
        page.field("credential", &format!("{kind}{place}, digest {}", credential.id()));
    }
}

fn packets(page: &mut Page, exchange: &Exchange) {
    let request = &exchange.request;
    let at = request.packets.first.timestamp;
    if at != Timestamp::default() {
        let at = format!("{} UTC", format::precise(at));
        page.field("asked", &with_packets(&at, request.packets));
    }
    if let Some(response) = &exchange.response {
        let latency = latency(exchange).map(format::duration);
        let later = latency.map_or_else(
            || String::from("before all was asked"),
            |latency| format!("{latency} later"),
        );
        page.field("answered", &with_packets(&later, response.packets));
    }
}

fn with_packets(text: &str, span: dissect::PacketSpan) -> String {
    let packets = format::span(span);
    if packets.is_empty() { text.to_owned() } else { format!("{text}, {packets}") }
}

/// `1st`, `2nd`, `11th`.
fn ordinal(number: u64) -> String {
    let ending = match (number.rem_euclid(10), number.rem_euclid(100)) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{ending}", format::count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals() {
        for (number, expected) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (112, "112th"),
            (1021, "1,021st"),
        ] {
            assert_eq!(ordinal(number), expected);
        }
    }
}

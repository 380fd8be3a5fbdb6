//! How an exchange travelled: who with whom, through what, in which packets, how fast.

use dissect::http::{Http2Setup, Incomplete};
use dissect::tls::fingerprint::ja4;
use dissect::tls::registry::cipher_suite_name;
use dissect::x509::ChainEntry;
use dissect::{Carrier, Exchange, Flow, Session, Timestamp};

use super::handshake::before;
use super::hello::{ja4_carrier, protocol};
use super::page::Page;
use crate::format;

/// Most settings of HTTP/2 that are written out; there are about ten.
const MAX_SETTINGS: usize = 32;

/// Appends the section.
pub(crate) fn section(page: &mut Page, exchange: &Exchange, flow: Option<&Flow>) {
    page.section("Connection", "");
    if let Some(flow) = flow {
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
    if let Some(session) = &exchange.connection.session {
        tls(page, session);
    }
    if let Some(setup) = &exchange.connection.http2 {
        let order = exchange.request.pseudo.as_ref().map(|pseudo| pseudo.order.as_str());
        page.field("HTTP/2", &http2(setup, order.unwrap_or_default()));
    }
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
        (None, Some(dissect::http::Scheme::Https)) => format!("{version} over TLS, told by a HAR"),
        (None, Some(dissect::http::Scheme::Http)) => format!("{version}, told by a HAR"),
        (None, None) => format!("{version} in the clear"),
    }
}

/// Nanoseconds from the end of the request to the beginning of the response; negative if that is
/// not known, or if the server answered before all was said.
pub(crate) fn latency(exchange: &Exchange) -> Option<i64> {
    let response = exchange.response.as_ref()?;
    let asked = exchange.request.packets.last.timestamp.nanos();
    let answered = response.packets.first.timestamp.nanos();
    Some(answered.saturating_sub(asked)).filter(|nanos| *nanos >= 0)
}

/// The client's fingerprint.
pub(crate) fn session_ja4(session: &Session) -> Option<String> {
    let hello = session.client_hello.as_ref()?;
    ja4(&hello.value, ja4_carrier(session.carrier))
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

fn tls(page: &mut Page, session: &Session) {
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
    if let Some(ja4) = session_ja4(session) {
        page.field("JA4", &ja4);
    }
    let leaf = session.certificates.seen().and_then(|chain| chain.value.entries.first());
    if let Some(ChainEntry::Certificate(leaf)) = leaf {
        page.field("certificate", &format!("issued by {}", leaf.issuer));
    }
}

/// Settings, window update, priorities and order of pseudo fields, in the notation that Akamai
/// proposed and others took up: `1:65536;3:1000|15663105|0|m,a,s,p`.
fn http2(setup: &Http2Setup, order: &str) -> String {
    let settings = setup.settings.iter().take(MAX_SETTINGS);
    let settings: Vec<String> = settings.map(|(id, value)| format!("{id}:{value}")).collect();
    let priorities = setup.priorities.iter().take(MAX_SETTINGS);
    let mut priorities: Vec<String> = priorities
        .map(|(stream, exclusive, on, weight)| {
            // On the wire the weight is one less than it means (RFC 7540 section 6.3).
            let weight = u16::from(*weight).saturating_add(1);
            format!("{stream}:{}:{on}:{weight}", u8::from(*exclusive))
        })
        .collect();
    if priorities.is_empty() {
        priorities.push(String::from("0"));
    }
    let order: Vec<String> = order.chars().map(String::from).collect();
    let window = setup.window_update;
    format!("{}|{window}|{}|{}", settings.join(";"), priorities.join(","), order.join(","))
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
    fn http2_in_the_usual_notation() {
        let mut setup = Http2Setup {
            settings: vec![(1, 65536), (3, 1000)],
            window_update: 15_663_105,
            priorities: Vec::new(),
        };
        assert_eq!(http2(&setup, "masp"), "1:65536;3:1000|15663105|0|m,a,s,p");
        setup.priorities = vec![(3, false, 0, 200), (5, true, 3, 0)];
        assert_eq!(http2(&setup, ""), "1:65536;3:1000|15663105|3:0:0:201,5:1:3:1|");
    }

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

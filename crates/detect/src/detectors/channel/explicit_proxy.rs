//! `channel/explicit-proxy`: the client was told to use a proxy, and does.
//!
//! A proxy that passes TLS on unopened is no interception; it is the place where one would sit.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dissect::http::values;
use dissect::{DnsMessage, Fact, FlowId, Prelude, Record, Session, Stage};

use crate::call::Call;
use crate::call::quote::{quote, shortened};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::words::{ends_with, holds};

pub(crate) static RULE: Rule = Rule {
    id: "channel/explicit-proxy",
    title: "The client uses a proxy",
    severity: Severity::Low,
    surface: Surface::Channel,
    needs: &[Need::Packets],
    references: &[
        "CWE-441",
        "MASVS-NETWORK-1",
        "ATT&CK T1090",
        "RFC 9110 section 9.3.6",
        "RFC 9112 section 3.2.2",
        "RFC 1928",
    ],
    explanation: "The client sent its requests to a proxy: CONNECT or SOCKS for connections that \
        are encrypted, whole URLs for those that are not, or it fetched a proxy configuration. A \
        proxy that only passes on what it gets cannot read TLS, but it learns every host, it reads \
        and may change what is not encrypted, and it is where interception tools sit. The \
        certificates inside the tunnel tell whether this one opens it.",
    evidence: "The request to the proxy with its target, the proxy's address and port, and which \
        tools use this port when nobody chooses another.",
    false_positives: "Company networks, Tor, and VPN and debugging apps use proxies on purpose. A \
        few clients send whole URLs to the server itself.",
    fix: "If nobody set this proxy up, remove it: on Android in the Wi-Fi network's advanced \
        settings and under VPN, on iOS in the Wi-Fi network's settings (HTTP Proxy) and among the \
        profiles, elsewhere in the system's proxy settings; turn off automatic discovery (WPAD). \
        An app that must not be proxied pins its keys; a server cannot see the proxy reliably.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::DNS.and(Kinds::EXCHANGE).and(Kinds::NEGOTIATED).and(Kinds::ENDED),
    build: || Box::new(ExplicitProxy::default()),
};

/// Flows that are remembered, so that each counts once.
const MAX_FLOWS: usize = 65_536;

/// Ports that proxies listen on when nobody chooses another.
const PORTS: &[(u16, &str)] = &[
    (1080, "SOCKS servers"),
    (3128, "Squid"),
    (8000, "HTTP Toolkit and mockttp"),
    (8001, "AnyProxy"),
    (8080, "mitmproxy, Burp and ZAP"),
    (8866, "Fiddler Everywhere"),
    (8888, "Charles and Fiddler"),
    (8899, "whistle"),
    (9000, "Reqable"),
    (9050, "Tor"),
    (9090, "Proxyman"),
    (9099, "ProxyPin"),
    (9150, "Tor Browser"),
];

/// Flows that were raised already.
#[derive(Default)]
struct ExplicitProxy {
    raised: BTreeSet<FlowId>,
}

impl Detector for ExplicitProxy {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(flow) = record.flow.as_ref().map(|flow| flow.id) else { return };
        if self.raised.contains(&flow) {
            return;
        }
        let sighting = match &record.fact {
            Fact::Dns(message) => discovered(record, message),
            Fact::Exchange(_) => scene.call.and_then(asked),
            Fact::Session(Stage::Negotiated | Stage::Ended, session) => tunnelled(record, session),
            _ => None,
        };
        if let Some(sighting) = sighting {
            if self.raised.len() >= MAX_FLOWS {
                self.raised.clear();
            }
            self.raised.insert(flow);
            scene.sightings.push(sighting);
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        self.raised.clear();
    }
}

/// The request to a proxy that came before TLS or HTTP: what was asked, and of whom.
fn request_of(preludes: &[Prelude]) -> Option<(&'static str, String)> {
    preludes.iter().find_map(|prelude| match prelude {
        Prelude::HttpConnect { target } => Some(("an HTTP proxy", format!("CONNECT {target}"))),
        Prelude::Socks { version, target } => {
            Some(("a SOCKS proxy", format!("SOCKS{version} {target}")))
        }
        // A load balancer speaks the PROXY protocol, not the client.
        Prelude::ProxyProtocol { .. } | Prelude::StartTls { .. } | Prelude::Tls { .. } => None,
    })
}

/// TLS inside CONNECT or SOCKS.
fn tunnelled(record: &Record, session: &Session) -> Option<Sighting> {
    let (what, request) = request_of(&session.preludes)?;
    let packets = session.client_hello.as_ref().map(|hello| hello.packets)?;
    let mut evidence = vec![quote(packets, "tls-behind", shortened(&request))];
    if let Some(sni) = session.sni() {
        evidence.push(quote(packets, "server-name", sni));
    }
    Some(raise(record, what, Confidence::Certain, evidence))
}

/// A request to a proxy, or HTTP behind one.
fn asked(case: &Call<'_>) -> Option<Sighting> {
    let record = case.record;
    if let Some((what, request)) = request_of(case.exchange.preludes()) {
        let evidence = case.asked("http-behind", shortened(&request));
        return Some(raise(record, what, Confidence::Certain, vec![evidence]));
    }
    if !case.is_plain() {
        return None;
    }
    let evidence = || {
        let mut evidence = vec![case.request_line()];
        evidence.extend(case.status());
        evidence
    };
    if case.request().method == "CONNECT" {
        if !is_authority(&case.request().target) {
            return None;
        }
        let opened = case.response().is_some_and(|response| response.status / 100 == 2);
        let sure = if opened { Confidence::Certain } else { Confidence::Likely };
        return Some(raise(record, "an HTTP proxy", sure, evidence()));
    }
    if case.request().is_absolute_form() {
        let confidence = whole_url(case)?;
        return Some(raise(record, "an HTTP proxy", confidence, evidence()));
    }
    configured(case, evidence)
}

/// How sure a whole URL as the target makes; `None` if the server is the one that it names.
fn whole_url(case: &Call<'_>) -> Option<Confidence> {
    let server = case.record.flow.as_ref()?.server;
    let host = case.host()?;
    if host.parse::<IpAddr>().is_ok_and(|address| address == server.address) {
        return None;
    }
    let says_so = |name: &&str| case.header(name).is_some();
    let via = case.response().is_some_and(|response| response.headers.first("via").is_some());
    if (via && server.port != 80) || ["proxy-connection", "proxy-authorization"].iter().any(says_so)
    {
        return Some(Confidence::Certain);
    }
    // RFC 9112 section 3.2.2: servers must accept it, too, and some clients send it to them.
    match (server.port, is_local(server.address)) {
        (80, false) => None,
        (80, true) => Some(Confidence::Possible),
        _ => Some(Confidence::Likely),
    }
}

/// Whether a target is `host:port`, as CONNECT must have it.
fn is_authority(target: &str) -> bool {
    let is_port = |port: &str| port.starts_with(|c: char| c.is_ascii_digit());
    target.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && is_port(port))
}

/// Whether an address belongs to a local network.
const fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// A proxy configuration was fetched.
fn configured(case: &Call<'_>, evidence: impl FnOnce() -> Vec<Evidence>) -> Option<Sighting> {
    let response = case.response().filter(|response| response.status == 200)?;
    let kind = response.headers.first("content-type").unwrap_or_default();
    let path = case.path();
    let is_named = ends_with(path, "/wpad.dat") || ends_with(path, ".pac");
    // Hardly any answer is one, and bodies are long.
    if !is_named && !holds(kind, "proxy-autoconfig") {
        return None;
    }
    let kind = values::media_type(&response.headers).unwrap_or_default();
    let body = String::from_utf8_lossy(&response.body.bytes);
    let is_script = kind == "application/x-ns-proxy-autoconfig" || body.contains("FindProxyForURL");
    // A page that says that there is none has the path as well.
    if !is_script || !(is_named || kind.contains("proxy-autoconfig")) {
        return None;
    }
    let proxies = ["PROXY ", "SOCKS ", "SOCKS5 ", "HTTPS "].iter().filter_map(|word| {
        let (_, rest) = body.split_once(word)?;
        let end = rest.find([';', '"', '\'']).unwrap_or(rest.len());
        Some(format!("{word}{}", shortened(rest.get(..end)?.trim())))
    });
    let mut evidence = evidence();
    evidence.extend(proxies.map(|proxy| case.answered("proxy", proxy)).take(4));
    let draft = Draft {
        key: "configuration".into(),
        confidence: Confidence::Certain,
        title: format!("The client fetched its proxy configuration from {}", case.label()),
        evidence,
        alternatives: alternatives(&["a company network that configures its proxy this way"]),
    };
    Some(draft.on(&RULE, case))
}

/// The name `wpad` was looked up and found.
fn discovered(record: &Record, message: &DnsMessage) -> Option<Sighting> {
    let is_wpad = |name: &str| {
        name.strip_prefix("wpad")
            .is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b'.')))
    };
    let question = message.questions.iter().find(|question| is_wpad(&question.name))?;
    let address = message.addresses().next()?;
    let flow = record.flow.as_ref()?;
    let subject = Subject {
        client: Some(flow.client.address),
        server: Some(flow.server),
        host: Some(question.name.clone()),
        flow: Some(std::sync::Arc::clone(flow)),
    };
    let draft = Draft {
        key: "discovery".into(),
        confidence: Confidence::Likely,
        title: format!(
            "The client looked for a proxy configuration by name, and {} was found at {address}",
            question.name
        ),
        evidence: vec![Evidence {
            packets: vec![message.at.number],
            fact: "dns-answer",
            value: format!("{} {address}", question.name),
        }],
        alternatives: alternatives(&["a company network that configures its proxy this way"]),
    };
    Some(draft.about(&RULE, subject, record.packet))
}

fn raise(
    record: &Record,
    what: &str,
    confidence: Confidence,
    mut evidence: Vec<Evidence>,
) -> Sighting {
    let flow = record.flow.as_ref();
    let subject = Subject {
        client: flow.map(|flow| flow.client.address),
        server: flow.map(|flow| flow.server),
        host: None,
        flow: flow.cloned(),
    };
    let port = subject.server.map(|server| server.port);
    if let (Some(at), Some((port, tools))) =
        (evidence.first(), PORTS.iter().find(|(listed, _)| Some(*listed) == port))
    {
        let value = format!("{port}: the usual one of {tools}");
        evidence.push(Evidence { packets: at.packets.clone(), fact: "port", value });
    }
    let draft = Draft {
        key: String::new(),
        confidence,
        title: format!("The client uses {what} at {}", subject.label()),
        evidence,
        alternatives: alternatives(&[
            "a proxy that a company, a VPN or Tor uses on purpose, and that opens no TLS",
            "a debugging proxy of the app's own developers",
        ]),
    };
    draft.about(&RULE, subject, record.packet)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use dissect::DnsData;

    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{asked, dns};

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut ExplicitProxy::default(), &Known::default(), records)
    }

    #[test]
    fn connect_is_raised_once_a_flow() {
        let connect = || {
            asked("CONNECT", "api.shop.test:443", &[], "")
                .answer(200, &[], "")
                .with_server("10.0.0.9", 8080)
                .record()
        };
        let raised = raised(&[connect(), connect()]);
        assert_eq!(raised.len(), 1);
        assert_eq!(raised[0].title, "The client uses an HTTP proxy at 10.0.0.9:8080");
        assert_eq!(raised[0].evidence[0].value, "CONNECT api.shop.test:443");
        assert!(raised[0].evidence.iter().any(|evidence| evidence.value.contains("mitmproxy")));
    }

    #[test]
    fn refused_and_absolute_and_socks_are_raised() {
        let refused = asked("CONNECT", "api.shop.test:443", &[], "").answer(407, &[], "x");
        assert_eq!(raised(&[refused.record()])[0].confidence, Confidence::Likely);
        let whole = asked("GET", "", &[("Host", "shop.test")], "")
            .target("http://shop.test/?a=1")
            .with_server("203.0.113.5", 3128);
        assert_eq!(raised(&[whole.record()])[0].evidence[0].value, "GET http://shop.test/?a=…");
        let socks = Prelude::Socks { version: 5, target: "shop.test:80".into() };
        let inside = asked("GET", "http://shop.test/", &[], "").behind(socks).record();
        assert!(raised(&[inside])[0].title.contains("a SOCKS proxy"));
    }

    #[test]
    fn configurations_are_raised() {
        let kind = ("Content-Type", "application/x-ns-proxy-autoconfig");
        let script =
            "function FindProxyForURL(url, host) { return \"PROXY 10.0.0.9:8080; DIRECT\"; }";
        let pac = asked("GET", "http://wpad.corp.test/wpad.dat", &[], "");
        let raised_one = raised(&[pac.answer(200, &[kind], script).record()]);
        assert!(raised_one[0].evidence.iter().any(|e| e.value == "PROXY 10.0.0.9:8080"));
        let address = DnsData::Address(Ipv4Addr::new(10, 0, 0, 9).into());
        assert_eq!(raised(&[dns("wpad.corp.test", 1, 60, Some(address))]).len(), 1);
    }

    #[test]
    fn what_is_no_proxy_is_not() {
        let origin = asked("GET", "http://shop.test/?u=http://a.test/", &[], "").record();
        let itself = asked("GET", "", &[], "").target("http://203.0.113.5/x").record();
        let other = asked("GET", "", &[], "").target("http://shop.test/x").record();
        let path = asked("CONNECT", "/", &[], "").answer(400, &[], "x").record();
        let balancer = Prelude::ProxyProtocol { source: None };
        let behind = asked("GET", "http://shop.test/", &[], "").behind(balancer).record();
        let missing = asked("GET", "http://wpad.corp.test/wpad.dat", &[], "");
        let missing = missing.answer(404, &[], "no").record();
        let unanswered = dns("wpad.corp.test", 1, 0, None);
        for record in [origin, itself, other, path, behind, missing, unanswered] {
            assert!(raised(std::slice::from_ref(&record)).is_empty(), "{record:?}");
        }
    }
}

//! `device/proxy-setup`: a device is being prepared for interception: the set-up page of a tool, or
//! a private CA's certificate, was fetched.

mod authority;
mod pages;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

use dissect::{DnsMessage, Fact, Prelude, Record, Response, Session, Stage};

use self::authority::Handed;
use crate::call::Call;
use crate::call::quote::{normal_host, quote, url_host};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{self, Draft, alternatives};
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::Trust;
use crate::words::Words;

pub(crate) static RULE: Rule = Rule {
    id: "device/proxy-setup",
    title: "An interceptor's certificate or set-up page was fetched",
    severity: Severity::High,
    surface: Surface::Device,
    needs: &[Need::Packets],
    references: &["CWE-295", "MASVS-NETWORK-2", "MASVS-RESILIENCE-1", "ATT&CK T1553.004"],
    explanation: "Tools that read TLS must first bring their own authority into the device's list \
        of trusted ones. They hand it out on a page of a well-known name, or as a file over plain \
        HTTP. Whoever fetches it is about to trust the tool, or does already: from then on every \
        connection of every app that accepts user-installed authorities can be read. A revocation \
        list with the tool's token in its name shows that one of its certificates was accepted.",
    evidence: "The request, the certificate's subject and fingerprint, or the name that was looked \
        up or asked for in the handshake.",
    false_positives: "Developers and testers who intercept their own traffic. Companies that hand \
        out their private authority this way. Ad blockers that filter TLS on the device itself.",
    fix: "If nobody meant to install it, remove the authority: on Android under Encryption & \
        credentials, Trusted credentials, User; on iOS under VPN & Device Management and \
        Certificate Trust Settings. An app does not trust user-installed authorities on Android 7 \
        and later unless its network security configuration says so; on iOS pin the keys of the \
        hosts that matter. A company hands out its authority by device management, not over \
        plain HTTP.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::DNS.and(Kinds::EXCHANGE).and(Kinds::ENDED),
    build: || Box::new(ProxySetup),
};

/// Parts of user agents that build chains by themselves and fetch authorities for it.
const CHAIN_BUILDERS: Words = Words::new(&["microsoft-cryptoapi", "trustd", "securityd", "ocspd"]);

/// Ends of paths by which certificates and profiles are handed out.
const CERTIFICATES: Words = Words::new(&[".cer", ".crt", ".der", ".mobileconfig", ".pem"]);
/// Parts of the media types of such.
const KINDS: Words = Words::new(&["x509", "pkix-cert", "pem", "aspen-config"]);
/// Media types of whatever it may be.
const ANY_KIND: Words = Words::new(&["application/octet-stream", "text/plain"]);

/// Stateless: every request is judged by itself.
struct ProxySetup;

impl Detector for ProxySetup {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let sighting = match &record.fact {
            Fact::Dns(message) => looked_up(record, message),
            Fact::Exchange(_) => scene.call.and_then(|call| fetched(call, scene.trust)),
            Fact::Session(Stage::Ended, session) => in_handshake(record, session),
            _ => None,
        };
        scene.sightings.extend(sighting);
    }
}

/// A page, a list or a certificate was fetched.
fn fetched(call: &Call<'_>, trust: &mut Trust) -> Option<Sighting> {
    let record = call.record;
    let host = LazyCell::new(|| host_asked(call));
    let mut described = Vec::new();
    let at = record.packet.timestamp;
    let handed = call.response().and_then(|response| {
        if !may_hold_authority(call.path(), response) {
            return None;
        }
        let handed = authority::of(response, at, trust)?;
        described.extend(describe(&handed, &response.packets.numbers()));
        Some(handed)
    });
    let (key, title) = if pages::is_mitmproxy_crl(call.path()) {
        let title = format!(
            "{} was asked for a revocation list with mitmproxy's token in its name: a \
             certificate of mitmproxy is in use",
            *host
        );
        (String::from("mitmproxy"), title)
    } else if let Some(page) = pages::fetched(&host, call.path()) {
        let (tool, what) =
            (page.tool, if handed.is_some() { "certificate" } else { "set-up page" });
        (String::from(tool), format!("The {what} of the interception tool {tool} was fetched"))
    } else if let Some(handed) = handed.filter(|_| !builds_chains(call)) {
        private_authority(&handed, &host)
    } else {
        return None;
    };
    let host = String::from(&**host);
    let mut evidence = vec![call.request_line(), call.asked("host", host.clone())];
    evidence.extend(described);
    Some(raise(record, host, key, Confidence::Certain, title, evidence))
}

/// Whether path or media type is one that certificates and profiles are handed out with.
fn may_hold_authority(path: &str, response: &Response) -> bool {
    let kind = response.headers.first("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or(kind).trim();
    CERTIFICATES.end(path) || KINDS.are_in(kind) || kind.is_empty() || ANY_KIND.are(kind)
}

fn describe(handed: &Handed, packets: &[u64]) -> Vec<Evidence> {
    let fact = |fact, value| Evidence { packets: packets.to_vec(), fact, value };
    match handed {
        Handed::Certificate(authority) => vec![
            fact("subject", authority.subject.to_string()),
            fact("sha256", dissect::hex(&authority.sha256)),
        ],
        Handed::Profile => vec![fact("profile", String::from("root certificate"))],
    }
}

/// Key and title where the tool is not known.
fn private_authority(handed: &Handed, host: &str) -> (String, String) {
    match handed {
        Handed::Certificate(authority) => (
            dissect::hex(&authority.sha256),
            format!(
                "The certificate of the private authority \"{}\" was fetched from {host}",
                authority.subject
            ),
        ),
        Handed::Profile => (
            String::from("profile"),
            format!("A configuration profile with a root certificate was fetched from {host}"),
        ),
    }
}

fn builds_chains(call: &Call<'_>) -> bool {
    CHAIN_BUILDERS.are_in(call.header("user-agent").unwrap_or_default())
}

/// The host that a request names, also that of CONNECT.
fn host_asked<'a>(call: &'a Call<'_>) -> Cow<'a, str> {
    match call.host() {
        Some(host) => host.into(),
        None if call.exchange.host().is_some() => Cow::default(),
        None => url_host(&call.request().target).map(|(_, host)| host).unwrap_or_default(),
    }
}

/// A tool's host was asked for in a handshake, or of a proxy before it.
fn in_handshake(record: &Record, session: &Arc<Session>) -> Option<Sighting> {
    let targets = session.preludes.iter().filter_map(|prelude| match prelude {
        Prelude::HttpConnect { target } | Prelude::Socks { target, .. } => {
            Some(target.rsplit_once(':').map_or(target.as_str(), |(host, _)| host))
        }
        Prelude::ProxyProtocol { .. } | Prelude::StartTls { .. } | Prelude::Tls { .. } => None,
    });
    let host = session.sni().into_iter().chain(targets).map(normal_host);
    let (host, page) =
        host.filter_map(|host| Some((pages::named(&host)?, host))).map(|(p, h)| (h, p)).next()?;
    let packets = session.client_hello.as_ref().map(|hello| hello.packets)?;
    let title =
        format!("{host}, the set-up page of the interception tool {}, was asked for", page.tool);
    let host = host.into_owned();
    let evidence = vec![quote(packets, "server-name", host.clone())];
    let mut sighting = raise(record, host, page.tool.into(), Confidence::Likely, title, evidence);
    sighting.subject = draft::subject(record, session);
    sighting.session = Some(Arc::clone(session));
    Some(sighting)
}

/// A tool's host was looked up.
fn looked_up(record: &Record, message: &DnsMessage) -> Option<Sighting> {
    let mut questions = message.questions.iter();
    let (name, page) =
        questions.find_map(|question| Some((&question.name, pages::named(&question.name)?)))?;
    let name = name.to_string();
    let title =
        format!("{name}, the set-up page of the interception tool {}, was looked up", page.tool);
    let evidence = vec![Evidence {
        packets: vec![message.at.number],
        fact: "dns-question",
        value: name.clone(),
    }];
    Some(raise(record, name, page.tool.into(), Confidence::Likely, title, evidence))
}

fn raise(
    record: &Record,
    host: String,
    key: String,
    confidence: Confidence,
    title: String,
    evidence: Vec<Evidence>,
) -> Sighting {
    let flow = record.flow.as_ref();
    let subject = Subject {
        client: flow.map(|flow| flow.client.address),
        server: flow.map(|flow| flow.server),
        host: (!host.is_empty()).then_some(host),
        flow: flow.cloned(),
    };
    let alternatives = alternatives(&[
        "a developer or tester who intercepts the device's own traffic",
        "a company that hands out its private authority",
        "an ad blocker that filters TLS on the device itself",
    ]);
    let draft = Draft { key, confidence, title, evidence, alternatives };
    draft.about(&RULE, subject, record.packet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Http, asked, dns};

    fn raised(records: &[Record]) -> Vec<(String, Confidence)> {
        let raised = sightings(&mut ProxySetup, &Known::default(), records);
        raised.into_iter().map(|sighting| (sighting.key, sighting.confidence)).collect()
    }

    fn get(url: &str) -> Http {
        asked("GET", url, &[], "")
    }

    #[test]
    fn set_up_pages_are_raised() {
        for (url, tool) in [
            ("http://mitm.it/cert/pem", "mitmproxy"),
            ("http://burp/cert", "Burp"),
            ("http://ipv4.fiddler:8866/", "Fiddler"),
            ("http://proxy.man/ssl", "Proxyman"),
            ("http://192.0.2.7:10080/polarproxy.cer", "PolarProxy"),
            ("http://e5.c.lencr.test/mitmproxy-47110815471108154711.crl", "mitmproxy"),
        ] {
            assert_eq!(raised(&[get(url).record()]), [(tool.into(), Confidence::Certain)], "{url}");
        }
        let whole = get("").target("http://mitm.it/").with_server("10.0.0.9", 8080);
        assert_eq!(raised(&[whole.record()]), [("mitmproxy".into(), Confidence::Certain)]);
    }

    #[test]
    fn names_alone_are_likely() {
        let question = dns("cert.proxyman.io", 1, 0, None);
        assert_eq!(raised(&[question]), [("Proxyman".into(), Confidence::Likely)]);
    }

    #[test]
    fn profiles_with_a_root_are_raised() {
        let profile = "<key>PayloadType</key><string>com.apple.security.root</string>";
        let kind = ("Content-Type", "application/x-apple-aspen-config");
        let fetched = get("http://10.0.0.9/ca.mobileconfig").answer(200, &[kind], profile);
        assert_eq!(raised(&[fetched.record()]), [("profile".into(), Confidence::Certain)]);
        let wifi = profile.replace("security.root", "wifi.managed");
        let fetched = get("http://10.0.0.9/wifi.mobileconfig").answer(200, &[kind], wifi);
        assert!(raised(&[fetched.record()]).is_empty());
    }

    #[test]
    fn other_pages_and_names_are_not() {
        for url in [
            "http://www.charlesproxy.com/documentation/",
            "http://local.adguard.org/user-script.js",
            "http://e5.c.lencr.test/42.crl",
            "http://shop.test/ssl",
        ] {
            assert!(raised(&[get(url).record()]).is_empty(), "{url}");
        }
        assert!(raised(&[dns("www.proxyman.io", 1, 0, None)]).is_empty());
        assert!(
            raised(&[get("http://shop.test/a.cer").answer(200, &[], "no").record()]).is_empty()
        );
    }
}

//! `channel/captive-portal`: a check for connectivity was answered by somebody else.
//!
//! Phones fetch a page whose answer they know. Another answer than that means a portal, which is
//! no interception by itself: it is said so that other findings of the capture are read with it.

use dissect::{Record, Response};

use crate::call::Call;
use crate::call::quote::{url_host, without_secrets};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "channel/captive-portal",
    title: "A portal answered instead of the host",
    severity: Severity::Low,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &["MASVS-NETWORK-1", "ATT&CK T1638", "RFC 6585 section 6", "RFC 8952"],
    explanation: "The device asked a page whose answer is known, to learn whether it is connected \
        to the internet, and got a redirect or a page of somebody else. Hotels, airports and \
        trains do that until one has logged in. Until then, what a device sees is not the \
        internet: connections are reset, names resolve to the portal, certificates do not fit. \
        Whoever runs the network decides what is answered, and a portal is a good place to ask \
        for passwords that are none of its business.",
    evidence: "The request, the status of the answer, and the place that the answer leads to.",
    false_positives: "A test host that has moved or changed its answer, and a filter that blocks \
        it with a page of its own.",
    fix: "Log in to the network, and capture again, before other findings are believed. Do not give \
        a portal the password of anything else. An app should treat a portal as being offline: on \
        Android ask NetworkCapabilities for NET_CAPABILITY_VALIDATED, on iOS wait for \
        connectivity (waitsForConnectivity), and keep to HTTPS so that a portal can break a \
        connection but not answer in the server's name.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::EXCHANGE, build: || Box::new(CaptivePortal) };

/// What a check for connectivity is answered with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Expected {
    /// 204, or 200 without a body (as Android counts it).
    NoContent,
    /// This text somewhere in the body.
    Text(&'static str),
    /// Not known; a redirect elsewhere is not it.
    Anything,
}

/// Host (empty: any), path (empty: any), and the answer. As the systems that ask document them or
/// as they do in captures.
const CHECKS: &[(&str, &str, Expected)] = &[
    // Android, ChromeOS, Chrome, and the vendors' servers of the same kind (RFC 8952 section 3).
    ("", "/generate_204", Expected::NoContent),
    ("", "/gen_204", Expected::NoContent),
    ("", "/generate204", Expected::NoContent),
    // iOS and macOS.
    ("captive.apple.com", "", Expected::Text("Success")),
    ("", "/hotspot-detect.html", Expected::Text("Success")),
    ("www.apple.com", "/library/test/success.html", Expected::Text("Success")),
    // Windows 10 and 11; before.
    ("www.msftconnecttest.com", "/connecttest.txt", Expected::Text("Microsoft Connect Test")),
    ("ipv6.msftconnecttest.com", "/connecttest.txt", Expected::Text("Microsoft Connect Test")),
    ("www.msftncsi.com", "/ncsi.txt", Expected::Text("Microsoft NCSI")),
    ("ipv6.msftncsi.com", "/ncsi.txt", Expected::Text("Microsoft NCSI")),
    // Firefox.
    ("detectportal.firefox.com", "/success.txt", Expected::Text("success")),
    ("detectportal.firefox.com", "/canonical.html", Expected::Text("captive-portal")),
    // NetworkManager.
    ("nmcheck.gnome.org", "/check_network_status.txt", Expected::Text("NetworkManager is online")),
    ("network-test.debian.org", "/nm", Expected::Text("NetworkManager is online")),
    ("conncheck.opensuse.org", "", Expected::Text("NetworkManager is online")),
    ("ping.archlinux.org", "/nm-check.txt", Expected::Text("NetworkManager is online")),
    ("fedoraproject.org", "/static/hotspot.txt", Expected::Text("OK")),
    ("connectivity-check.ubuntu.com", "", Expected::NoContent),
    // Kindle.
    ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", Expected::Text("81ce4465")),
];

/// Hosts that exist for checks, by the beginning of their names.
const CHECK_HOSTS: &[&str] = &["connectivity", "connectivitycheck", "captive", "detectportal"];

/// Network Authentication Required (RFC 6585 section 6).
const AUTHENTICATION_REQUIRED: u16 = 511;

/// Stateless: every exchange is judged by itself.
struct CaptivePortal;

impl Detector for CaptivePortal {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        if let Some(case) = scene.plain() {
            scene.sightings.extend(judge(case));
        }
    }
}

fn judge(case: &Call<'_>) -> Option<Sighting> {
    let (host, response) = (case.host()?, case.response()?);
    let elsewhere = leads_elsewhere(host, response);
    let (confidence, what) = if response.status == AUTHENTICATION_REQUIRED {
        (Confidence::Certain, String::from("the network asks for a login"))
    } else {
        let expected = expected(host, case.path())?;
        match &elsewhere {
            Some(portal) => (Confidence::Likely, format!("a redirect to {portal}")),
            None if is_other_body(response, expected) => {
                (Confidence::Likely, String::from("a page that is not the host's"))
            }
            None => return None,
        }
    };
    let mut evidence = vec![case.request_line()];
    evidence.extend(case.status());
    let location = response.headers.first("location");
    evidence.extend(location.map(|url| case.answered("location", without_secrets(url))));
    let draft = Draft {
        key: elsewhere.unwrap_or_default(),
        confidence,
        title: format!("A portal answered instead of {host}: {what}"),
        evidence,
        alternatives: alternatives(&[
            "a host for connectivity checks that has moved or changed its answer",
            "a filter that blocks the host with a page of its own",
        ]),
    };
    Some(draft.on(&RULE, case))
}

/// The answer that is known for this page; `None` if it is no check for connectivity.
fn expected(host: &str, path: &str) -> Option<Expected> {
    let listed = CHECKS.iter().find(|(of_host, of_path, _)| {
        (of_host.is_empty() || host == *of_host) && (of_path.is_empty() || path == *of_path)
    });
    let by_name = || {
        let first = host.split('.').next().unwrap_or(host);
        (host.contains('.') && CHECK_HOSTS.contains(&first)).then_some(Expected::Anything)
    };
    listed.map(|(_, _, expected)| *expected).or_else(by_name)
}

/// The host that a redirect leads to, if it is another one.
fn leads_elsewhere(host: &str, response: &Response) -> Option<String> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let (_, target) = url_host(response.headers.first("location")?)?;
    (*target != *host && !target.is_empty()).then(|| target.into_owned())
}

/// Whether a successful answer is not the known one. What was not read whole decides nothing.
fn is_other_body(response: &Response, expected: Expected) -> bool {
    let body = &response.body;
    let coded = response.headers.first("content-encoding").is_some();
    match expected {
        Expected::Anything => false,
        // Android takes 200 with up to four bytes for a broken proxy's 204.
        Expected::NoContent => response.status == 200 && body.length > 4,
        Expected::Text(text) => {
            let found = String::from_utf8_lossy(&body.bytes).contains(text);
            response.status == 200 && body.length > 0 && !coded && !found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::asked;

    fn raised(url: &str, status: u16, location: &'static str, body: &str) -> Vec<String> {
        let headers = [("Location", location)];
        let headers = if location.is_empty() { &[][..] } else { &headers[..] };
        let record = asked("GET", url, &[], "").answer(status, headers, body).record();
        let raised = sightings(&mut CaptivePortal, &Known::default(), &[record]);
        raised.into_iter().map(|sighting| sighting.title).collect()
    }

    #[test]
    fn redirects_to_a_portal_are_raised() {
        let portal = "https://login.portal.test/?u=/generate_204";
        let titles = raised("http://connectivity.noise.test/generate_204", 302, portal, "");
        assert!(titles[0].ends_with("a redirect to login.portal.test"), "{titles:?}");
        for url in [
            "http://captive.apple.com/hotspot-detect.html",
            "http://www.msftconnecttest.com/connecttest.txt",
            "http://connectivity.vendor.test/anything",
        ] {
            assert_eq!(raised(url, 307, portal, "").len(), 1, "{url}");
        }
    }

    #[test]
    fn other_answers_are_raised() {
        let page = "<html>Welcome to our hotel</html>";
        for url in [
            "http://clients3.google.com/generate_204",
            "http://captive.apple.com/",
            "http://detectportal.firefox.com/success.txt?ipv4",
        ] {
            assert_eq!(raised(url, 200, "", page).len(), 1, "{url}");
        }
        assert_eq!(raised("http://shop.test/", 511, "", page).len(), 1);
    }

    #[test]
    fn the_known_answers_are_not() {
        for (url, status, body) in [
            ("http://connectivity.noise.test/generate_204", 204, ""),
            ("http://clients3.google.com/generate_204", 200, ""),
            ("http://captive.apple.com/hotspot-detect.html", 200, "<BODY>Success</BODY>"),
            ("http://www.msftncsi.com/ncsi.txt", 200, "Microsoft NCSI"),
            ("http://www.msftncsi.com/ncsi.txt", 404, "not found"),
        ] {
            assert!(raised(url, status, "", body).is_empty(), "{url}");
        }
    }

    #[test]
    fn other_redirects_are_not() {
        for (url, location) in [
            ("http://shop.test/", "https://login.portal.test/"),
            ("http://captive.apple.com/", "https://captive.apple.com/"),
            ("http://www.msftconnecttest.com/redirect", "http://go.microsoft.com/fwlink/"),
        ] {
            assert!(raised(url, 302, location, "").is_empty(), "{url}");
        }
    }
}

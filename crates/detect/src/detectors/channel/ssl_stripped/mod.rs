//! `channel/ssl-stripped`: plain HTTP where HTTPS was known or demanded.
//!
//! That a host is asked over both is common and proves nothing. Raised is content in the clear — a
//! page, an API's answer, a login — for which there is a demand that a genuine server and client
//! would have met, or an answer that bears the marks of a tool that strips.

mod demand;
mod marks;

use dissect::{Fact, Record, Stage};

use self::demand::{Demand, Memory};
use crate::call::Call;
use crate::call::quote::quote;
use crate::call::secrets;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::settings::Known;
use dissect::http::values;

pub(crate) static RULE: Rule = Rule {
    id: "channel/ssl-stripped",
    title: "Plain HTTP where HTTPS was known or demanded",
    severity: Severity::Critical,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-319",
        "CWE-757",
        "MASVS-NETWORK-1",
        "ATT&CK T1557",
        "ATT&CK T1638",
        "RFC 6797 section 2.3.1",
    ],
    explanation: "Somebody in the way can keep a client from ever reaching HTTPS: he talks HTTPS \
        to the server, plain HTTP to the client, and takes every redirect, link and header that \
        would lead to HTTPS out of what he passes on. No certificate is forged and no warning is \
        shown, while all that is typed is read. Here a host was used over plain HTTP although the \
        same capture shows that it belongs behind HTTPS, or the answer bears the marks of a \
        tool that does this.",
    evidence: "The request and its answer, and what demands HTTPS: an earlier redirect, \
        Strict-Transport-Security, a Secure cookie, an earlier TLS session, the browsers' preload \
        list; or the header or cookie by which the tool is known.",
    false_positives: "A server that serves the same thing both ways, and a client that ignores \
        Strict-Transport-Security. A portal or a filter that answers for the host. A server that \
        was changed during the capture.",
    fix: "Treat what was sent as read by others: change the passwords, end the sessions. In the \
        app use https URLs only and forbid cleartext traffic (on Android \
        cleartextTrafficPermitted false, on iOS no App Transport Security exceptions). On the \
        server send Strict-Transport-Security with includeSubDomains and have the domain \
        preloaded, and set Secure on every cookie.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE.and(Kinds::ENDED),
    build: || Box::new(SslStripped::default()),
};

/// What is known of each client and host.
#[derive(Default)]
struct SslStripped {
    memory: Memory,
}

impl Detector for SslStripped {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        match &record.fact {
            Fact::Session(Stage::Ended, session) => self.memory.session(record, session),
            Fact::Exchange(_) => match (scene.plain(), scene.call) {
                (Some(case), _) => {
                    let sighting = self.judge(case, scene.known);
                    scene.sightings.extend(sighting);
                    self.memory.plain(case);
                }
                (None, Some(call)) => self.memory.decrypted(call),
                (None, None) => {}
            },
            _ => {}
        }
    }

    fn end_of_input(&mut self, _scene: &mut Scene<'_>) {
        self.memory = Memory::default();
    }
}

impl SslStripped {
    fn judge(&self, case: &Call<'_>, known: &Known) -> Option<Sighting> {
        if let Some(mark) = marks::of(case) {
            let title = format!(
                "{} was stripped of HTTPS by {}: its plain answer bears the tool's mark",
                case.label(),
                mark.tool
            );
            return Some(raise(case, mark.confidence, title, vec![mark.evidence]));
        }
        if !is_content(case) {
            return None;
        }
        let demand = self.memory.demand(case).or_else(|| in_baseline(case, known))?;
        let evidence = evidence_of(&demand);
        let title = format!(
            "{} was used over plain HTTP although {}: HTTPS was stripped on the way",
            case.label(),
            demand.words()
        );
        Some(raise(case, demand.confidence(), title, evidence))
    }
}

fn raise(case: &Call<'_>, confidence: Confidence, title: String, more: Vec<Evidence>) -> Sighting {
    let mut evidence = vec![case.request_line()];
    evidence.extend(case.status());
    evidence.extend(more);
    let draft = Draft {
        key: String::new(),
        confidence,
        title,
        evidence,
        alternatives: alternatives(&[
            "a server that serves the same thing over HTTP and HTTPS",
            "a client that does not heed Strict-Transport-Security",
            "a portal or filter that answers for the host",
        ]),
    };
    draft.on(&RULE, case)
}

fn evidence_of(demand: &Demand) -> Vec<Evidence> {
    let (fact, value) = demand.fact();
    demand.seen().map(|packets| quote(packets, fact, value)).into_iter().collect()
}

/// The baseline has seen the host's TLS.
fn in_baseline(case: &Call<'_>, known: &Known) -> Option<Demand> {
    let host = known.baseline.hosts.get(case.host()?)?;
    (!host.versions.is_empty()).then_some(Demand::Baseline)
}

/// Whether the exchange is what stripping is about: a page, an API's answer, or a login, that was
/// answered with content. Revocation lists, packages, images and fonts are served in the clear by
/// good hosts.
fn is_content(case: &Call<'_>) -> bool {
    let Some(response) = case.response() else { return false };
    if !matches!(response.status, 200 | 201 | 203 | 206) || case.request().method == "CONNECT" {
        return false;
    }
    let kind = values::media_type(&response.headers).unwrap_or_default();
    let page = matches!(kind.as_str(), "text/html" | "application/xhtml+xml");
    (page || values::is_json(&kind)) && (response.body.length > 0 || is_login(case))
}

/// Whether the request tells a password or a bearer token.
fn is_login(case: &Call<'_>) -> bool {
    case.header("authorization").is_some_and(|value| secrets::bearer_scheme(value).is_some())
        || case.fields().iter().any(secrets::is_password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::asked;

    const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

    fn raised(records: &[Record]) -> Vec<Sighting> {
        sightings(&mut SslStripped::default(), &Known::default(), records)
    }

    fn redirect(location: &'static str, seconds: i64) -> Record {
        let exchange = asked("GET", "http://auth.bank.test/login", &[], "");
        exchange.answer(301, &[("Location", location)], "").after(seconds).record()
    }

    fn page(seconds: i64) -> Record {
        let exchange = asked("GET", "http://auth.bank.test/login", &[], "");
        exchange.answer(200, &[HTML], "<form>").after(seconds).record()
    }

    #[test]
    fn content_where_a_redirect_demanded_https_is_raised() {
        let raised = raised(&[redirect("https://auth.bank.test/login", 0), page(5)]);
        assert_eq!(raised.len(), 1);
        assert!(raised[0].title.contains("auth.bank.test"), "{}", raised[0].title);
        assert!(raised[0].evidence.iter().any(|evidence| evidence.fact == "redirect"));
    }

    #[test]
    fn a_redirect_to_itself_is_raised() {
        assert_eq!(raised(&[redirect("http://auth.bank.test/login", 0), page(1)]).len(), 1);
    }

    #[test]
    fn the_marks_of_a_tool_are_raised() {
        let headers = [
            HTML,
            ("Access-Control-Allow-Origin", "*"),
            ("Allow-Access-From-Same-Origin", "*"),
            ("Access-Control-Allow-Headers", "*"),
        ];
        let page = asked("GET", "http://shop.test/", &[], "").answer(200, &headers, "x").record();
        assert!(raised(&[page])[0].title.contains("bettercap"));
        let expired = "id=EXPIRED; path=/; domain=shop.test; Expires=Mon, 01-Jan-1990 00:00:00 GMT";
        let headers = [("Location", "http://shop.test/"), ("Set-Cookie", expired)];
        let page = asked("GET", "http://shop.test/", &[], "").answer(302, &headers, "").record();
        assert!(raised(&[page])[0].title.contains("sslstrip"));
    }

    #[test]
    fn hsts_and_secure_cookies_are_demands() {
        let hsts = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        let before = asked("GET", "http://bank.test/", &[], "").answer(200, &[hsts], "x");
        assert_eq!(raised(&[before.decrypted().record(), page(5)]).len(), 1);
        let cookie = ("Set-Cookie", "sid=0123456789abcdef; Path=/; Secure");
        let before = asked("GET", "http://shop.test/", &[], "").answer(200, &[cookie], "x");
        let sent = ("Cookie", "a=b; sid=0123456789abcdef");
        let page = asked("GET", "http://shop.test/", &[sent], "").answer(200, &[HTML], "x");
        assert_eq!(raised(&[before.decrypted().record(), page.record()]).len(), 1);
    }

    #[test]
    fn the_baseline_knows_hosts_by_their_tls() {
        let mut known = Known::default();
        known.baseline.hosts.entry("auth.bank.test".into()).or_default();
        assert!(sightings(&mut SslStripped::default(), &known, &[page(0)]).is_empty());
        let host = known.baseline.hosts.entry("auth.bank.test".into()).or_default();
        host.versions.insert("TLS 1.3".into());
        assert_eq!(sightings(&mut SslStripped::default(), &known, &[page(0)]).len(), 1);
    }

    #[test]
    fn a_login_where_the_host_redirects_to_https_is_raised() {
        let json = ("Content-Type", "application/json");
        let login = |password: &str| {
            let body = format!(r#"{{"user": "me", "pass": "{password}"}}"#);
            let exchange = asked("POST", "http://auth.bank.test/v1/login", &[json], &body);
            exchange.answer(200, &[json], "{}").after(60).record()
        };
        let redirect = || redirect("https://auth.bank.test/", 0);
        assert_eq!(raised(&[redirect(), login("hunter22")]).len(), 1);
        assert!(raised(&[redirect(), login("")]).is_empty(), "no password was sent");
        assert!(raised(&[login("hunter22")]).is_empty(), "nothing demands HTTPS");
    }

    #[test]
    fn preloaded_domains_demand_https_of_browsers() {
        let page = |agent| {
            let headers = [("User-Agent", agent)];
            asked("GET", "http://shop.dev/", &headers, "").answer(200, &[HTML], "x").record()
        };
        assert_eq!(raised(&[page("Mozilla/5.0 (Linux; Android 14) Chrome/120")]).len(), 1);
        assert!(raised(&[page("curl/8.1")]).is_empty(), "it has no such list");
    }

    #[test]
    fn redirects_that_are_followed_or_lead_elsewhere_are_not() {
        for location in ["https://www.bank.test/login", "/login/", "http://auth.bank.test/other"] {
            assert!(raised(&[redirect(location, 0), page(5)]).is_empty(), "{location}");
        }
        assert!(raised(&[redirect("https://auth.bank.test/login", 0)]).is_empty());
        let late = [redirect("https://auth.bank.test/login", 0), page(100_000)];
        assert!(raised(&late).is_empty(), "the server may have changed");
        let other = asked("GET", "http://auth.bank.test/login", &[], "").of_client("10.0.0.3");
        let other = other.answer(200, &[HTML], "<form>").record();
        assert!(raised(&[redirect("https://auth.bank.test/login", 0), other]).is_empty());
    }

    #[test]
    fn what_good_hosts_serve_in_the_clear_is_not() {
        let hsts = ("Strict-Transport-Security", "max-age=31536000");
        let before = asked("GET", "http://auth.bank.test/", &[], "").answer(200, &[hsts], "x");
        let before = before.decrypted().record();
        for kind in ["application/ocsp-response", "application/pkix-crl", "image/png", ""] {
            let exchange = asked("GET", "http://auth.bank.test/login", &[], "");
            let record = exchange.answer(200, &[("Content-Type", kind)], "x").record();
            assert!(raised(&[before.clone(), record]).is_empty(), "{kind}");
        }
        assert!(raised(&[page(0)]).is_empty(), "nothing demands it");
    }
}

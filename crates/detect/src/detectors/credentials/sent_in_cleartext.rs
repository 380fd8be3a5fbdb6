//! `credentials/sent-in-cleartext`: somebody logged in where everybody on the way could read along.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dissect::Record;

use crate::call::Call;
use crate::call::quote::shortened;
use crate::call::secrets;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use dissect::http::values::Field;

pub(crate) static RULE: Rule = Rule {
    id: "credentials/sent-in-cleartext",
    title: "User name and password sent without encryption",
    severity: Severity::High,
    surface: Surface::Credentials,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-319",
        "CWE-523",
        "MASVS-NETWORK-1",
        "ATT&CK T1040",
        "RFC 7617 section 4",
        "RFC 6749 section 2.3.1",
    ],
    explanation: "A password went over plain HTTP: in a form, in a JSON document, in the URL, or in \
        a header of Basic authentication, which is no encryption at all. Whoever can see the \
        traffic has it: the access point, the operator, anybody who spoofs ARP or DNS. People use \
        a password more than once, so that it opens more than this one service.",
    evidence: "The request line, and the name of the header or of the fields that held user and \
        password. Neither of them is quoted.",
    false_positives: "Test systems, routers and other devices on the local network that have no \
        TLS. A field called password that holds something else. Traffic that a tunnel protected \
        and that was captured inside it.",
    fix: "Accept logins over HTTPS only, and do not even serve the login form over HTTP. Change the \
        passwords that were sent. On Android forbid cleartext traffic in the network security \
        configuration; on iOS remove the App Transport Security exceptions; on the server \
        redirect to HTTPS, send Strict-Transport-Security, and refuse Basic authentication \
        without TLS.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::EXCHANGE, build: || Box::new(SentInCleartext) };

/// Stateless: every request is judged by itself.
struct SentInCleartext;

impl Detector for SentInCleartext {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = scene.plain() else { return };
        scene.sightings.extend(in_fields(case).or_else(|| in_header(case)));
        scene.sightings.extend(to_proxy(case));
    }
}

/// A password among the fields of query and body.
fn in_fields(case: &Call<'_>) -> Option<Sighting> {
    let fields = case.fields();
    let passwords: Vec<&Field> =
        fields.iter().filter(|field| secrets::is_password(field)).take(4).collect();
    let first = passwords.first()?;
    let user = fields.iter().find(|field| secrets::is_user(field));
    let mut evidence = vec![case.request_line()];
    evidence.extend(user.map(|field| named(case, "user-field", field)));
    evidence.extend(passwords.iter().map(|field| named(case, "password-field", field)));
    evidence.extend(case.status());
    // A field of such a name without a user next to it may be something else.
    let confidence = if user.is_some() { Confidence::Certain } else { Confidence::Likely };
    let how = format!("in the field {} ({})", shortened(&first.name), first.place.word());
    Some(draft(&case.label(), "login", &how, confidence, evidence).on(&RULE, case))
}

/// Basic authentication with the host itself.
fn in_header(case: &Call<'_>) -> Option<Sighting> {
    let described = basic(case.header("authorization")?)?;
    let evidence = evidence(case, "Authorization", &described);
    let how = "by Basic authentication";
    Some(draft(&case.label(), "basic", how, Confidence::Certain, evidence).on(&RULE, case))
}

/// Basic authentication with a proxy.
fn to_proxy(case: &Call<'_>) -> Option<Sighting> {
    let described = basic(case.header("proxy-authorization")?)?;
    let evidence = evidence(case, "Proxy-Authorization", &described);
    let (how, proxy) = ("by Basic authentication with a proxy", case.endpoint());
    let draft = draft(&proxy.label(), "proxy-basic", how, Confidence::Certain, evidence);
    Some(draft.about(&RULE, proxy, case.record.packet))
}

fn evidence(case: &Call<'_>, header: &str, described: &str) -> Vec<Evidence> {
    let mut evidence = vec![case.request_line()];
    evidence.push(case.asked("header", format!("{header}: {described}")));
    evidence.extend(case.status());
    evidence
}

fn draft(
    label: &str,
    key: &str,
    how: &str,
    confidence: Confidence,
    evidence: Vec<Evidence>,
) -> Draft {
    Draft {
        key: key.into(),
        confidence,
        title: format!("A password was sent to {label} over plain HTTP, {how}"),
        evidence,
        alternatives: alternatives(&[
            "a test system or a device on the local network that has no TLS",
            "a field of that name that holds something else",
        ]),
    }
}

fn named(case: &Call<'_>, fact: &'static str, field: &Field) -> Evidence {
    case.asked(fact, format!("{} in {}", shortened(&field.name), field.place.word()))
}

/// What an evidence says of a header of Basic authentication, if that is what the header holds (RFC 7617).
fn basic(value: &str) -> Option<String> {
    let (scheme, encoded) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8_lossy(&decoded);
    let (user, password) = text.split_once(':')?;
    let user = if user.is_empty() { "no user name" } else { "user name" };
    (!password.is_empty()).then(|| format!("Basic … ({user} and password)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, asked};

    fn raised(exchange: Exchange) -> Vec<Sighting> {
        let raised = sightings(&mut SentInCleartext, &Known::default(), &[exchange.record()]);
        for evidence in raised.iter().flat_map(|sighting| &sighting.evidence) {
            assert!(!evidence.value.contains("hunter2"), "{}", evidence.value);
        }
        raised
    }

    fn keys(exchange: Exchange) -> Vec<(String, Confidence)> {
        raised(exchange).into_iter().map(|sighting| (sighting.key, sighting.confidence)).collect()
    }

    #[test]
    fn forms_and_json_are_raised() {
        let json = ("Content-Type", "application/json");
        let body = r#"{"user": "user2", "password": "hunter2"}"#;
        let login = asked("POST", "http://auth.bank.test/v1/login", &[json], body);
        assert_eq!(keys(login), [("login".into(), Confidence::Certain)]);
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let login = asked("POST", "http://a.test/login", &[form], "pw=1&passwd=hunter2");
        assert_eq!(keys(login), [("login".into(), Confidence::Likely)]);
        let query = asked("GET", "http://a.test/login?user=me&pwd=hunter2", &[], "");
        assert_eq!(keys(query), [("login".into(), Confidence::Certain)]);
    }

    #[test]
    fn basic_is_raised_with_hosts_and_proxies() {
        let basic = "Basic bWU6aHVudGVyMg=="; // me:hunter2
        let page = asked("GET", "http://a.test/", &[("Authorization", basic)], "");
        assert_eq!(keys(page), [("basic".into(), Confidence::Certain)]);
        let connect = asked("CONNECT", "a.test:443", &[("Proxy-Authorization", basic)], "");
        let raised = raised(connect);
        assert_eq!(raised[0].key, "proxy-basic");
        assert_eq!(raised[0].subject.host, None, "it is about the proxy");
    }

    #[test]
    fn what_hides_the_password_is_not() {
        for value in ["Digest username=\"me\", response=\"0\"", "Basic !", "Basic bWU6", "Bearer x"]
        {
            let page = asked("GET", "http://a.test/", &[("Authorization", value)], "");
            assert!(keys(page).is_empty(), "{value}");
        }
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let url = "http://a.test/login";
        assert!(
            keys(asked("POST", url, &[form], "user=me&password=hunter2").decrypted()).is_empty()
        );
    }

    #[test]
    fn forms_without_a_password_are_not() {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        for body in ["q=password", "user=me&password=", "password=****", "passenger=2"] {
            assert!(keys(asked("POST", "http://a.test/", &[form], body)).is_empty(), "{body}");
        }
    }
}

//! `api/secret-in-url`: a secret stands where addresses are written down.

use dissect::Record;
use dissect::http::is_session_cookie;
use dissect::http::values::{self, Field, Place};

use crate::call::Call;
use crate::call::quote::{shortened, url_host};
use crate::call::secrets;
use crate::detector::{Detector, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};

pub(crate) static RULE: Rule = Rule {
    id: "api/secret-in-url",
    title: "A secret in a URL",
    severity: Severity::Medium,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-598",
        "OWASP API2:2023",
        "RFC 6750 section 5.3",
        "RFC 9700 section 4.3.2",
        "MASVS-NETWORK-1",
    ],
    explanation: "A password, token, session or key stands in the address of a request. TLS hides it on the \
        way, but addresses are written down at both ends: in logs of servers, proxies and load balancers, \
        in histories, crash reports and analytics, and in the Referer field that goes to other servers. \
        Whoever reads one of them is the user.",
    evidence: "The request line with the names of its parameters, and which of them holds what. Of redirects \
        and of the Referer field the same. No value is quoted.",
    false_positives: "Addresses that are signed for a short time are made to be handed on, and are told apart, \
        as are codes of OAuth and links in mails. Keys that are public by design, such as those of maps. \
        WebSockets of browsers cannot send a header: use a ticket that works once.",
    fix: "Send secrets in the Authorization field or in the content. Answer requests that bring them in the \
        URL with an error, so that nobody begins to. Change what has been in a URL. Set Referrer-Policy.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, build: || Box::new(SecretInUrl) };

/// Parameters that mark addresses which are signed for a short time: AWS, Google, Azure, CloudFront,
/// Akamai, Alibaba.
const SIGNED: [&str; 9] = [
    "x-amz-signature",
    "x-goog-signature",
    "googleaccessid",
    "sig",
    "key-pair-id",
    "hdnea",
    "hdnts",
    "ossaccesskeyid",
    "x-oss-signature",
];

/// Words in paths of links that are sent by mail, and work once.
const LINKS: [&str; 12] = [
    "activate",
    "callback",
    "confirm",
    "invite",
    "magic",
    "passwordless",
    "recover",
    "reset",
    "set-password",
    "unsubscribe",
    "validate",
    "verify",
];

/// Beginnings of keys that are meant to be seen.
const PUBLIC: [&str; 6] = ["AIza", "pk.", "pk_live_", "pk_test_", "pub", "rzp_"];

/// Words in names of parameters that are called tokens and are none: cursors, tokens against forgery,
/// addresses for push messages.
const NO_SECRETS: [&str; 10] =
    ["continu", "csrf", "cursor", "device", "next", "page", "prev", "push", "sync", "xsrf"];

/// Stateless: every request is judged by itself.
struct SecretInUrl;

impl Detector for SecretInUrl {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call.filter(|call| call.request().method != "CONNECT") else {
            return;
        };
        let found = [in_target(call), in_referer(call), in_redirect(call)];
        scene.sightings.extend(found.into_iter().flatten());
    }
}

/// What a secret in a URL is.
#[derive(Clone, Copy)]
struct Secret {
    words: &'static str,
    severity: Severity,
}

const PASSWORD: Secret = Secret { words: "a password", severity: Severity::High };
const TOKEN: Secret = Secret { words: "a token", severity: Severity::Medium };
const SESSION: Secret = Secret { words: "a session", severity: Severity::Medium };
const KEY: Secret = Secret { words: "a key", severity: Severity::Low };
const CARD: Secret = Secret { words: "a card number", severity: Severity::High };

/// The target of the request: query, path, and what stands before the host.
fn in_target(call: &Call<'_>) -> Option<Sighting> {
    let request = call.request();
    let mut found: Vec<(Secret, String)> =
        of_query(request.query().unwrap_or_default(), request.path());
    for part in request.path().split(['/', ';']) {
        let session = part
            .split_once('=')
            .filter(|(name, value)| is_session_cookie(name) && value.len() >= 16);
        if dissect::http::Jwt::parse(part).is_some() {
            found.push((TOKEN, String::from("a segment of the path")));
        } else if let Some((name, _)) = session {
            found.push((SESSION, format!("{} in the path", shortened(name))));
        }
    }
    if request.target.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    }) {
        found.push((PASSWORD, String::from("before the host")));
    }
    // Browsers cannot send a header with a WebSocket.
    let is_socket = call.header("upgrade").is_some();
    raise(call, "target", &found, is_socket)
}

/// A Referer that tells another host.
fn in_referer(call: &Call<'_>) -> Option<Sighting> {
    let referer = call.header("referer")?;
    let (_, from) = url_host(referer)?;
    let (_, query) = referer.split_once('?')?;
    if call.host().is_none_or(|host| host == from) {
        return None;
    }
    let mut found = of_query(query.split('#').next().unwrap_or(query), "");
    for (secret, name) in &mut found {
        secret.severity = secret.severity.max(Severity::High);
        *name = format!("{name} of {}, in the Referer field", shortened(&from));
    }
    raise(call, "referer", &found, false)
}

/// A redirect that hands a token on in an address (OAuth's implicit grant).
fn in_redirect(call: &Call<'_>) -> Option<Sighting> {
    let location = call.response()?.headers.first("location")?;
    let (_, rest) = location.split_once(['?', '#'])?;
    let mut found = of_query(rest.trim_start_matches('#'), "");
    for (_, name) in &mut found {
        *name = format!("{name}, in the Location field");
    }
    raise(call, "location", &found, false)
}

/// The secrets of a query.
fn of_query(query: &str, path: &str) -> Vec<(Secret, String)> {
    let pairs: Vec<(String, String)> = values::pairs(query).take(256).collect();
    let is_signed =
        pairs.iter().any(|(name, _)| SIGNED.contains(&name.to_ascii_lowercase().as_str()));
    let path = path.to_ascii_lowercase();
    if is_signed || LINKS.iter().any(|word| path.contains(word)) {
        return Vec::new();
    }
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((of_parameter(&name, &value)?, shortened(&name))))
        .collect()
}

fn of_parameter(name: &str, value: &str) -> Option<Secret> {
    let field =
        Field { place: Place::Query, name: name.into(), path: name.into(), value: value.into() };
    let plain = field.plain_name();
    let is_public = PUBLIC.iter().any(|begin| value.starts_with(begin));
    if is_public || NO_SECRETS.iter().any(|word| plain.contains(word)) {
        return None;
    }
    if secrets::is_password(&field) {
        return Some(PASSWORD);
    }
    let is_key = plain.ends_with("key");
    if secrets::is_token(&field) || dissect::http::Jwt::parse(value).is_some() {
        return Some(if is_key { KEY } else { TOKEN });
    }
    if secrets::is_session_cookie(name, value) {
        return Some(SESSION);
    }
    secrets::personal(&field).filter(|what| *what == "card number").map(|_| CARD)
}

fn raise(
    call: &Call<'_>,
    place: &str,
    found: &[(Secret, String)],
    is_socket: bool,
) -> Option<Sighting> {
    let (worst, _) = found.iter().max_by_key(|(secret, _)| secret.severity)?;
    let mut evidence = vec![call.request_line()];
    evidence.extend(found.iter().take(8).map(|(secret, name)| named(call, place, secret, name)));
    evidence.extend(call.status());
    let draft = Draft {
        key: format!("{place}\n{}", worst.words),
        confidence: Confidence::Likely,
        title: format!("The URL of a request to {} holds {}", call.label(), worst.words),
        evidence,
        alternatives: alternatives(&[
            "a value that works once, or that is public by design",
            "a parameter of that name that holds something else",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = if is_socket { Severity::Low } else { worst.severity };
    Some(sighting)
}

fn named(call: &Call<'_>, place: &str, secret: &Secret, name: &str) -> Evidence {
    let value = format!("{}: {name}", secret.words);
    match place {
        "location" => call.answered("secret", value),
        _ => call.asked("secret", value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, Pair, asked};

    fn raised(call: Exchange) -> Vec<(String, Severity)> {
        let found = sightings(&mut SecretInUrl, &Known::default(), &[call.record()]);
        let values = found.iter().flat_map(|one| &one.evidence);
        assert!(values.into_iter().all(|one| !one.value.contains("0123456789")));
        found.into_iter().map(|one| (one.key.replace('\n', " "), one.severity)).collect()
    }

    fn get(target: &str, headers: &[Pair]) -> Exchange {
        asked("GET", &format!("http://a.test{target}"), headers, "").answer(200, &[], "")
    }

    #[test]
    fn secrets_in_every_part_of_a_url() {
        for (target, expected) in [
            ("/me?access_token=0123456789abcdef0", ("target a token", Severity::Medium)),
            ("/login?user=me&password=0123456789", ("target a password", Severity::High)),
            ("/x?PHPSESSID=0123456789abcdef0123", ("target a session", Severity::Medium)),
            ("/x;jsessionid=0123456789abcdef01", ("target a session", Severity::Medium)),
            ("/x?api_key=0123456789abcdef0", ("target a key", Severity::Low)),
            ("/s/eyJhbGciOiJub25lIn0.e30.", ("target a token", Severity::Medium)),
        ] {
            assert_eq!(raised(get(target, &[])), [(expected.0.to_owned(), expected.1)], "{target}");
        }
    }

    #[test]
    fn referers_and_redirects() {
        let referer = [("Referer", "https://b.test/?access_token=0123456789abcdef0")];
        assert_eq!(raised(get("/", &referer))[0], ("referer a token".to_owned(), Severity::High));
        let own = [("Referer", "https://a.test/?access_token=0123456789abcdef0")];
        assert!(raised(get("/", &own)).is_empty());
        let to = [("Location", "https://b.test/#access_token=0123456789abcdef0")];
        let redirect = asked("GET", "http://a.test/auth", &[], "").answer(302, &to, "");
        assert_eq!(raised(redirect)[0].0, "location a token");
    }

    #[test]
    fn what_is_made_for_urls_is_not() {
        for target in [
            "/b?X-Amz-Signature=0123456789abcdef&X-Amz-Security-Token=0123456789abcdef0",
            "/cb?code=0123456789abcdef0&state=0123456789abcdef0",
            "/verify?token=0123456789abcdef0",
            "/map?key=AIza0123456789abcdef0",
            "/x?csrf_token=0123456789abcdef0",
            "/list?page_token=2&token=7",
            "/search?q=password",
        ] {
            assert!(raised(get(target, &[])).is_empty(), "{target}");
        }
    }
}

//! `channel/cleartext-api`: an app speaks to its API in the clear, and says what nobody else should
//! hear.
//!
//! Plain HTTP by itself is not raised: connectivity checks, revocation lists, images. Neither is a
//! person's browser on a web site: what counts is a program that speaks to an interface, and a
//! token, a cookie of a login or personal data in what it says or is told.

use std::collections::BTreeMap;

use dissect::{Headers, Record};

use crate::call::Call;
use crate::call::quote::shortened;
use crate::call::secrets;
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};
use crate::rule::{Need, Rule, Severity, Surface};
use crate::words::Words;
use dissect::http::values::{self, FieldRef};

pub(crate) static RULE: Rule = Rule {
    id: "channel/cleartext-api",
    title: "API traffic with secrets over plain HTTP",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-319",
        "MASVS-NETWORK-1",
        "ATT&CK T1638",
        "RFC 6750 section 5.3",
        "RFC 9325 section 3.1",
    ],
    explanation: "An app asked its API over HTTP without TLS, and the request or the answer holds \
        a token, a key, a cookie that stands for a login, or personal data. Everybody on the way \
        can read it, use the token in the user's name, and change what is asked and answered: the \
        owner of the access point, the mobile operator, whoever spoofs ARP or DNS. No forged \
        certificate is needed, and the app has no chance to notice.",
    evidence: "The request line, and the names of the headers, cookies and fields that hold the \
        secret; of tokens the lengths. Values are never quoted.",
    false_positives: "Test systems and devices on the local network that have no TLS. A token that \
        is public or of no use to others, such as the key of a map service. Traffic that a tunnel \
        protected and that was captured inside it.",
    fix: "Serve the API over HTTPS only, answer plain HTTP with nothing but an error, and revoke \
        the tokens that were sent in the clear. On Android set cleartextTrafficPermitted to false \
        in the network security configuration; on iOS remove the App Transport Security \
        exceptions (NSAllowsArbitraryLoads, NSExceptionAllowsInsecureHTTPLoads); on the server \
        send Strict-Transport-Security over HTTPS.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::EXCHANGE, build: || Box::new(CleartextApi) };

/// Segments of paths that name an interface.
const API_SEGMENTS: Words = Words::new(&[
    "api",
    "apis",
    "graphql",
    "rest",
    "jsonrpc",
    "json",
    "rpc",
    "oauth",
    "oauth2",
    "webservice",
]);

/// Media types that programs exchange and pages do not.
const API_TYPES: &[&str] = &[
    "application/graphql",
    "application/grpc",
    "application/msgpack",
    "application/protobuf",
    "application/x-msgpack",
    "application/x-protobuf",
];

/// Names of HTTP libraries as user agents give them, in lower case.
const LIBRARIES: Words = Words::new(&[
    "aiohttp",
    "alamofire",
    "apache-httpclient",
    "axios",
    "cfnetwork",
    "curl/",
    "dalvik/",
    "dart/",
    "go-http-client",
    "java/",
    "ktor",
    "okhttp",
    "python-",
    "reactnative",
    "restsharp",
    "unityplayer",
    "volley",
]);

/// What is said that nobody else should hear. The order is that of evidence.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    BearerToken,
    ApiKey,
    TokenInQuery,
    SessionCookie,
    Password,
    TokenInBody,
    PersonalData,
    TokenInAnswer,
}

impl Kind {
    /// What a title calls it; also the finding's key.
    const fn words(self) -> &'static str {
        match self {
            Self::ApiKey => "an API key",
            Self::BearerToken => "a bearer token",
            Self::Password => "a password",
            Self::PersonalData => "personal data",
            Self::SessionCookie => "a session cookie",
            Self::TokenInAnswer => "a token in the answer",
            Self::TokenInBody => "a token in the body",
            Self::TokenInQuery => "a token in the URL",
        }
    }
}

/// Stateless: every exchange is judged by itself.
struct CleartextApi;

impl Detector for CleartextApi {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        if let Some(case) = scene.plain() {
            scene.sightings.extend(judge(case));
        }
    }
}

fn judge(case: &Call<'_>) -> Vec<Sighting> {
    if !is_api(case) {
        return Vec::new();
    }
    let mut found: BTreeMap<Kind, Vec<Evidence>> = BTreeMap::new();
    for (kind, evidence) in in_headers(case).into_iter().chain(in_fields(case)) {
        found.entry(kind).or_default().push(evidence);
    }
    found.into_iter().map(|(kind, evidence)| raise(case, kind, evidence)).collect()
}

fn raise(case: &Call<'_>, kind: Kind, evidence: Vec<Evidence>) -> Sighting {
    let mut all = vec![case.request_line()];
    all.extend(case.header("user-agent").map(|agent| case.asked("user-agent", shortened(agent))));
    all.extend(evidence);
    let draft = Draft {
        key: kind.words().into(),
        confidence: match kind {
            Kind::PersonalData | Kind::TokenInAnswer | Kind::TokenInQuery => Confidence::Likely,
            _ => Confidence::Certain,
        },
        title: format!(
            "The API {} was asked over plain HTTP, with {} that everybody on the way can read",
            case.label(),
            kind.words()
        ),
        evidence: all,
        alternatives: alternatives(&[
            "a test system or a device on the local network that has no TLS",
            "a token or key that is public anyway",
        ]),
    };
    draft.on(&RULE, case)
}

/// Whether a program speaks to an interface.
fn is_api(case: &Call<'_>) -> bool {
    let request = case.request();
    if request.method == "CONNECT" {
        return false;
    }
    let speaks = |headers: &Headers| {
        values::media_type(headers)
            .is_some_and(|kind| values::is_json(&kind) || API_TYPES.contains(&kind.as_str()))
    };
    speaks(&request.headers)
        || case.response().is_some_and(|response| speaks(&response.headers))
        || request.path().split('/').any(|it| API_SEGMENTS.are(it) || is_version(it))
        || case.header("user-agent").is_some_and(is_library)
}

/// `v1`, `v2.1`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix(['v', 'V']).is_some_and(|rest| {
        rest.len() <= 4
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}

fn is_library(agent: &str) -> bool {
    LIBRARIES.are_in(agent)
}

/// Secrets in headers of the request, and cookies that an API sets.
fn in_headers(case: &Call<'_>) -> Vec<(Kind, Evidence)> {
    let mut found = Vec::new();
    for field in &case.request().headers.0 {
        let (name, value) = (field.name.as_str(), field.value.as_str());
        let sized = |what: &str| {
            case.asked("header", format!("{name}: {what}… ({} characters)", value.len()))
        };
        if name.eq_ignore_ascii_case("authorization") {
            let scheme = secrets::bearer_scheme(value);
            found.extend(scheme.map(|scheme| (Kind::BearerToken, sized(scheme))));
        } else if secrets::is_key_header(name, value) {
            found.push((Kind::ApiKey, sized("")));
        } else if name.eq_ignore_ascii_case("cookie") {
            for (name, value) in cookies(value) {
                if secrets::is_session_cookie(name, value) {
                    found
                        .push((Kind::SessionCookie, case.asked("cookie", sized_name(name, value))));
                }
            }
        }
    }
    let headers = case.response().map(|response| &response.headers);
    for value in headers.into_iter().flat_map(|headers| headers.all("set-cookie")) {
        for (name, value) in cookies(value).take(1) {
            if secrets::is_session_cookie(name, value) {
                let evidence = case.answered("set-cookie", sized_name(name, value));
                found.push((Kind::SessionCookie, evidence));
            }
        }
    }
    found
}

/// Secrets in query and bodies.
fn in_fields(case: &Call<'_>) -> Vec<(Kind, Evidence)> {
    let mut found = Vec::new();
    for field in case.fields() {
        let shown = field.borrowed();
        let in_query = field.place == values::Place::Query;
        let kind = if secrets::is_password(field) {
            Kind::Password
        } else if secrets::is_token(shown) {
            if in_query { Kind::TokenInQuery } else { Kind::TokenInBody }
        } else if secrets::personal(shown).is_some() {
            Kind::PersonalData
        } else {
            continue;
        };
        found.push((kind, case.asked("field", described(shown))));
    }
    for field in case.answer_fields().iter().filter(|field| secrets::is_token(*field)) {
        found.push((Kind::TokenInAnswer, case.answered("field", described(field))));
    }
    // Evidence is proof, not an inventory.
    found.truncate(16);
    found
}

/// Name and value of each cookie.
fn cookies(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| pair.trim().split_once('='))
}

fn sized_name(name: &str, value: &str) -> String {
    format!("{} ({} characters)", shortened(name), value.len())
}

/// `token in JSON (80 characters)`, and what it is where its name does not say.
fn described(field: FieldRef<'_>) -> String {
    let what = secrets::personal(field).map(|what| format!(": {what}")).unwrap_or_default();
    let (name, place) = (shortened(field.name), field.place.word());
    // The length of a password is a part of it.
    let length = match secrets::is_token(field) {
        true => format!(" ({} characters)", field.value.len()),
        false => String::new(),
    };
    format!("{name} in {place}{length}{what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Draft as Exchange, asked};

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln";
    const OKHTTP: (&str, &str) = ("User-Agent", "ShopApp/5.2.1 okhttp/4.12.0");
    const BROWSER: (&str, &str) = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0");

    fn keys(exchange: Exchange) -> Vec<String> {
        let raised = sightings(&mut CleartextApi, &Known::default(), &[exchange.record()]);
        for evidence in raised.iter().flat_map(|sighting| &sighting.evidence) {
            for secret in [TOKEN, "hunter22", "me@shop.test"] {
                assert!(!evidence.value.contains(secret), "{}", evidence.value);
            }
        }
        raised.into_iter().map(|sighting| sighting.key).collect()
    }

    #[test]
    fn a_bearer_token_is_raised() {
        let headers = [OKHTTP, ("Authorization", "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9")];
        let exchange = asked("GET", "http://api.shop.test/v1/orders/7", &headers, "");
        assert_eq!(keys(exchange), ["a bearer token"]);
    }

    #[test]
    fn a_login_with_its_answer_is_raised() {
        let json = ("Content-Type", "application/json");
        let body = r#"{"user": "me@shop.test", "password": "hunter22", "mail": "me@shop.test"}"#;
        let answer = format!(r#"{{"token": "{TOKEN}"}}"#);
        let exchange = asked("POST", "http://api.shop.test/login", &[OKHTTP, json], body).answer(
            200,
            &[json],
            answer,
        );
        assert_eq!(keys(exchange), ["a password", "personal data", "a token in the answer"]);
    }

    #[test]
    fn tokens_in_urls_and_cookies_are_raised() {
        let url = "http://api.shop.test/me?access_token=0123456789abcdef01234567";
        assert_eq!(keys(asked("GET", url, &[OKHTTP], "")), ["a token in the URL"]);
        let cookie = ("Cookie", "lang=de; PHPSESSID=0123456789abcdef01234567");
        let exchange = || asked("GET", "http://shop.test/api/cart", &[cookie, BROWSER], "");
        assert_eq!(keys(exchange()), ["a session cookie"]);
        assert!(keys(exchange().decrypted()).is_empty(), "inside TLS");
    }

    #[test]
    fn a_request_without_secrets_is_not() {
        let probe = asked("GET", "http://connectivity.noise.test/generate_204", &[OKHTTP], "");
        assert!(keys(probe.answer(204, &[], "")).is_empty());
        let image = asked("GET", "http://cdn.media.test/v1/2.bin", &[OKHTTP], "");
        assert!(keys(image.answer(200, &[("Content-Type", "image/webp")], "x")).is_empty());
        let digest = ("Authorization", "Digest username=\"a\", realm=\"b\", nonce=\"cccccccc\"");
        assert!(keys(asked("GET", "http://api.shop.test/v1/a", &[OKHTTP, digest], "")).is_empty());
    }

    #[test]
    fn a_browser_on_a_page_is_not() {
        let cookie = ("Cookie", "PHPSESSID=0123456789abcdef01234567");
        let page = asked("GET", "http://forum.test/index.php", &[BROWSER, cookie], "").answer(
            200,
            &[("Content-Type", "text/html")],
            "<html>",
        );
        assert!(keys(page).is_empty());
    }
}

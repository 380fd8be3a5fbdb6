//! `api/secret-in-url`: a secret in a URL, which is kept and passed on in places where no secret
//! should be.

use std::cell::LazyCell;

use dissect::Record;
use dissect::http::Jwt;
use dissect::http::values::{self, Field, Place};

use crate::call::Call;
use crate::call::quote::{shortened, url_host, url_path};
use crate::call::secrets;
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::words::{self, Words};

pub(crate) static RULE: Rule = Rule {
    id: "api/secret-in-url",
    title: "Secret in a URL",
    severity: Severity::Medium,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &[
        "CWE-598",
        "CWE-200",
        "MASVS-NETWORK-1",
        "OWASP API8:2023",
        "RFC 6750 section 2.3",
        "RFC 9110 section 17.9",
    ],
    explanation: "A password, token, session or card number stood in the query, the path or the \
        user part of a URL, or in the address that a redirect or a Referer header names. TLS hides \
        it on the way, but servers, proxies, browsers and crash reports write URLs down and pass \
        them on, so that it ends up where nobody guards secrets.",
    evidence: "The request, and the name of the parameter or the place in the URL. The value is \
        never quoted. A key of an app that is meant to be public, and a token behind the # of a \
        redirect, are told with a lower severity.",
    false_positives: "A value of that name that is no secret, or that is good for one use or a few \
        minutes only. URLs that are signed for a time, codes of OAuth and links that confirm an \
        e-mail address are left out.",
    fix: "Send tokens in the Authorization header, passwords and card numbers in the body, and \
        sessions in cookies. Use the authorization code flow with PKCE instead of tokens in \
        redirects (RFC 9700). Send Referrer-Policy: no-referrer, remove the parameter from logs, \
        and renew what stood there.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::EXCHANGE, build: || Box::new(SecretInUrl) };

/// Most secrets of a URL that are told.
const MAX_FOUND: usize = 4;
/// A token or session that is worth stealing is not shorter.
const MIN_TOKEN: usize = 16;
/// Seconds that a token may live and be no secret for long.
const SHORT_LIFE: i64 = 300;

/// Parameters with a token of a user, as [`Field::plain_name`] writes them.
const TOKENS: &[&str] = &[
    "accesstoken",
    "apitoken",
    "authtoken",
    "authenticationtoken",
    "bearertoken",
    "idtoken",
    "oauthtoken",
    "refreshtoken",
    "sessiontoken",
    "usertoken",
];
/// Parameters with a key, which may be the app's.
const KEYS: &[&str] = &["apikey", "clientsecret", "secretkey", "subscriptionkey", "xapikey"];
/// Parameters with a session of servers that write it into URLs.
const SESSIONS: &[&str] = &["aspsessionid", "cftoken", "jsessionid", "phpsessid"];
/// Parts of paths of links that are mailed and used once.
const LINKS: Words = Words::new(&[
    "activate", "confirm", "download", "invit", "magic", "preview", "reset", "share", "unsub",
    "verif",
]);
/// Ends of paths of media.
const MEDIA: Words =
    Words::new(&[".m3u8", ".mpd", ".mp4", ".ts", ".m4s", ".jpg", ".jpeg", ".png", ".webp", ".pdf"]);
/// Parameters of URLs that are good for a time.
const SIGNED: &[&str] = &[
    "hdnea",
    "hdnts",
    "keypairid",
    "policy",
    "sig",
    "signature",
    "xamzsignature",
    "xgoogsignature",
    "xosssignature",
];
/// What keys that anybody may have begin with.
const PUBLIC: &[&str] = &["AIza", "pk.", "pk_live_", "pk_test_", "pub"];

/// Stateless: every exchange is judged by itself.
struct SecretInUrl;

/// A secret that a URL holds.
struct Found {
    what: &'static str,
    place: String,
    severity: Severity,
    confidence: Confidence,
}

impl Detector for SecretInUrl {
    fn observe(&mut self, _record: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        let request = call.request();
        if request.method == "CONNECT" {
            return;
        }
        let mut found = in_url(&request.target);
        if !request.is_absolute_form() {
            found.extend(request.authority().and_then(user_info));
        }
        for found in found.into_iter().take(MAX_FOUND) {
            scene.sightings.push(sighting(call, found, "URL"));
        }
        for (found, place) in passed_on(call).into_iter().take(MAX_FOUND) {
            scene.sightings.push(sighting(call, found, place));
        }
    }
}

/// What a Referer tells another host, and what a redirect names.
fn passed_on(call: &Call<'_>) -> Vec<(Found, &'static str)> {
    let mut found = Vec::new();
    if let Some(referer) = call.header("referer")
        && let Some((_, from)) = url_host(referer)
        && call.host().is_some_and(|host| *host != from)
    {
        found.extend(in_url(referer).into_iter().map(|it| (it, "Referer")));
    }
    let location = call.response().and_then(|response| response.headers.first("location"));
    if let Some(location) = location {
        let (before, fragment) = location.split_once('#').unwrap_or((location, ""));
        let is_token = |it: &Found| matches!(it.what, "token" | "password" | "card number");
        found.extend(in_url(before).into_iter().filter(is_token).map(|it| (it, "Location")));
        let behind = in_query(fragment, url_path(before)).into_iter().filter(is_token);
        // No server gets to see what stands behind the #.
        found.extend(behind.map(|it| (Found { severity: Severity::Low, ..it }, "Location")));
    }
    found
}

fn in_url(url: &str) -> Vec<Found> {
    let url = url.split('#').next().unwrap_or(url);
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    // Most are paths, with no colon.
    let Some((_, rest)) = before.contains(':').then(|| before.split_once("://")).flatten() else {
        let mut found = in_query(query, before);
        found.extend(in_path(before));
        return found;
    };
    let path = url_path(before);
    let mut found = in_query(query, path);
    found.extend(in_path(path));
    found.extend(rest.split('/').next().and_then(user_info));
    found
}

/// `user:password@host`.
fn user_info(authority: &str) -> Option<Found> {
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    let place = String::from("user part");
    (!password.is_empty()).then_some(Found {
        what: "password",
        place,
        severity: Severity::Medium,
        confidence: Confidence::Certain,
    })
}

fn in_query(query: &str, path: &str) -> Vec<Found> {
    if query.is_empty() {
        return Vec::new();
    }
    let fields: Vec<(Field, String)> = values::pairs(query)
        .map(|(name, value)| {
            let (name, value) = (name.into(), value.into());
            let field = Field { place: Place::Query, path: "".into(), name, value };
            let name = field.plain_name();
            (field, name)
        })
        .collect();
    let is_signed = fields.iter().any(|(_, name)| SIGNED.contains(&name.as_str()));
    let is_link = LazyCell::new(|| is_signed || is_link(path));
    let has_user = LazyCell::new(|| fields.iter().any(|(field, _)| secrets::is_user(field)));
    let mut found = Vec::new();
    for (field, name) in &fields {
        let value = field.value.as_str();
        let place = || format!("parameter {}", shortened(&field.name));
        let mut add = |what, severity, confidence| {
            found.push(Found { what, place: place(), severity, confidence });
        };
        let is_short_name = matches!(name.as_str(), "pass" | "passcode" | "pincode" | "psw");
        if name != "clientsecret" && secrets::is_password(field) && (!is_short_name || *has_user) {
            let confidence = if *has_user { Confidence::Certain } else { Confidence::Likely };
            add("password", Severity::Medium, confidence);
        } else if secrets::personal(field.borrowed()) == Some("card number") {
            add("card number", Severity::Medium, Confidence::Likely);
        } else if *is_link || is_public(value) {
            if KEYS.contains(&name.as_str()) && !is_signed && value.starts_with("AIza") {
                add("key", Severity::Low, Confidence::Certain);
            }
        } else if is_token(name, value) {
            add("token", Severity::Medium, Confidence::Likely);
        } else if SESSIONS.contains(&name.as_str()) && is_opaque(value) {
            add("session", Severity::Medium, Confidence::Likely);
        } else if KEYS.contains(&name.as_str()) && is_opaque(value) {
            // Whose it is cannot be seen.
            let is_secret = name.contains("secret") || super::known_keys::is_secret(value);
            let severity = if is_secret { Severity::Medium } else { Severity::Low };
            add("key", severity, Confidence::Likely);
        }
    }
    found
}

/// A token by its name, or by what it says of a user. OAuth has requests that are JWTs (RFC 9101).
fn is_token(name: &str, value: &str) -> bool {
    let is_named = TOKENS.contains(&name) && is_opaque(value) && !is_brief(value);
    is_named || (is_user_token(value) && !["state", "request"].contains(&name))
}

fn in_path(path: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if !may_hold_secret(path) {
        return found;
    }
    let mut before = "";
    let is_link = LazyCell::new(|| is_link(path));
    for segment in path.split('/') {
        let mut add = |what| {
            found.push(Found {
                what,
                place: String::from("path"),
                severity: Severity::Medium,
                confidence: Confidence::Likely,
            });
        };
        if segment.contains(';')
            && let Some((_, session)) = segment.to_ascii_lowercase().split_once(";jsessionid=")
            && is_opaque(session)
        {
            add("session");
        } else if segment.starts_with("ey") && !*is_link && is_user_token(segment) {
            add("token");
        } else if words::holds(before, "card") {
            let card = Field {
                place: Place::Query,
                name: "pan".into(),
                path: "".into(),
                value: segment.into(),
            };
            if secrets::personal(card.borrowed()).is_some() {
                add("card number");
            }
        }
        before = segment;
    }
    found
}

/// Whether a path has a parameter, a segment that begins as tokens do, or the begin of `card`: most
/// have none, as one look at it shows.
fn may_hold_secret(path: &str) -> bool {
    let mut before = b'/';
    path.bytes().any(|byte| {
        let pair = (std::mem::replace(&mut before, byte), byte);
        matches!(pair, (_, b';') | (b'/', b'e') | (b'c' | b'C', b'a' | b'A'))
    })
}

/// Links that are mailed, and media, whose tokens are good for what they name only.
fn is_link(path: &str) -> bool {
    LINKS.are_in(path) || MEDIA.end(path)
}

/// A JSON Web Token that says for whom it is, and lives for more than one use.
fn is_user_token(value: &str) -> bool {
    let Some(jwt) = value.starts_with("ey").then(|| Jwt::parse(value)).flatten() else {
        return false;
    };
    let claims = ["sub", "user_id", "uid", "userId", "username", "email", "scope"];
    let is_of_user =
        jwt.claims.as_ref().is_some_and(|it| claims.iter().any(|c| it.contains_key(*c)));
    is_of_user && !is_brief(value)
}

/// A token that says itself that it is over soon.
fn is_brief(value: &str) -> bool {
    let jwt = value.starts_with("ey").then(|| Jwt::parse(value)).flatten();
    let life = jwt.and_then(|jwt| jwt.time("exp").zip(jwt.time("iat")));
    life.is_some_and(|(end, begin)| end.saturating_sub(begin) <= SHORT_LIFE)
}

fn is_public(value: &str) -> bool {
    // The second is an app's token of Facebook.
    PUBLIC.iter().any(|begin| value.starts_with(begin)) || value.contains('|')
}

fn is_opaque(value: &str) -> bool {
    let first = value.chars().next();
    value.len() >= MIN_TOKEN
        && value.chars().any(|c| Some(c) != first)
        && !value.contains(char::is_whitespace)
        && !value.starts_with('{')
}

fn sighting(call: &Call<'_>, found: Found, where_: &'static str) -> crate::detector::Sighting {
    let (what, place) = (found.what, found.place);
    let title = match where_ {
        "URL" => format!("A {what} stood in the {place} of a URL of {}", call.label()),
        "Location" => format!("{} sent a {what} in the address of a redirect", call.label()),
        _ => format!("A Referer header told {} a {what} of another host", call.label()),
    };
    let mut evidence = vec![call.request_line()];
    let told = format!("{what} in the {place} of the {where_}");
    evidence.push(match where_ {
        "Location" => call.answered("secret", told),
        _ => call.asked("secret", told),
    });
    evidence.extend(call.status());
    let draft = Draft {
        key: format!("{where_} {what} {place}"),
        confidence: found.confidence,
        title,
        evidence,
        alternatives: alternatives(&[
            "a value of that name that is no secret",
            "a value that is good for one use or a few minutes only",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = found.severity;
    sighting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Known;
    use crate::detectors::testing::sightings;
    use crate::detectors::testing_http::{Pair, asked};

    /// `{"alg":"none"}`, `{"iss":"a","sub":"me"}`.
    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIiwic3ViIjoibWUifQ.";
    const OPAQUE: &str = "s3cr3t0123456789abcdef";

    fn raised(url: &str, headers: &[Pair], answer: &[Pair]) -> Vec<(String, Severity)> {
        let url = url.replace("JWT", JWT).replace("OPAQUE", OPAQUE);
        let record = asked("GET", &url, headers, "").decrypted().answer(302, answer, "").record();
        let found = sightings(&mut SecretInUrl, &Known::default(), &[record]);
        for evidence in found.iter().flat_map(|it| &it.evidence) {
            let said = &evidence.value;
            assert!(!said.contains("s3cr3t") && !said.contains("hunter2"), "{said}");
        }
        found.into_iter().map(|it| (it.key, it.severity)).collect()
    }

    #[test]
    fn secrets_are_raised() {
        use Severity::{Low, Medium};
        for (url, key, severity) in [
            ("/login?user=me&password=hunter2", "URL password parameter password", Medium),
            ("/me?access_token=OPAQUE", "URL token parameter access_token", Medium),
            ("/me?refresh-token=JWT", "URL token parameter refresh-token", Medium),
            ("/ws?token=JWT", "URL token parameter token", Medium),
            ("/a;jsessionid=OPAQUE?x=1", "URL session path", Medium),
            ("/a?PHPSESSID=OPAQUE", "URL session parameter PHPSESSID", Medium),
            ("/cards/4111111111111111", "URL card number path", Medium),
            ("/pay?pan=4111111111111111", "URL card number parameter pan", Medium),
            ("/a?api_key=OPAQUE", "URL key parameter api_key", Low),
            ("/a?api_key=AIzas3cr3t0123456789", "URL key parameter api_key", Low),
            ("/a?client_secret=OPAQUE", "URL key parameter client_secret", Medium),
            ("http://me:hunter2@a.test/", "URL password user part", Medium),
        ] {
            let url = if url.starts_with('/') { format!("http://a.test{url}") } else { url.into() };
            assert_eq!(raised(&url, &[], &[]), [(key.to_owned(), severity)], "{url}");
        }
    }

    #[test]
    fn what_is_passed_on_is_raised() {
        let referer = ("Referer", "https://b.test/a?access_token=s3cr3t0123456789abcdef");
        let key = "Referer token parameter access_token".to_owned();
        assert_eq!(raised("http://a.test/", &[referer], &[]), [(key, Severity::Medium)]);
        assert!(raised("http://b.test/", &[referer], &[]).is_empty(), "its own host");
        let key = "Location token parameter access_token".to_owned();
        for (location, severity) in [
            ("app://cb?access_token=s3cr3t0123456789abcdef", Severity::Medium),
            ("app://cb#access_token=s3cr3t0123456789abcdef", Severity::Low),
        ] {
            let found = raised("http://a.test/", &[], &[("Location", location)]);
            assert_eq!(found, [(key.clone(), severity)], "{location}");
        }
        let code = ("Location", "app://cb?code=s3cr3t0123456789abcdef&state=s3cr3t0123456789abc");
        assert!(raised("http://a.test/", &[], &[code]).is_empty());
    }

    #[test]
    fn what_is_no_secret_is_not() {
        for url in [
            "/f?X-Amz-Signature=OPAQUE&X-Amz-Security-Token=OPAQUE&access_token=OPAQUE",
            "/f?se=2026&sig=OPAQUE&apikey=OPAQUE",
            "/callback?code=OPAQUE&state=OPAQUE",
            "/verify-email?token=JWT",
            "/reset/JWT",
            "/a?token=OPAQUE&page_token=OPAQUE&csrf_token=OPAQUE",
            "/map?access_token=pk.s3cr3t0123456789abcdef",
            "/a?key=x&password=&pass=2&session_id=1700000000000",
            "/orders/4111111111111111",
            "/video.m3u8?token=JWT",
        ] {
            let found = raised(&format!("http://a.test{url}"), &[], &[]);
            assert!(found.is_empty(), "{url} {found:?}");
        }
    }
}

//! Header fields: which of them the way may change, and which it may not.

use std::collections::BTreeMap;

use dissect::Headers;
use dissect::http::is_key_header;

use crate::policy::Api;

/// Fields of the connection, of its caches, codings and hops, in lower case: proxies and CDNs add,
/// drop and rewrite them by design (RFC 9110 sections 7.6 and 12, RFC 9111, RFC 9112). What speaks of
/// the TLS of this hop alone (RFC 6797, RFC 7469) whoever ends TLS sets or takes out.
const OF_THE_WAY: &[&str] = &[
    "accept-encoding",
    "accept-ranges",
    "age",
    "alt-svc",
    "alt-used",
    "cache-control",
    "cache-status",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-length",
    "content-md5",
    "date",
    "early-data",
    "etag",
    "expect",
    "expect-ct",
    "expires",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "max-forwards",
    "nel",
    "pragma",
    "priority",
    "proxy-status",
    "public-key-pins",
    "public-key-pins-report-only",
    "range",
    "report-to",
    "reporting-endpoints",
    "server",
    "server-timing",
    "strict-transport-security",
    "te",
    "timing-allow-origin",
    "trailer",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "vary",
    "via",
    "warning",
    "x-cache",
    "x-cache-hits",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-powered-by",
    "x-real-ip",
    "x-request-id",
    "x-served-by",
    "x-timer",
];

/// Beginnings of names that proxies, CDNs, meshes and tracing use.
const WAY_PREFIXES: &[&str] = &[
    "ak-",
    "akamai-",
    "baggage",
    "cf-",
    "cloudfront-",
    "fastly-",
    "fly-",
    "incap-",
    "proxy-",
    "traceparent",
    "tracestate",
    "uber-trace",
    "x-akamai-",
    "x-amz-cf-",
    "x-amzn-",
    "x-appengine-",
    "x-arr-",
    "x-azure-",
    "x-b3-",
    "x-cdn",
    "x-cloud-trace",
    "x-correlation-id",
    "x-datadog-",
    "x-edge-",
    "x-envoy-",
    "x-forwarded",
    "x-google-",
    "x-newrelic-",
    "x-original-",
    "x-proxy",
    "x-trace",
    "x-varnish",
    "x-vercel-",
];

/// Cookies of load balancers and bot filters in front of a service: they put them in, and may take
/// them out again.
const WAY_COOKIES: &[&str] = &[
    "__cf",
    "_abck",
    "ak_",
    "applicationgatewayaffinity",
    "arraffinity",
    "awsalb",
    "awselb",
    "bigipserver",
    "bm_",
    "cf_",
    "incap_ses",
    "nlbi_",
    "route",
    "serverid",
    "srv_id",
    "ts01",
    "visid_incap",
];

/// Fields of a response that protect what is shown.
const PROTECTING: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "content-security-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
];

/// What a field is to its message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Meaning {
    /// Shows who asks, or proves something of the message.
    Credential,
    /// Cookies.
    Cookies,
    /// What the content is.
    ContentType,
    /// Where the client is sent.
    Location,
    /// Protects what is shown.
    Protecting,
    /// Any other.
    Other,
    /// Belongs to the way.
    Way,
}

/// What a field of this name, in lower case, is.
pub(super) fn meaning(name: &str, api: &Api) -> Meaning {
    let named =
        [&api.credentials, &api.nonces, &api.signatures, &api.timestamps, &api.idempotency_keys];
    if named.iter().any(|names| names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        return Meaning::Credential;
    }
    match name {
        "authorization" | "content-digest" | "digest" | "dpop" | "repr-digest" | "signature"
        | "signature-input" | "www-authenticate" => Meaning::Credential,
        "cookie" | "set-cookie" => Meaning::Cookies,
        "content-type" => Meaning::ContentType,
        "location" => Meaning::Location,
        _ if OF_THE_WAY.contains(&name) => Meaning::Way,
        _ if WAY_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) => Meaning::Way,
        _ if PROTECTING.contains(&name) => Meaning::Protecting,
        _ if is_key_header(name) || signs(name) => Meaning::Credential,
        _ => Meaning::Other,
    }
}

/// Whether names tell that it proves something.
fn signs(name: &str) -> bool {
    let words = ["auth", "csrf", "hmac", "idempotency", "nonce", "secret", "signature", "xsrf"];
    words.iter().any(|word| name.contains(word))
        || name.ends_with("-token")
        || name.ends_with("-sign")
}

/// Whether load balancers set a cookie of this name.
pub(super) fn is_way_cookie(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WAY_COOKIES.iter().any(|prefix| name.starts_with(prefix))
}

/// Values by name in lower case; several fields of one name are one (RFC 9110 section 5.3).
pub(super) fn by_name(headers: &Headers) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for field in &headers.0 {
        let name = field.name.to_ascii_lowercase();
        // Crumbs of a cookie are joined as RFC 9113 section 8.2.3 says.
        let joint = if name == "cookie" { "; " } else { ", " };
        let value = all.entry(name).or_default();
        if !value.is_empty() {
            value.push_str(joint);
        }
        value.push_str(field.value.trim());
    }
    all
}

/// Whether two values mean the same: white space, and for media types case, do not count.
pub(super) fn same_value(name: &str, one: &str, other: &str) -> bool {
    let dense = |text: &str| {
        let letters = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"');
        match name {
            "content-type" | "accept" | "accept-language" => {
                letters.flat_map(char::to_lowercase).collect::<String>()
            }
            _ => letters.collect(),
        }
    };
    one == other || dense(one) == dense(other)
}

/// Cookies of a request by name.
pub(super) fn cookies(headers: &Headers) -> BTreeMap<String, String> {
    let pairs = headers.all("cookie").flat_map(|value| value.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Cookies that a response sets, by name: the value, and the attributes that protect it.
pub(super) fn set_cookies(headers: &Headers) -> BTreeMap<String, (String, Vec<String>)> {
    let mut all = BTreeMap::new();
    for value in headers.all("set-cookie") {
        let mut parts = value.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            continue;
        };
        let mut attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        attributes.retain(|attribute| {
            attribute == "secure" || attribute == "httponly" || attribute.starts_with("samesite")
        });
        attributes.sort();
        all.insert(name.to_owned(), (value.to_owned(), attributes));
    }
    all
}

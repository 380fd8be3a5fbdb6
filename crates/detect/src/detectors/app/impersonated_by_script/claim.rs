//! What a User-Agent says that the client is, and what such a client always does.

use dissect::HttpVersion;

use crate::call::Call;
use crate::finding::Evidence;

/// What a User-Agent claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Claim {
    /// Apple's URL loading system.
    Apple,
    /// An app on a phone, by the name of the system: nothing is said of its HTTP stack.
    App,
    /// A browser on a phone.
    Browser,
    /// Android's HttpURLConnection.
    Dalvik,
    /// Dart's own client (Flutter).
    Dart,
    /// OkHttp.
    OkHttp,
}

impl Claim {
    /// The claim of a User-Agent; `None` if it claims no phone.
    pub(super) fn of(agent: &str) -> Option<Self> {
        let has = |word: &str| agent.contains(word);
        let phone = has("Android") || has("iPhone") || has("iPad") || has("iOS ") || has("iOS;");
        if has("okhttp/") {
            Some(Self::OkHttp)
        } else if has("CFNetwork/") {
            Some(Self::Apple)
        } else if has("Dart/") {
            Some(Self::Dart)
        } else if agent.starts_with("Dalvik/") {
            Some(Self::Dalvik)
        } else if phone && agent.starts_with("Mozilla/5.0 (") {
            // Robots say what they would be like, and who they are.
            let robot = has("compatible;") || has("bot") || has("Bot");
            (!robot).then_some(Self::Browser)
        } else {
            phone.then_some(Self::App)
        }
    }

    /// The words in a title.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Apple => "an app on Apple's network stack",
            Self::App => "an app on a phone",
            Self::Browser => "a phone's browser",
            Self::Dalvik => "an app on Android's own HTTP stack",
            Self::Dart => "a Flutter app",
            Self::OkHttp => "an app with OkHttp",
        }
    }

    /// What of the call such a client never sends. Only what is the same in all versions counts:
    /// where OkHttp's `BridgeInterceptor` puts its headers, and the order of its pseudo fields.
    pub(super) fn contradictions(self, call: &Call<'_>) -> Vec<Evidence> {
        if self != Self::OkHttp {
            return Vec::new();
        }
        match call.request().version {
            HttpVersion::Http2 => pseudo_fields(call).into_iter().collect(),
            HttpVersion::Http11 => bridge(call),
            _ => Vec::new(),
        }
    }
}

/// OkHttp 3 and later send `:method`, `:path`, `:authority`, `:scheme`.
fn pseudo_fields(call: &Call<'_>) -> Option<Evidence> {
    let order = &call.request().pseudo.as_ref()?.order;
    let differs = order.len() == 4 && order != "mpas";
    differs.then(|| call.asked("pseudo-fields", format!("{order}; OkHttp sends mpas")))
}

/// OkHttp puts Host, Connection and Accept-Encoding, in this order, behind the app's own headers. An
/// app may set one of them itself, so that one oddity says nothing; two of them do.
fn bridge(call: &Call<'_>) -> Vec<Evidence> {
    let headers = &call.request().headers;
    // Behind `CONNECT`, and for WebSockets, other rules hold.
    if call.request().method == "CONNECT" || headers.first("upgrade").is_some() {
        return Vec::new();
    }
    let at = |name: &str| headers.0.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    let (host, agent, connection) = (at("host"), at("user-agent"), at("connection"));
    let mut odd = Vec::new();
    // Those who export HAR files may leave fields out.
    let told = &call.exchange.connection;
    let is_whole = told.told.is_none() || told.told_client.is_some();
    match headers.first("connection") {
        None if is_whole => {
            odd.push(call.asked("header", "no Connection; OkHttp sends Keep-Alive"))
        }
        Some("keep-alive") => {
            odd.push(call.asked("header", "Connection: keep-alive; OkHttp sends Keep-Alive"));
        }
        _ => {}
    }
    if host < agent && (connection.is_none() || agent < connection || host == Some(0)) {
        let order = "Host before User-Agent; OkHttp puts it behind the app's headers";
        // Its own User-Agent it adds last.
        if !call.header("user-agent").is_some_and(|value| value.starts_with("okhttp/")) {
            odd.push(call.asked("header-order", order));
        }
    }
    match headers.first("accept-encoding") {
        None if is_whole && headers.first("range").is_none() => {
            odd.push(call.asked("header", "no Accept-Encoding; OkHttp sends gzip"));
        }
        Some(value) if value.contains("deflate") => {
            odd.push(call.asked("header", "Accept-Encoding with deflate; OkHttp sends gzip"));
        }
        _ => {}
    }
    if headers.0.iter().any(|field| field.name == "host") {
        odd.push(call.asked("header-case", "host; OkHttp writes Host"));
    }
    if odd.len() < 2 { Vec::new() } else { odd }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_claim_what_they_name() {
        for (agent, claim) in [
            ("ShopApp/5.2.1 (Android 14; Pixel 8) okhttp/4.12.0", Some(Claim::OkHttp)),
            ("Shop/7 CFNetwork/1490.0.4 Darwin/23.2.0", Some(Claim::Apple)),
            ("Dart/3.2 (dart:io)", Some(Claim::Dart)),
            ("Dalvik/2.1.0 (Linux; U; Android 14)", Some(Claim::Dalvik)),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36", Some(Claim::Browser)),
            ("Mozilla/5.0 (Linux; Android 6.0.1) (compatible; Googlebot/2.1)", None),
            ("Shop/3 (iPhone15,2; iOS 17.4)", Some(Claim::App)),
            ("python-requests/2.32", None),
            ("curl/8.5.0", None),
            ("", None),
        ] {
            assert_eq!(Claim::of(agent), claim, "{agent}");
        }
    }
}

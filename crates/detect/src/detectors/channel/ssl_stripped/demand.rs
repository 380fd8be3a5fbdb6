//! What is known of a client and a host, and whether it demands HTTPS.

use std::net::IpAddr;

use dissect::{PacketSpan, Record, Session};
use hashbrown::HashMap;

use super::is_login;
use crate::call::Call;
use crate::call::quote::{normal_host, shortened, url_host, url_path};
use crate::detectors::draft;
use crate::digest::Key;
use crate::finding::Confidence;

/// Pairs of client and host that are remembered.
const MAX_HOSTS: usize = 16_384;

/// Redirects, and Secure cookies, remembered per pair.
const MAX_EACH: usize = 16;

/// Longest cookie or target that is remembered.
const MAX_TEXT: usize = 512;

/// Time after which a redirect says nothing more about the server.
const REDIRECT_SECS: i64 = 600;

/// Top-level domains that browsers know to be HTTPS only: the entries with a single label of
/// Chromium's transport_security_state_static.json.
const PRELOADED_DOMAINS: &[&str] = &[
    "android",
    "app",
    "bank",
    "boo",
    "channel",
    "chrome",
    "dad",
    "day",
    "dev",
    "eat",
    "esq",
    "fly",
    "foo",
    "gle",
    "gmail",
    "google",
    "hangout",
    "ing",
    "insurance",
    "meet",
    "meme",
    "mov",
    "new",
    "nexus",
    "page",
    "phd",
    "play",
    "prof",
    "rsvp",
    "search",
    "youtube",
    "zip",
];

/// Hosts of the same list.
const PRELOADED_HOSTS: &[&str] = &[
    "accounts.google.com",
    "api.twitter.com",
    "github.com",
    "login.yahoo.com",
    "m.facebook.com",
    "mail.google.com",
    "twitter.com",
    "www.dropbox.com",
    "www.facebook.com",
    "www.paypal.com",
];

/// All of them were on the list by then, and browsers that used it: 2018-07-01.
const PRELOADED_SINCE_SECS: i64 = 1_530_403_200;

/// Why a host should have been asked over HTTPS.
#[derive(Clone, Debug)]
pub(super) enum Demand {
    /// The baseline knows the host by its TLS.
    Baseline,
    /// Browsers have it built in.
    Preloaded,
    /// The host redirects to HTTPS elsewhere, and now gets a password or a token in the clear.
    RedirectsToHttps(PacketSpan),
    /// The same URL was redirected to itself, as an https URL is that was made an http one.
    RedirectedToItself(PacketSpan),
    /// The same URL was redirected to HTTPS.
    RedirectedToHttps(PacketSpan),
    /// A cookie that is for HTTPS only was sent.
    SecureCookie(PacketSpan),
    /// HTTPS only, the host said over HTTPS.
    StrictTransport(PacketSpan),
    /// The client used TLS with this host, and now sends a password or a token in the clear.
    UsedTls(PacketSpan),
}

impl Demand {
    /// The middle of a title.
    pub(super) const fn words(&self) -> &'static str {
        match self {
            Self::Baseline => "the baseline knows it to speak TLS",
            Self::Preloaded => "browsers know it to be HTTPS only",
            Self::RedirectedToHttps(_) => "it had redirected the same request to HTTPS",
            Self::RedirectsToHttps(_) => "it redirects to HTTPS, and now a login went without",
            Self::RedirectedToItself(_) => {
                "a redirect had led from the URL to the very same URL, as stripped ones do"
            }
            Self::SecureCookie(_) => "the cookie that was sent is for HTTPS only",
            Self::StrictTransport(_) => "it demands HTTPS by Strict-Transport-Security",
            Self::UsedTls(_) => "the client had used TLS with it, and now logs in without",
        }
    }

    pub(super) const fn confidence(&self) -> Confidence {
        match self {
            Self::SecureCookie(_) => Confidence::Certain,
            _ => Confidence::Likely,
        }
    }

    /// Name and value of the evidence.
    pub(super) const fn fact(&self) -> (&'static str, &'static str) {
        match self {
            Self::Baseline => ("baseline", "TLS"),
            Self::Preloaded => ("preload", "built into browsers"),
            Self::RedirectedToHttps(_) => ("redirect", "the same URL to https"),
            Self::RedirectsToHttps(_) => ("redirect", "the same host to https"),
            Self::RedirectedToItself(_) => ("redirect", "the same URL to itself"),
            Self::SecureCookie(_) => ("set-cookie", "Secure"),
            Self::StrictTransport(_) => ("header", "Strict-Transport-Security"),
            Self::UsedTls(_) => ("tls-session", "application data of both sides"),
        }
    }

    /// Where it was seen.
    pub(super) const fn seen(&self) -> Option<PacketSpan> {
        match self {
            Self::Baseline | Self::Preloaded => None,
            Self::RedirectedToHttps(at)
            | Self::RedirectsToHttps(at)
            | Self::RedirectedToItself(at)
            | Self::SecureCookie(at)
            | Self::StrictTransport(at)
            | Self::UsedTls(at) => Some(*at),
        }
    }
}

/// What is known of one client and host.
#[derive(Default)]
struct Host {
    /// The last TLS session in which both sides sent data.
    tls: Option<PacketSpan>,
    /// Strict-Transport-Security, and whether it includes subdomains.
    strict: Option<(PacketSpan, bool)>,
    /// Cookies with Secure, `name=value`.
    secure: Vec<(String, PacketSpan)>,
    redirects: Vec<Redirect>,
    /// The last redirect to HTTPS, whatever the URL.
    redirects_to_https: Option<PacketSpan>,
}

struct Redirect {
    target: String,
    /// Some servers redirect browsers only.
    agent: String,
    to_itself: bool,
    at: PacketSpan,
}

/// Stands for a client and a host.
fn key(client: IpAddr, host: &str) -> Key {
    Key::of(&(client, host))
}

/// What is known of every client and host.
#[derive(Default)]
pub(super) struct Memory {
    /// By [`key`].
    hosts: HashMap<Key, Host>,
}

impl Memory {
    fn host(&mut self, client: IpAddr, name: &str) -> &mut Host {
        // What is forgotten can only make it quiet.
        if self.hosts.len() >= MAX_HOSTS {
            self.hosts.clear();
        }
        self.hosts.entry(key(client, name)).or_default()
    }

    /// A TLS session is over.
    pub(super) fn session(&mut self, record: &Record, session: &Session) {
        let (Some(flow), Some(hello)) = (&record.flow, &session.client_hello) else { return };
        let Some(name) = draft::host(session).map(normal_host) else { return };
        if session.client_application_records > 0 && session.server_application_records > 0 {
            self.host(flow.client.address, &name).tls = Some(hello.packets);
        }
    }

    /// An exchange inside TLS says what the host demands.
    pub(super) fn decrypted(&mut self, call: &Call<'_>) {
        let (Some(flow), Some(_)) = (&call.record.flow, call.exchange.host()) else { return };
        let name = call.host().unwrap_or_default();
        let Some(response) = call.response() else { return };
        let (client, at) = (flow.client.address, response.packets);
        // Its session may not be over yet, and a HAR file has none.
        self.host(client, name).tls.get_or_insert(call.request().packets);
        if let Some(value) = response.headers.first("strict-transport-security")
            && let Some(with_subdomains) = strict_transport(value)
        {
            self.host(client, name).strict = Some((at, with_subdomains));
        }
        for cookie in response.headers.all("set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let Some(pair) = parts.next() else { continue };
            let of_value = pair.split_once('=').is_some_and(|(_, value)| value.len() >= 8);
            if of_value
                && pair.len() <= MAX_TEXT
                && parts.any(|part| part.eq_ignore_ascii_case("secure"))
            {
                let host = self.host(client, name);
                if host.secure.len() < MAX_EACH {
                    host.secure.push((pair.to_owned(), at));
                }
            }
        }
    }

    /// A plain exchange may be a redirect.
    pub(super) fn plain(&mut self, case: &Call<'_>) {
        let (Some(flow), Some(name)) = (&case.record.flow, case.host()) else { return };
        let (request, Some(response)) = (case.request(), case.response()) else { return };
        let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
        let Some(location) = response.headers.first("location").filter(|_| is_redirect) else {
            return;
        };
        let Some((is_https, to)) = url_host(location) else { return };
        // A cookie may be what the server wants to see the second time.
        let sets_cookie = response.headers.first("set-cookie").is_some();
        let same_url = url_path(location) == request.path() && query(location) == request.query();
        if *to == *name && is_https {
            let host = self.host(flow.client.address, name);
            host.redirects_to_https = Some(response.packets);
        }
        if *to != *name || request.method != "GET" || !same_url || request.target.len() > MAX_TEXT {
            return;
        }
        let same_port = port(location) == request.authority().and_then(port);
        if sets_cookie || (!is_https && !same_port) {
            return;
        }
        let redirect = Redirect {
            target: request.target.clone(),
            agent: agent(case),
            to_itself: !is_https,
            at: response.packets,
        };
        let host = self.host(flow.client.address, name);
        if host.redirects.len() >= MAX_EACH {
            host.redirects.remove(0);
        }
        host.redirects.push(redirect);
    }

    /// What demands HTTPS of a plain exchange that was answered with content; the strongest first.
    pub(super) fn demand(&self, case: &Call<'_>) -> Option<Demand> {
        let (flow, name) = (case.record.flow.as_ref()?, case.host()?);
        let client = flow.client.address;
        let at = case.request().packets.first;
        let known = self.hosts.get(&key(client, name));
        let cookies = case.header("cookie").unwrap_or_default();
        let sent = |pair: &String| cookies.split(';').any(|cookie| cookie.trim() == pair);
        if let Some((_, at)) =
            known.and_then(|host| host.secure.iter().find(|(pair, _)| sent(pair)))
        {
            return Some(Demand::SecureCookie(*at));
        }
        if let Some(at) = self.strict(client, name) {
            return Some(Demand::StrictTransport(at));
        }
        let redirect = known.and_then(|host| {
            host.redirects.iter().rev().find(|redirect| {
                let age = at.timestamp.since(redirect.at.last.timestamp);
                let visited = host.tls.is_some_and(|tls| tls.first > redirect.at.last);
                redirect.target == case.request().target
                    && case.request().method == "GET"
                    && redirect.agent == agent(case)
                    && (0..=REDIRECT_SECS.saturating_mul(1_000_000_000)).contains(&age)
                    && !visited
            })
        });
        if let Some(redirect) = redirect {
            return Some(match redirect.to_itself {
                true => Demand::RedirectedToItself(redirect.at),
                false => Demand::RedirectedToHttps(redirect.at),
            });
        }
        let browser = case
            .header("user-agent")
            .is_some_and(|agent| agent.contains("Mozilla/") && !agent.contains("compatible;"));
        if browser && at.timestamp.secs() >= PRELOADED_SINCE_SECS && is_preloaded(name) {
            return Some(Demand::Preloaded);
        }
        let known = known.filter(|_| is_login(case))?;
        let tls = known.tls.filter(|tls| tls.last <= at).map(Demand::UsedTls);
        tls.or_else(|| known.redirects_to_https.map(Demand::RedirectsToHttps))
    }

    /// Strict-Transport-Security of the host or of a domain above it (RFC 6797 section 8.2).
    fn strict(&self, client: IpAddr, name: &str) -> Option<PacketSpan> {
        let mut domain = name;
        loop {
            let known = self.hosts.get(&key(client, domain));
            if let Some((at, with_subdomains)) = known.and_then(|host| host.strict)
                && (with_subdomains || domain == name)
            {
                return Some(at);
            }
            domain = domain.split_once('.').map(|(_, parent)| parent)?;
        }
    }
}

/// Whether a Strict-Transport-Security header demands anything, and of subdomains, too.
fn strict_transport(value: &str) -> Option<bool> {
    let mut directives = value.split(';').map(|directive| directive.trim().to_ascii_lowercase());
    let age = directives.find_map(|directive| {
        directive.strip_prefix("max-age=").map(|age| age.trim_matches('"').to_owned())
    })?;
    let subdomains = value.to_ascii_lowercase().contains("includesubdomains");
    age.parse::<u64>().is_ok_and(|age| age > 0).then_some(subdomains)
}

fn is_preloaded(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or(name);
    (name != top && PRELOADED_DOMAINS.contains(&top)) || PRELOADED_HOSTS.contains(&name)
}

/// The first characters of the user agent.
fn agent(case: &Call<'_>) -> String {
    shortened(case.header("user-agent").unwrap_or_default())
}

fn query(url: &str) -> Option<&str> {
    url.split_once('?').map(|(_, query)| query)
}

/// The port of an authority or URL, if it names one other than HTTP's.
fn port(url: &str) -> Option<&str> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or(authority);
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
    port.filter(|port| *port != "80")
}

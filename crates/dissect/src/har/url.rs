//! The URL of an entry, taken apart as a client does that speaks to the server itself.

use crate::http::Scheme;

/// What a URL says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Url {
    pub(super) scheme: Scheme,
    /// Host, and port if one is written; no user.
    pub(super) authority: String,
    pub(super) port: u16,
    /// Origin form: path and query, no fragment.
    pub(super) target: String,
}

/// `None` if it is not of HTTP or WebSocket.
pub(super) fn parse(url: &str) -> Option<Url> {
    let (scheme, rest) = url.split_once("://")?;
    let (scheme, default) = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => (Scheme::Http, 80),
        "https" | "wss" => (Scheme::Https, 443),
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end)?;
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let target = target.split('#').next().unwrap_or(target);
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    Some(Url { scheme, authority: authority.to_owned(), port: port(authority, default), target })
}

/// The port that an authority writes.
pub(super) fn port(authority: &str, default: u16) -> u16 {
    let behind = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    behind.and_then(|(_, port)| port.parse().ok()).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_every_form() {
        for (url, scheme, authority, port, target) in [
            ("https://a.test/b?c=d#e", Scheme::Https, "a.test", 443, "/b?c=d"),
            ("HTTP://me:pw@a.test:81", Scheme::Http, "a.test:81", 81, "/"),
            ("wss://[2001:db8::1]?q=@", Scheme::Https, "[2001:db8::1]", 443, "/?q=@"),
            ("ws://[2001:db8::1]:9/", Scheme::Http, "[2001:db8::1]:9", 9, "/"),
        ] {
            let expected = Url { scheme, authority: authority.into(), port, target: target.into() };
            assert_eq!(parse(url), Some(expected), "{url}");
        }
        for url in ["data:text/plain,x", "file:///etc/hosts", "/relative", "", "blob://x"] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}

//! The pages by which interception tools hand out their CA certificates.
//!
//! Each row says where it is from: the tool's own documentation or source. Hosts that exist for
//! nothing else count wherever they are named; a path on a site that people also read counts only
//! when it is fetched.

use crate::words::starts_with;

/// A set-up page.
#[derive(Debug)]
pub(super) struct Page {
    /// The tool.
    pub(super) tool: &'static str,
    /// Its host; empty for any.
    pub(super) host: &'static str,
    /// How its path begins, in lower case; empty for any.
    pub(super) path: &'static str,
    /// The host exists for set-up only, so that its name in DNS or TLS tells as much.
    pub(super) name_tells: bool,
}

const fn host(tool: &'static str, host: &'static str) -> Page {
    Page { tool, host, path: "", name_tells: true }
}

const fn at(tool: &'static str, host: &'static str, path: &'static str) -> Page {
    Page { tool, host, path, name_tells: false }
}

/// All of them; the first that fits names the tool.
pub(super) const PAGES: &[Page] = &[
    // mitmproxy: APP_HOST of its onboarding addon; PCAPdroid's is the same program.
    host("mitmproxy", "mitm.it"),
    at("mitmproxy", "", "/cert/mitmproxy-ca-cert"),
    // Burp: "Installing Burp's CA certificate", PortSwigger documentation.
    host("Burp", "burp"),
    host("Burp", "burpsuite"),
    // Charles: "SSL Certificates" in its documentation; chls.pro is its short name.
    host("Charles", "chls.pro"),
    at("Charles", "www.charlesproxy.com", "/getssl"),
    at("Charles", "charlesproxy.com", "/getssl"),
    at("Charles", "www.charlesproxy.com", "/ssl"),
    at("Charles", "charlesproxy.com", "/ssl"),
    // Fiddler: "Configure Fiddler for Android / iOS", Telerik documentation.
    host("Fiddler", "ipv4.fiddler"),
    host("Fiddler", "ipv6.fiddler"),
    host("Fiddler", "localhost.fiddler"),
    at("Fiddler", "", "/fiddlerroot.cer"),
    // Proxyman: "iOS device", docs.proxyman.io.
    host("Proxyman", "proxy.man"),
    host("Proxyman", "cert.proxyman.io"),
    // whistle: lib/https, documented as rootca.pro.
    host("whistle", "rootca.pro"),
    // AnyProxy: its web interface.
    at("AnyProxy", "", "/fetchcrtfile"),
    // HTTP Toolkit: the host that tells whether its CA is trusted, and its Android app's.
    host("HTTP Toolkit", "amiusing.httptoolkit.tech"),
    host("HTTP Toolkit", "android.httptoolkit.tech"),
    // AdGuard: local.adguard.org is also asked by its browser extensions.
    at("AdGuard", "local.adguard.org", "/cert"),
    // PolarProxy: the page of its --certhttp option.
    at("PolarProxy", "", "/polarproxy.cer"),
    // Reqable and ProxyPin: set-up pages that their apps show.
    host("Reqable", "reqable.pro"),
    host("ProxyPin", "proxy.pin"),
    // ZAP: its API's rootCaCert view; its proxy answers to `zap`, as may any machine of that name.
    at("ZAP", "", "/other/network/other/rootcacert"),
    at("ZAP", "", "/other/core/other/rootcert"),
];

impl Page {
    /// Whether it is at this host, in lower case, and this path.
    fn is_at(&self, host: &str, path: &str) -> bool {
        // All paths begin with a slash: what follows tells most of them apart.
        let letter = |path: &str| path.as_bytes().get(1).map(u8::to_ascii_lowercase);
        (self.host.is_empty() || self.host == host)
            && (self.path.is_empty()
                || (letter(path) == letter(self.path) && starts_with(path, self.path)))
    }
}

/// The page that was fetched.
pub(super) fn fetched(host: &str, path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.is_at(host, path))
}

/// The page whose host was named without anything being fetched.
pub(super) fn named(host: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name_tells && page.host == host)
}

/// Whether the path is that of a revocation list with mitmproxy's magic token: the serial number
/// of its CA behind its name (`crl_path` in its tlsconfig addon, from version 12).
pub(super) fn is_mitmproxy_crl(path: &str) -> bool {
    let Some(path) = path.strip_suffix(".crl") else { return false };
    let name = path.rsplit('/').next().unwrap_or(path);
    let serial = name.strip_prefix("mitmproxy-");
    serial
        .is_some_and(|serial| serial.len() >= 6 && serial.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_by_host_and_path() {
        let tool = |page: Option<&'static Page>| page.map(|page| page.tool);
        assert_eq!(tool(fetched("mitm.it", "/")), Some("mitmproxy"));
        assert_eq!(tool(fetched("10.0.0.9", "/FiddlerRoot.cer")), Some("Fiddler"));
        assert_eq!(tool(fetched("www.charlesproxy.com", "/ssl/")), Some("Charles"));
        assert_eq!(tool(fetched("www.charlesproxy.com", "/download/")), None);
        assert_eq!(tool(fetched("local.adguard.org", "/user-script.js")), None);
        assert_eq!(tool(named("burp")), Some("Burp"));
        assert_eq!(tool(named("local.adguard.org")), None);
        assert_eq!(tool(named("notmitm.it")), None);
    }

    #[test]
    fn magic_tokens() {
        assert!(is_mitmproxy_crl("/x/mitmproxy-4711081547110815.crl"));
        for path in ["/mitmproxy-.crl", "/mitmproxy-abc123def.crl", "/r10.crl", "/"] {
            assert!(!is_mitmproxy_crl(path), "{path}");
        }
    }
}

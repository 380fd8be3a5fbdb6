//! Whether a baseline knows a client.

use crate::baseline::{App, Baseline};
use crate::call::Call;

/// What the baseline says of a client of a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// It looks like a client that was learned for the host.
    Known,
    /// Nothing is known of the host's clients.
    NothingKnown,
    /// The host's apps are known by name, and it looks like none of them.
    Unknown,
    /// It was not seen, and nobody said that what was seen are all apps of the host.
    NotSeen,
}

/// What the baseline says of the client of a call.
pub(super) fn standing(call: &Call<'_>, baseline: &Baseline) -> Standing {
    let Some(host) = call.host() else { return Standing::NothingKnown };
    let identity = call.identity();
    standing_of(baseline, host, identity.ja4.as_deref(), identity.http2.as_deref())
}

/// The same by fingerprints. Without any nothing can be told.
pub(super) fn standing_of(
    baseline: &Baseline,
    host: &str,
    ja4: Option<&str>,
    http2: Option<&str>,
) -> Standing {
    let mut apps = of_host(baseline, host).peekable();
    let Some(ja4) = ja4.filter(|_| apps.peek().is_some()) else { return Standing::NothingKnown };
    let mut is_named = true;
    for (name, app) in apps {
        if knows(app, ja4, http2) {
            return Standing::Known;
        }
        is_named &= is_name(name, app);
    }
    if is_named { Standing::Unknown } else { Standing::NotSeen }
}

/// The apps that were learned for a host, with their names.
pub(super) fn of_host<'a>(
    baseline: &'a Baseline,
    host: &'a str,
) -> impl Iterator<Item = (&'a str, &'a App)> {
    let apps = baseline.apps.iter().filter(move |(_, app)| app.hosts.contains(host));
    apps.map(|(name, app)| (name.as_str(), app))
}

/// Whether somebody named the app; else it goes by its JA4.
pub(super) fn is_name(name: &str, app: &App) -> bool {
    !app.ja4s.contains(name)
}

/// Whether it looks like this app. Of the JA4 the cipher suites are compared: resumption, padding
/// and ALPN change the rest, and QUIC has its own. HTTP/2 counts where both show it.
fn knows(app: &App, ja4: &str, http2: Option<&str>) -> bool {
    fn ciphers(ja4: &str) -> Option<&str> {
        ja4.split('_').nth(1)
    }
    let same_tls = app.ja4s.iter().any(|known| ciphers(known) == ciphers(ja4));
    let same_http2 = match http2 {
        Some(http2) if !app.http2.is_empty() => app.http2.contains(http2),
        _ => true,
    };
    same_tls && same_http2
}

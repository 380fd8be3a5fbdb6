//! What logins have in common: the machine and program, the program on many machines, or the host
//! only. The less that is, the more it takes.

use super::super::guesses::Tally;
use crate::call::Call;
use crate::digest::Digest;
use crate::finding::Confidence;

/// Users that one source was refused for. Those behind one address have other programs, and who
/// mistypes a password gets in soon.
const SOURCE_USERS: usize = 10;
/// The same of a program on many machines.
const FINGERPRINT_USERS: usize = 15;
/// Addresses that make them many.
const FINGERPRINT_ADDRESSES: usize = 3;
/// The same where nothing but the host is in common.
const HOST_USERS: usize = 30;
/// Machines or programs of those.
const HOST_SOURCES: usize = 5;

/// What they have in common.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Scope {
    /// A program, on whatever machine: an attack that comes through many proxies.
    Fingerprint,
    /// A machine and a program.
    Source,
    /// The host that they log in at.
    Host,
}

/// Which of them.
pub(super) type Key = (Scope, u64);

/// What the logins of a call are counted under.
pub(super) fn keys(call: &Call<'_>) -> [Key; 3] {
    let host = call.label();
    let source = call.source();
    let client = source.client.map(|client| client.to_string()).unwrap_or_default();
    let program = program(call);
    let digest = |scope, parts: &[&str]| {
        let parts = parts.iter().map(|part| part.as_bytes());
        (scope, Digest::of(parts).short())
    };
    [
        digest(Scope::Fingerprint, &[&host, &program]),
        digest(Scope::Source, &[&host, &program, &client]),
        digest(Scope::Host, &[&host]),
    ]
}

/// What stays the same of a program: the cipher suites that it offers. What else is in its JA4
/// changes when it resumes a session. In the clear, how it opens TCP and what it calls itself.
fn program(call: &Call<'_>) -> String {
    let identity = call.identity();
    match identity.ja4.as_deref().and_then(|ja4| ja4.split('_').nth(1)) {
        Some(suites) => suites.to_owned(),
        None => {
            let agent = call.header("user-agent").unwrap_or_default();
            // A HAR file tells neither, and is of one machine.
            let tcp = identity.tcp.as_deref();
            tcp.map(|tcp| format!("{tcp} {agent}")).unwrap_or_default()
        }
    }
}

impl Scope {
    /// Seconds for which logins are counted together.
    pub(super) const fn window(self) -> i64 {
        match self {
            Self::Fingerprint | Self::Host => 3_600,
            Self::Source => 21_600,
        }
    }

    /// Whether it is what nobody does who only logs in.
    pub(super) fn is_clear(self, tally: &Tally) -> bool {
        let (refused, taken) = (tally.refused(), tally.taken());
        let is_mostly = |times: usize| refused >= taken.saturating_mul(times);
        match self {
            Self::Source => refused >= SOURCE_USERS && is_mostly(2),
            // Of the app itself most get in.
            Self::Fingerprint => {
                refused >= FINGERPRINT_USERS
                    && is_mostly(4)
                    && tally.sources() >= FINGERPRINT_ADDRESSES
            }
            // While a server refuses everybody, they try again; lists are tried once.
            Self::Host => {
                refused >= HOST_USERS
                    && is_mostly(9)
                    && tally.sources() >= HOST_SOURCES
                    && tally.attempts().saturating_mul(2) <= tally.tried().saturating_mul(3)
            }
        }
    }

    pub(super) const fn confidence(self) -> Confidence {
        match self {
            Self::Fingerprint | Self::Source => Confidence::Likely,
            Self::Host => Confidence::Possible,
        }
    }

    /// Where they came from, in a title.
    pub(super) const fn origin(self) -> &'static str {
        match self {
            Self::Fingerprint => "one program at several addresses",
            Self::Source => "one client",
            Self::Host => "many clients",
        }
    }
}

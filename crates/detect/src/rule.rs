//! A detector's metadata: what `rules`, `explain`, the docs and other formats are generated from.

use std::fmt;

/// What a detector looks for, and how to read what it raises.
#[derive(Debug)]
pub struct Rule {
    /// `surface/words-with-hyphens`.
    pub id: &'static str,
    /// One line: what it means when it is raised.
    pub title: &'static str,
    /// Severity unless a policy changes it.
    pub severity: Severity,
    /// The attack surface it watches.
    pub surface: Surface,
    /// What it must be able to see.
    pub needs: &'static [Need],
    /// CWE, MASVS, ATT&CK and RFC references.
    pub references: &'static [&'static str],
    /// What happened, and why it matters; plain sentences.
    pub explanation: &'static str,
    /// What the evidence consists of.
    pub evidence: &'static str,
    /// What else raises it although nobody attacks.
    pub false_positives: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// How bad it is. Ordered: `Info < Low < … < Critical`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look.
    Low,
    /// Should be mended.
    Medium,
    /// Somebody can read or change traffic, or is about to.
    High,
    /// Somebody does, and the app lets him.
    Critical,
}

impl Severity {
    /// From worst to least.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in options and outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The five attack surfaces of mobile API security.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Surface {
    /// The service.
    Api,
    /// What lies between app and service.
    Channel,
    /// Whether the client is the genuine app.
    App,
    /// What the app runs on.
    Device,
    /// The users' secrets.
    Credentials,
}

impl Surface {
    /// In alphabetical order of their words.
    pub const ALL: [Self; 5] =
        [Self::Api, Self::App, Self::Channel, Self::Credentials, Self::Device];

    /// The word used in rule ids and outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Channel => "channel",
            Self::App => "app",
            Self::Device => "device",
            Self::Credentials => "credentials",
        }
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a rule must be able to see.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Need {
    /// A baseline or pins.
    Baseline,
    /// Readable certificates: TLS 1.2 or before, or a key log.
    Certificates,
    /// HTTP exchanges: plain, decrypted or HAR.
    Exchanges,
    /// Any TLS or QUIC handshake.
    Handshake,
    /// Packets of the network below.
    Packets,
}

impl Need {
    /// The word used in outputs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Certificates => "certificates",
            Self::Exchanges => "exchanges",
            Self::Handshake => "handshake",
            Self::Packets => "packets",
        }
    }
}

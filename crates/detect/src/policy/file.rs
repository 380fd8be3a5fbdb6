//! From the text of a policy file (TOML) to a [`Policy`]. Keys that nobody knows are errors: a
//! misspelt one would otherwise allow or hide something else than was meant.

use std::ops::Range;

use dissect::x509::Certificate;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::allow::Identity;
use super::api::ApiEntry;
use super::{AllowedCa, Api, Expiry, Host, Policy, Suppression};
use crate::detectors::DETECTORS;
use crate::pattern::Pattern;
use crate::rule::Severity;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Most levels between two severities.
const MAX_RAISE: u8 = 4;

/// What is wrong with a policy file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PolicyError {
    /// 1-based.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    allow_ca: Vec<Spanned<AllowCa>>,
    #[serde(default)]
    severity: std::collections::BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    suppress: Vec<Suppress>,
    #[serde(default)]
    host: Vec<HostEntry>,
    #[serde(default)]
    api: Vec<ApiEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowCa {
    name: String,
    sha256: Option<Spanned<String>>,
    certificate: Option<Spanned<String>>,
    subject: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
    reason: Spanned<String>,
    expires: Option<Spanned<Datetime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suppress {
    rule: Spanned<String>,
    host: Option<String>,
    client: Option<String>,
    issuer: Option<String>,
    finding: Option<String>,
    reason: Spanned<String>,
    expires: Spanned<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostEntry {
    name: String,
    raise: Option<Spanned<u8>>,
}

impl Policy {
    /// Reads a policy file's text.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let reader = Reader { text };
        let file: File = toml::from_str(text)
            .map_err(|error| reader.error(error.span().unwrap_or_default(), error.message()))?;
        let allowed = file.allow_ca.into_iter().map(|entry| reader.allow(entry));
        let severities = file.severity.iter().map(|(rule, level)| reader.severity(rule, level));
        let suppressions = file.suppress.into_iter().map(|entry| reader.suppress(entry));
        let hosts = file.host.into_iter().map(|entry| reader.host(entry));
        let api = |entry| Api::new(entry).map_err(|(at, message)| reader.error(at, message));
        let apis = file.api.into_iter().map(api);
        Ok(Self {
            allowed: allowed.collect::<Result<_, _>>()?,
            severities: severities.collect::<Result<_, _>>()?,
            suppressions: suppressions.collect::<Result<_, _>>()?,
            hosts: hosts.collect::<Result<_, _>>()?,
            apis: apis.collect::<Result<_, _>>()?,
        })
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: Range<usize>, message: impl Into<String>) -> PolicyError {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        PolicyError { line, message: message.into() }
    }

    fn allow(&self, entry: Spanned<AllowCa>) -> Result<AllowedCa, PolicyError> {
        let at = entry.span();
        let entry = entry.into_inner();
        let identity = match (entry.sha256, entry.certificate, entry.subject) {
            (Some(digest), None, None) => Identity::Sha256(self.digest(&digest)?),
            (None, Some(pem), None) => Identity::Key(self.key(&pem)?),
            (None, None, Some(subject)) => Identity::Subject(Pattern::new(&subject)),
            _ => {
                let wanted = "one of sha256, certificate and subject says which CA is meant";
                return Err(self.error(at, wanted));
            }
        };
        Ok(AllowedCa {
            name: entry.name,
            reason: self.reason(entry.reason)?,
            identity,
            hosts: entry.hosts.iter().map(|host| Pattern::new(host)).collect(),
            expires: entry.expires.map(|expires| self.date(&expires)).transpose()?,
        })
    }

    fn suppress(&self, entry: Suppress) -> Result<Suppression, PolicyError> {
        let pattern = |text: Option<String>| text.as_deref().map(Pattern::new);
        Ok(Suppression {
            rule: self.rule(&entry.rule)?,
            host: pattern(entry.host),
            client: pattern(entry.client),
            issuer: pattern(entry.issuer),
            finding: entry.finding,
            reason: self.reason(entry.reason)?,
            expires: self.date(&entry.expires)?,
        })
    }

    fn severity(
        &self,
        rule: &Spanned<String>,
        level: &Spanned<String>,
    ) -> Result<(&'static str, Severity), PolicyError> {
        let word = level.get_ref();
        let severity = Severity::ALL.into_iter().find(|severity| severity.word() == word);
        let severity = severity.ok_or_else(|| {
            let words = Severity::ALL.map(Severity::word).join(", ");
            self.error(level.span(), format!("'{word}' is no severity; there are {words}"))
        })?;
        Ok((self.rule(rule)?, severity))
    }

    fn host(&self, entry: HostEntry) -> Result<Host, PolicyError> {
        let raise = match entry.raise {
            None => 0,
            Some(raise) if *raise.get_ref() <= MAX_RAISE => raise.into_inner(),
            Some(raise) => {
                let wanted = format!("raise wants a number of levels, at most {MAX_RAISE}");
                return Err(self.error(raise.span(), wanted));
            }
        };
        Ok(Host { name: Pattern::new(&entry.name), raise })
    }

    /// A rule's id; the part behind the surface is enough.
    fn rule(&self, rule: &Spanned<String>) -> Result<&'static str, PolicyError> {
        let wanted = rule.get_ref().as_str();
        let mut ids = DETECTORS.iter().map(|registration| registration.rule.id);
        let is = |id: &&str| *id == wanted || id.split_once('/').is_some_and(|(_, n)| n == wanted);
        ids.find(is).ok_or_else(|| self.error(rule.span(), format!("'{wanted}' is no rule")))
    }

    fn reason(&self, reason: Spanned<String>) -> Result<String, PolicyError> {
        match reason.get_ref().trim() {
            "" => Err(self.error(reason.span(), "the reason is empty")),
            _ => Ok(reason.into_inner()),
        }
    }

    fn date(&self, value: &Spanned<Datetime>) -> Result<Expiry, PolicyError> {
        let wanted = || self.error(value.span(), "expires wants a day, such as 2027-01-31");
        let (Some(date), None) = (value.get_ref().date, value.get_ref().time) else {
            return Err(wanted());
        };
        let month = time::Month::try_from(date.month).map_err(|_| wanted())?;
        let year = i32::from(date.year);
        let day = time::Date::from_calendar_date(year, month, date.day).map_err(|_| wanted())?;
        let end = day.midnight().assume_utc().unix_timestamp().saturating_add(DAY);
        Ok(Expiry { end, year, month: date.month, day: date.day })
    }

    /// 64 hex digits; colons between them are as OpenSSL writes them.
    fn digest(&self, digest: &Spanned<String>) -> Result<[u8; 32], PolicyError> {
        let text = digest.get_ref().replace(':', "");
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.contains('+'))?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).filter(|_| rest.is_empty());
        bytes.ok_or_else(|| self.error(digest.span(), "sha256 wants 64 hex digits"))
    }

    fn key(&self, pem: &Spanned<String>) -> Result<Vec<u8>, PolicyError> {
        let der = CertificateDer::from_pem_slice(pem.get_ref().as_bytes());
        let der = der.map_err(|error| self.error(pem.span(), format!("certificate: {error}")))?;
        match Certificate::parse(&der) {
            Ok(certificate) => Ok(certificate.spki),
            Err(error) => Err(self.error(pem.span(), format!("certificate: {error}"))),
        }
    }
}

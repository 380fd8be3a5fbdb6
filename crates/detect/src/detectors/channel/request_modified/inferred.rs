//! What one leg alone makes likely.

use dissect::PacketSpan;

use super::RULE;
use crate::call::Call;
use crate::call::marks::MarkKind;
use crate::call::quote::quote;
use crate::detector::Sighting;
use crate::detectors::draft::{Draft, alternatives};
use crate::digest::{Digest, Key};
use crate::finding::Confidence;
use crate::rule::Severity;
use crate::table::Table;

/// Signed requests that are remembered.
const MAX_SIGNED: usize = 100_000;
/// Seconds for which they are: who changes a recorded request does it within a day's work.
const LIFETIME: i64 = 86_400;
/// Fields that a proxy adds to what it hands on (RFC 9110 section 7.6.3, RFC 7239).
const OF_PROXIES: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host"];

/// What was seen so far.
pub(super) struct Inferred {
    signed: Table<Key, Signed>,
}

/// A request that was signed.
struct Signed {
    content: Key,
    packets: PacketSpan,
}

impl Default for Inferred {
    fn default() -> Self {
        Self { signed: Table::new(MAX_SIGNED, LIFETIME) }
    }
}

impl Inferred {
    pub(super) fn sightings(&mut self, call: &Call<'_>) -> Vec<Sighting> {
        self.same_signature(call).into_iter().chain(named_itself(call)).collect()
    }

    /// A signature, with the nonce or time that it was made with, under another content.
    fn same_signature(&mut self, call: &Call<'_>) -> Option<Sighting> {
        let marks = call.marks();
        let has = |kind: MarkKind| marks.iter().any(|mark| mark.kind == kind);
        // Without either the same signature may stand under everything that an app sends.
        let is_fresh = has(MarkKind::Nonce) || has(MarkKind::Timestamp);
        if !has(MarkKind::Signature) || !is_fresh || call.exchange.incomplete.is_some() {
            return None;
        }
        let host = call.host()?;
        let mut all: Vec<(&str, &str)> =
            marks.iter().map(|mark| (mark.name.as_str(), mark.value.as_str())).collect();
        all.sort_unstable();
        let key = Key::of(&(host, all.as_slice()));
        let (content, packets) = (call.content()?, call.request().packets);
        let known = self.signed.entry(key, call.answered_at(), || Signed { content, packets });
        if known.content == content {
            return None;
        }
        let parts = all.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let digest = Digest::of(std::iter::once(host.as_bytes()).chain(parts));
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let mut evidence = vec![
            quote(known.packets, "request-before", "the same signature, other content"),
            call.request_line(),
            call.asked("same", names.join(", ")),
        ];
        evidence.extend(call.status());
        let draft = Draft {
            key: digest.id(),
            confidence: Confidence::Likely,
            title: format!(
                "One signature stands under two different requests to {}: one of them was changed",
                call.label()
            ),
            evidence,
            alternatives: alternatives(&["a signature that does not cover what differs"]),
        };
        let mut sighting = draft.on(&RULE, call);
        sighting.severity = Severity::High;
        Some(sighting)
    }
}

/// A proxy that says so, where a phone on the same network should be alone.
fn named_itself(call: &Call<'_>) -> Option<Sighting> {
    let headers = &call.request().headers.0;
    let of_proxy = |name: &str| OF_PROXIES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let field = headers.iter().find(|field| of_proxy(&field.name))?;
    let address = call.client()?;
    let is_local = match address {
        std::net::IpAddr::V4(address) => address.is_private(),
        std::net::IpAddr::V6(address) => address.is_unique_local(),
    };
    // Whoever is asked for by name as a proxy is `channel/explicit-proxy`'s.
    if !is_local || call.request().is_absolute_form() {
        return None;
    }
    let name = field.name.to_ascii_lowercase();
    let draft = Draft {
        key: format!("proxy\n{name}"),
        confidence: Confidence::Possible,
        title: format!("A proxy handed a request to {} on and named itself", call.label()),
        evidence: vec![call.request_line(), call.asked("header", name)],
        alternatives: alternatives(&[
            "a company's or operator's proxy",
            "a gateway in front of the service, if the capture was taken behind it",
        ]),
    };
    let mut sighting = draft.on(&RULE, call);
    sighting.severity = Severity::Info;
    Some(sighting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing_http::{Draft as Exchange, asked};
    use crate::policy::Policy;

    fn raised(exchanges: Vec<Exchange>) -> Vec<Severity> {
        let (mut inferred, policy) = (Inferred::default(), Policy::default());
        let records: Vec<_> = exchanges.into_iter().map(Exchange::record).collect();
        let all = records
            .iter()
            .flat_map(|record| inferred.sightings(&Call::of(record, &policy).unwrap()));
        all.map(|sighting| sighting.severity).collect()
    }

    fn signed(nonce: &'static str, body: &str) -> Exchange {
        let headers = [("X-Nonce", nonce), ("X-Signature", "5f2b0c9a")];
        asked("POST", "http://a.test/pay", &headers, body).answer(200, &[], "")
    }

    #[test]
    fn one_signature_under_two_contents() {
        assert_eq!(raised(vec![signed("n1", "a"), signed("n1", "b")]), [Severity::High]);
        assert!(raised(vec![signed("n1", "a"), signed("n1", "a")]).is_empty());
        // A constant that is called a signature.
        assert!(raised(vec![signed("n1", "a"), signed("n2", "b")]).is_empty());
    }

    #[test]
    fn a_proxy_that_names_itself() {
        let via =
            |client| asked("GET", "http://a.test/", &[("Via", "1.1 box")], "").of_client(client);
        assert_eq!(raised(vec![via("10.0.0.2")]), [Severity::Info]);
        assert!(raised(vec![via("203.0.113.9")]).is_empty());
        assert!(raised(vec![asked("GET", "http://a.test/", &[], "")]).is_empty());
    }
}

//! `channel/known-interceptor`: a chain that bears the marks of a product, which is named.
//!
//! Products are data (`data/interceptors.toml`): names of their CAs (`names`) and marks of their
//! leaves (`mark`). A name can be imitated and construction hardly: the title says
//! what the construction shows, and only both together are certain.

mod extension;
mod mark;
mod names;
mod product;
pub(super) mod serial;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use dissect::Record;
use dissect::hex;

use self::product::{Ground, Kind, Product, Recognition, named, recognise};
use super::case::{Case, publicly_trusted};
use crate::detector::{Detector, Kinds, Registration, Scene, Sighting};
use crate::detectors::draft::Draft;
use crate::finding::Evidence;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::trust::Assessment;
use crate::when;

pub(crate) static RULE: Rule = Rule {
    id: "channel/known-interceptor",
    title: "Certificate minted by a known interception product",
    severity: Severity::High,
    surface: Surface::Channel,
    needs: &[Need::Certificates],
    references: &["CWE-300", "CWE-295", "MASVS-NETWORK-2", "ATT&CK T1638", "ATT&CK T1557"],
    explanation: "The server's certificate bears the marks of a product that ends TLS connections \
        in the middle and mints a certificate for every host. Whoever runs it reads and can change \
        all that the app and its API say to each other. Two kinds of marks are looked for: the \
        name of the product's certificate authority, which its operator can choose freely, and the \
        way its leaves are built, which he cannot: mitmproxy gives each leaf the key of its CA and \
        exactly three extensions, HTTP Toolkit hides a UUID in the serial number, AnyProxy the MD5 \
        of the host, ZAP writes whole keys where hashes belong, bettercap forges GoDaddy's name \
        over RSA keys of 1024 bits. Name and construction together make certain; one of them makes \
        likely. A leaf that carries its CA's key without further marks is reported as a family.",
    evidence: "The CA's name, the marks that matched (extension order, serial number, key, dates), \
        and subject, issuer, serial number, validity and fingerprint of the leaf.",
    false_positives: "Interception that somebody wants: a developer's own proxy, a company's \
        gateway, antivirus software or an ad blocker on the device. A private CA that was given a \
        product's name. Chains that end at a built-in public root never raise this rule.",
    fix: "Find out who runs the product, and since when. On a device that should not be \
        intercepted, remove the CA from the trust store and the proxy or VPN that leads to it. In \
        the app, do not trust user-installed CAs (Android network security config) and pin the \
        keys of the hosts that matter.",
};

pub(crate) const REGISTRATION: Registration =
    Registration { rule: &RULE, watches: Kinds::CERTIFIED, build: || Box::new(KnownInterceptor) };

/// What a leaf with its CA's key and no further marks is called.
const FAMILY: &str = "a proxy that lends its CA's key (mitmproxy, PCAPdroid, squid or whistle)";

/// Stateless: every chain is judged by itself.
struct KnownInterceptor;

impl Detector for KnownInterceptor {
    fn observe(&mut self, record: &Record, scene: &mut Scene<'_>) {
        let Some(case) = Case::of(record) else { return };
        let assessment = case.assess(scene);
        scene.sightings.extend(judge(&case, &assessment));
    }
}

fn judge(case: &Case<'_>, assessment: &Assessment) -> Option<Sighting> {
    if publicly_trusted(assessment) {
        return None;
    }
    let recognition = recognise(case, assessment)?;
    let name = recognition.product.map_or(FAMILY, |product| product.name.as_str());
    // Whose name the CA bears is said as well, but not believed.
    let under = match recognition.ground {
        Ground::Marks => named(case).find(|other| !is_same(recognition.product, other)),
        _ => None,
    };
    let under = under.map(|other| format!(" under the name of {}", other.name)).unwrap_or_default();
    let draft = Draft {
        key: String::from(name),
        confidence: recognition.ground.confidence(),
        title: format!("{} is intercepted by {name}{under}", case.label()),
        evidence: evidence(case, &recognition),
        alternatives: alternatives(case, &recognition),
    };
    let mut sighting = case.raise(&RULE, draft);
    if let Some(severity) = recognition.product.and_then(|product| product.severity)
        && recognition.ground != Ground::Marks
    {
        sighting.severity = severity;
    }
    Some(sighting)
}

/// The marks that matched, then what the leaf says of itself, without saying anything twice.
fn evidence(case: &Case<'_>, recognition: &Recognition) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    let marks = recognition.facts.iter().map(|(fact, value)| case.evidence(fact, value.clone()));
    let own = [
        case.evidence("serial", hex(&case.leaf.serial)),
        case.evidence("not-before", when::utc(case.leaf.not_before)),
        case.evidence("not-after", when::utc(case.leaf.not_after)),
    ];
    for item in marks.chain(case.identity()).chain(own) {
        let said = |earlier: &Evidence| {
            earlier.fact == item.fact && earlier.value.starts_with(&item.value)
        };
        if !evidence.iter().any(said) {
            evidence.push(item);
        }
    }
    evidence
}

/// Whether the leaf verifies with its own key because a recognised product lends it its CA's.
pub(super) fn signs_with_its_ca_key(case: &Case<'_>, assessment: &Assessment) -> bool {
    mark::Mark::SharesCaKey.find(case, assessment).is_some()
        && recognise(case, assessment).is_some_and(|recognition| recognition.product.is_some())
}

/// The product whose marks the leaf bears: its name, or what its family is called.
pub(super) fn product_name(case: &Case<'_>, assessment: &Assessment) -> Option<String> {
    if publicly_trusted(assessment) {
        return None;
    }
    let recognition = recognise(case, assessment)?;
    Some(recognition.product.map_or(FAMILY, |product| &product.name).to_owned())
}

/// Whether a product is recognised, however surely.
pub(super) fn names_product(case: &Case<'_>, assessment: &Assessment) -> bool {
    !publicly_trusted(assessment) && recognise(case, assessment).is_some()
}

/// Whether a product is recognised so surely that nothing else need be said.
pub(super) fn is_certain(case: &Case<'_>, assessment: &Assessment) -> bool {
    !publicly_trusted(assessment)
        && recognise(case, assessment)
            .is_some_and(|recognition| recognition.ground == Ground::NameAndMarks)
}

/// What shows that the leaf carries the key of the CA that signed it.
pub(super) fn shares_ca_key(case: &Case<'_>, assessment: &Assessment) -> Option<String> {
    mark::Mark::SharesCaKey.find(case, assessment).map(|(_, value)| value)
}

/// What shows that the server's own address is among the names, though it was not asked for.
pub(super) fn names_server_address(case: &Case<'_>) -> Option<String> {
    mark::server_address(case)
}

fn alternatives(case: &Case<'_>, recognition: &Recognition) -> Vec<Cow<'static, str>> {
    let mut texts = vec![Cow::Borrowed(match recognition.product.map(|product| product.kind) {
        Some(Kind::Attack) => "a penetration test that was ordered",
        Some(Kind::Gateway) => "a corporate proxy whose CA is allowed by policy",
        Some(Kind::Protection) => "software that the user installed to protect this device",
        Some(Kind::Workbench) | None => "a developer or tester who looks at his own traffic",
    })];
    match recognition.ground {
        Ground::Name => texts.push("another proxy whose CA was given this name".into()),
        Ground::SharedKey => {
            texts.push("a self-signed certificate that names another issuer".into());
        }
        Ground::Marks => {
            texts.push("another program built on the same library".into());
            let others = named(case).filter(|other| !is_same(recognition.product, other));
            texts.extend(others.map(|other| {
                let name = &other.name;
                format!("{name}, whose name the CA bears; the leaf is not built that way").into()
            }));
        }
        Ground::NameAndMarks => {}
    }
    let corporate = "a corporate proxy whose CA is allowed by policy";
    if !texts.iter().any(|text| text == corporate) {
        texts.push(corporate.into());
    }
    texts
}

fn is_same(product: Option<&Product>, other: &Product) -> bool {
    product.is_some_and(|product| product.name == other.name)
}

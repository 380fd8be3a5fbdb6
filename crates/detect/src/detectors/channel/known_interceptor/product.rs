//! What is known about a product, and how a chain is matched with it.
//!
//! The products are data (`data/interceptors.toml`), read at the first chain that no public root
//! vouches for: most captures have none.

use std::sync::OnceLock;

use dissect::x509::Name;
use serde::Deserialize;

use super::super::case::Case;
use super::mark::{Found, Mark};
use super::names::{LowerName, NamePattern};
use crate::finding::Confidence;
use crate::rule::Severity;
use crate::trust::Assessment;

/// The products.
const DATA: &str = include_str!("../../../../data/interceptors.toml");

/// What a product is for; decides what else a match could mean.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Made to attack networks.
    Attack,
    /// Filters a company's traffic.
    Gateway,
    /// Protects one device: antivirus, ad blocker.
    Protection,
    /// Shows developers and testers their own traffic.
    Workbench,
}

/// Whether marks name a product without its CA's name.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Alone {
    /// Others bear them, too.
    #[default]
    Ambiguous,
    /// Nobody else is known to bear them.
    Unique,
}

/// The data file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    product: Vec<Product>,
}

/// An interception product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Product {
    /// Its name, as it stands in a title.
    pub(super) name: String,
    /// What it is for.
    pub(super) kind: Kind,
    /// Names of its CA: one of these fits one name of the chain.
    #[serde(default)]
    pub(super) ca_names: Vec<NamePattern>,
    /// Marks of its leaves: all of one of these sets.
    #[serde(default)]
    pub(super) marks: Vec<Vec<Mark>>,
    /// What the marks are worth without the name.
    #[serde(default)]
    pub(super) alone: Alone,
    /// Marks that are quoted when they are there; they decide nothing.
    #[serde(default)]
    pub(super) hints: Vec<Mark>,
    /// How grave it is, if not as the rule says, where the CA bears its name.
    #[serde(default, deserialize_with = "severity")]
    pub(super) severity: Option<Severity>,
    /// What else is to be said where the CA bears its name.
    pub(super) note: Option<String>,
    /// Where the facts come from.
    #[allow(dead_code)] // for readers of the data, who must not leave it out
    pub(super) provenance: String,
}

fn severity<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Severity>, D::Error> {
    let word = String::deserialize(deserializer)?;
    let known = Severity::ALL.into_iter().find(|severity| severity.word() == word);
    known.map(Some).ok_or_else(|| serde::de::Error::custom(format!("'{word}' is no severity")))
}

/// All products, in the order of the data. None, if the data were malformed: a test sees to it
/// that they are not.
pub(super) fn products() -> &'static [Product] {
    static PRODUCTS: OnceLock<Vec<Product>> = OnceLock::new();
    PRODUCTS.get_or_init(|| read().unwrap_or_default().product)
}

fn read() -> Result<File, toml::de::Error> {
    toml::from_str(DATA)
}

/// On what ground something was recognised. The order is that of trust.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Ground {
    /// No product, but the leaf carries its CA's key.
    SharedKey,
    /// The CA's name only. Anybody can choose a name.
    Name,
    /// The leaf's construction, under a CA of another name.
    Marks,
    /// Name and construction.
    NameAndMarks,
}

impl Ground {
    /// How sure it makes.
    pub(super) const fn confidence(self) -> Confidence {
        match self {
            Self::SharedKey | Self::Name | Self::Marks => Confidence::Likely,
            Self::NameAndMarks => Confidence::Certain,
        }
    }
}

/// What was recognised in a chain.
#[derive(Debug)]
pub(super) struct Recognition {
    /// The product; `None` for an unnamed one that shares its CA's key.
    pub(super) product: Option<&'static Product>,
    /// Why.
    pub(super) ground: Ground,
    /// The facts that matched.
    pub(super) facts: Vec<Found>,
}

/// The best match over all products; the first in the table among equals.
pub(super) fn recognise(case: &Case<'_>, assessment: &Assessment) -> Option<Recognition> {
    let mut best = shared_key(case, assessment);
    let named = assessment.notes.products.get_or_init(|| {
        let names = ca_names(case);
        let bears_name = |(place, product): (usize, &Product)| {
            product.ca_name(&names).is_some().then_some(place)
        };
        (0..).zip(products()).filter_map(bears_name).collect()
    });
    for (place, product) in products().iter().enumerate() {
        let is_named = named.contains(&place);
        let Some(candidate) = product.recognise(case, assessment, is_named) else { continue };
        if best.as_ref().is_none_or(|best| candidate.ground > best.ground) {
            best = Some(candidate);
        }
    }
    best
}

/// Products whose CA bears the name that this chain's does.
pub(super) fn named(case: &Case<'_>) -> impl Iterator<Item = &'static Product> {
    let names = ca_names(case);
    products().iter().filter(move |product| product.ca_name(&names).is_some())
}

/// The names in the chain that may be a CA's: the leaf's issuer, and those above it.
fn ca_names<'a>(case: &Case<'a>) -> Vec<LowerName<'a>> {
    let mut names = vec![LowerName::of(&case.leaf.issuer)];
    for certificate in case.chain.certificates().skip(1) {
        for name in [&certificate.subject, &certificate.issuer] {
            // Each issuer is the next one's subject, as a rule.
            if names.last().is_none_or(|last| last.name.der != name.der) {
                names.push(LowerName::of(name));
            }
        }
    }
    names
}

fn shared_key(case: &Case<'_>, assessment: &Assessment) -> Option<Recognition> {
    let facts = vec![Mark::SharesCaKey.find(case, assessment)?];
    Some(Recognition { product: None, ground: Ground::SharedKey, facts })
}

impl Product {
    /// `is_named`: a CA of the chain bears its name.
    fn recognise(
        &'static self,
        case: &Case<'_>,
        assessment: &Assessment,
        is_named: bool,
    ) -> Option<Recognition> {
        if !is_named && self.alone == Alone::Ambiguous {
            return None;
        }
        let ca_name = if is_named { self.ca_name(&ca_names(case)) } else { None };
        let ca_name = ca_name.map(|name| ("ca-name", name.to_string()));
        let marks = self.marks.iter().find_map(|set| find_all(set, case, assessment));
        let (ground, mut facts) = match (ca_name, marks) {
            (Some(name), Some(marks)) => {
                (Ground::NameAndMarks, std::iter::once(name).chain(marks).collect())
            }
            (Some(name), None) => (Ground::Name, vec![name]),
            (None, Some(marks)) if self.alone == Alone::Unique => (Ground::Marks, marks),
            (None, _) => return None,
        };
        if let Some(note) = self.note.as_ref().filter(|_| ground != Ground::Marks) {
            facts.push(("note", note.clone()));
        }
        for hint in self.hints.iter().filter_map(|hint| hint.find(case, assessment)) {
            if !facts.contains(&hint) {
                facts.push(hint);
            }
        }
        Some(Recognition { product: Some(self), ground, facts })
    }

    /// The first of the names that is this product's.
    fn ca_name<'a>(&self, names: &[LowerName<'a>]) -> Option<&'a Name> {
        let is_its = |name: &&LowerName<'_>| self.ca_names.iter().any(|it| it.fits(name));
        names.iter().find(is_its).map(|lower| lower.name)
    }
}

/// The facts, if the leaf bears every mark of the set.
fn find_all(set: &[Mark], case: &Case<'_>, assessment: &Assessment) -> Option<Vec<Found>> {
    set.iter().map(|mark| mark.find(case, assessment)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_sound() {
        let file = read().unwrap();
        assert!(file.product.len() >= 28);
        for product in &file.product {
            let name = &product.name;
            assert!(!product.provenance.is_empty(), "{name}");
            assert!(!product.ca_names.is_empty() || product.alone == Alone::Unique, "{name}");
            assert!(product.alone == Alone::Ambiguous || !product.marks.is_empty(), "{name}");
            assert!(product.ca_names.iter().all(|pattern| pattern.len() > 0), "{name}");
            assert!(product.marks.iter().all(|set| !set.is_empty()), "{name}");
            let same = file.product.iter().filter(|other| other.name == *name).count();
            assert_eq!(same, 1, "{name}");
        }
    }
}

//! What is known about a product, and how a chain is matched with it.

use dissect::x509::Name;

use super::super::case::Case;
use super::mark::{Found, Mark};
use super::names::Attribute;
use super::{security, tools};
use crate::finding::Confidence;
use crate::trust::Assessment;

/// What a product is for; decides what else a match could mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Alone {
    /// Others bear them, too.
    Ambiguous,
    /// Nobody else is known to bear them.
    Unique,
}

/// An interception product.
#[derive(Debug)]
pub(super) struct Product {
    /// Its name, as it stands in a title.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) kind: Kind,
    /// Names of its CA: one of these sets of conditions holds for one name.
    pub(super) ca_names: &'static [&'static [Attribute]],
    /// Marks of its leaves: all of one of these sets.
    pub(super) marks: &'static [&'static [Mark]],
    /// What the marks are worth without the name.
    pub(super) alone: Alone,
    /// Marks that are quoted when they are there; they decide nothing.
    pub(super) hints: &'static [Mark],
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
    for product in tools::PRODUCTS.iter().chain(security::PRODUCTS) {
        let Some(candidate) = product.recognise(case, assessment) else { continue };
        if best.as_ref().is_none_or(|best| candidate.ground > best.ground) {
            best = Some(candidate);
        }
    }
    best
}

/// Products whose CA bears the name that this chain's does.
pub(super) fn named(case: &Case<'_>) -> impl Iterator<Item = &'static Product> {
    let products = tools::PRODUCTS.iter().chain(security::PRODUCTS);
    products.filter(|product| product.ca_name(case).is_some())
}

fn shared_key(case: &Case<'_>, assessment: &Assessment) -> Option<Recognition> {
    let facts = vec![Mark::SharesCaKey.find(case, assessment)?];
    Some(Recognition { product: None, ground: Ground::SharedKey, facts })
}

impl Product {
    fn recognise(&'static self, case: &Case<'_>, assessment: &Assessment) -> Option<Recognition> {
        let ca_name = self.ca_name(case).map(|name| ("ca-name", name.to_string()));
        let marks = self.marks.iter().find_map(|set| find_all(set, case, assessment));
        let (ground, mut facts) = match (ca_name, marks) {
            (Some(name), Some(marks)) => {
                (Ground::NameAndMarks, std::iter::once(name).chain(marks).collect())
            }
            (Some(name), None) => (Ground::Name, vec![name]),
            (None, Some(marks)) if self.alone == Alone::Unique => (Ground::Marks, marks),
            (None, _) => return None,
        };
        for hint in self.hints.iter().filter_map(|hint| hint.find(case, assessment)) {
            if !facts.contains(&hint) {
                facts.push(hint);
            }
        }
        Some(Recognition { product: Some(self), ground, facts })
    }

    /// The name in the chain that is this product's: the leaf's issuer, or a name above it.
    fn ca_name<'a>(&self, case: &Case<'a>) -> Option<&'a Name> {
        let above = case.chain.certificates().skip(1);
        std::iter::once(&case.leaf.issuer)
            .chain(above.flat_map(|certificate| [&certificate.subject, &certificate.issuer]))
            .find(|name| {
                let holds = |set: &&[Attribute]| set.iter().all(|condition| condition.holds(name));
                self.ca_names.iter().any(holds)
            })
    }
}

/// The facts, if the leaf bears every mark of the set.
fn find_all(set: &[Mark], case: &Case<'_>, assessment: &Assessment) -> Option<Vec<Found>> {
    set.iter().map(|mark| mark.find(case, assessment)).collect()
}

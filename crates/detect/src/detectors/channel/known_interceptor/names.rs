//! Conditions on a distinguished name.
//!
//! A product is told by several attributes together: one word occurs in names of all kinds. Case
//! is ignored, since releases of a product differ in it.

use std::collections::BTreeMap;

use dissect::x509::Name;
use serde::Deserialize;

use crate::pattern::Pattern;

/// Conditions on the attributes of one name, by their short names; all hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "BTreeMap<String, String>")]
pub(super) struct NamePattern {
    /// `None`: there is no such attribute.
    attributes: Vec<(String, Option<Pattern>)>,
}

impl From<BTreeMap<String, String>> for NamePattern {
    fn from(table: BTreeMap<String, String>) -> Self {
        let condition = |text: String| (!text.is_empty()).then(|| Pattern::new(&text));
        let attributes = table.into_iter().map(|(key, text)| (key, condition(text)));
        Self { attributes: attributes.collect() }
    }
}

/// A name whose values were turned to lower case, for it is compared with all patterns.
pub(super) struct LowerName<'a> {
    /// Name, as it is.
    pub(super) name: &'a Name,
    /// Key and value of each attribute.
    attributes: Vec<(&'a str, String)>,
}

impl<'a> LowerName<'a> {
    pub(super) fn of(name: &'a Name) -> Self {
        let attributes = name.attributes.iter();
        let attributes = attributes.map(|it| (&*it.key, it.value.to_lowercase())).collect();
        Self { name, attributes }
    }
}

impl NamePattern {
    /// Whether all conditions hold; of several attributes with one key, one suffices.
    pub(super) fn fits(&self, name: &LowerName<'_>) -> bool {
        self.attributes.iter().all(|(key, pattern)| {
            let mut values = name.attributes.iter().filter(|(other, _)| other == key);
            match pattern {
                Some(pattern) => values.any(|(_, value)| pattern.fits_lower(value)),
                None => values.next().is_none(),
            }
        })
    }

    /// Number of conditions.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.attributes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::name;

    #[test]
    fn conditions_look_at_their_own_attribute() {
        let name = name("C=NZ, O=XK72 Ltd, OU=one, OU=two, CN=Charles Proxy CA (1 Jan 2026, mac)");
        for (key, text, expected) in [
            ("O", "xk72 ltd", true),
            ("O", "XK72", false),
            ("OU", "two", true),
            ("CN", "Charles Proxy*", true),
            ("CN", "Proxy*", false),
            ("CN", "*mac)", true),
            ("CN", "*Charles", false),
            ("CN", "*proxy ca*", true),
            ("O", "*Proxy*", false),
            ("ST", "", true),
            ("C", "", false),
        ] {
            let condition = NamePattern::from(BTreeMap::from([(key.into(), text.into())]));
            assert_eq!(condition.fits(&LowerName::of(&name)), expected, "{key} {text}");
        }
    }
}

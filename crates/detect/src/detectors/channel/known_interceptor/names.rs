//! Conditions on a distinguished name.
//!
//! A product is told by several attributes together: one word occurs in names of all kinds. Case
//! is ignored, since releases of a product differ in it.

use dissect::x509::Name;

/// A condition on one attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    key: &'static str,
    test: Test,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    Absent,
    Contains(&'static str),
    EndsWith(&'static str),
    Is(&'static str),
    StartsWith(&'static str),
}

/// The name has no such attribute.
pub(super) const fn absent(key: &'static str) -> Attribute {
    Attribute { key, test: Test::Absent }
}

/// An attribute contains this text.
pub(super) const fn contains(key: &'static str, text: &'static str) -> Attribute {
    Attribute { key, test: Test::Contains(text) }
}

/// An attribute ends with this text.
pub(super) const fn ends(key: &'static str, text: &'static str) -> Attribute {
    Attribute { key, test: Test::EndsWith(text) }
}

/// An attribute is this text.
pub(super) const fn is(key: &'static str, text: &'static str) -> Attribute {
    Attribute { key, test: Test::Is(text) }
}

/// An attribute starts with this text.
pub(super) const fn starts(key: &'static str, text: &'static str) -> Attribute {
    Attribute { key, test: Test::StartsWith(text) }
}

impl Attribute {
    /// Whether the condition holds for one of the name's attributes with this key.
    pub(super) fn holds(self, name: &Name) -> bool {
        let mut values = name
            .attributes
            .iter()
            .filter(|attribute| attribute.key == self.key)
            .map(|attribute| attribute.value.to_ascii_lowercase());
        match self.test {
            Test::Absent => values.next().is_none(),
            Test::Contains(text) => values.any(|value| value.contains(&lower(text))),
            Test::EndsWith(text) => values.any(|value| value.ends_with(&lower(text))),
            Test::Is(text) => values.any(|value| value == lower(text)),
            Test::StartsWith(text) => values.any(|value| value.starts_with(&lower(text))),
        }
    }
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::name;

    #[test]
    fn conditions_look_at_their_own_attribute() {
        let name = name("C=NZ, O=XK72 Ltd, OU=one, OU=two, CN=Charles Proxy CA (1 Jan 2026, mac)");
        for (condition, expected) in [
            (is("O", "xk72 ltd"), true),
            (is("O", "XK72"), false),
            (is("OU", "two"), true),
            (starts("CN", "Charles Proxy"), true),
            (starts("CN", "Proxy"), false),
            (ends("CN", "mac)"), true),
            (ends("CN", "Charles"), false),
            (contains("CN", "proxy ca"), true),
            (contains("O", "Proxy"), false),
            (absent("ST"), true),
            (absent("C"), false),
        ] {
            assert_eq!(condition.holds(&name), expected, "{condition:?}");
        }
    }
}

//! Patterns in which `*` stands for any text, also for none. Case is ignored.

/// A pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self { parts: text.split('*').map(str::to_lowercase).collect() }
    }

    /// Whether the whole text fits.
    pub(crate) fn fits(&self, text: &str) -> bool {
        self.fits_lower(&text.to_lowercase())
    }

    /// The same of a text that was turned to lower case before.
    pub(crate) fn fits_lower(&self, text: &str) -> bool {
        let [front, middle @ .., back] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| *only == text);
        };
        let Some(mut rest) = text.strip_prefix(front.as_str()) else { return false };
        for part in middle {
            let Some((_, behind)) = rest.split_once(part.as_str()) else { return false };
            rest = behind;
        }
        rest.ends_with(back.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("api.shop.test", "API.shop.test", true),
            ("api.shop.test", "api.shop.test.", false),
            ("*.shop.test", "api.shop.test", true),
            ("*.shop.test", "a.b.shop.test", true),
            ("*.shop.test", "shop.test", false),
            ("*", "", true),
            ("CN=*, O=Corp*", "CN=Proxy 7, O=Corp Ltd", true),
            ("CN=*, O=Corp*", "O=Corp Ltd, CN=Proxy 7", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(text), expected, "{pattern} {text}");
        }
    }
}

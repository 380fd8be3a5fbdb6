//! What a text is compared with. Case is that of ASCII, and does not count. Nothing is allocated
//! for a text that is looked at.

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take, and as many again for what it remembers.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// Most levels of groups in an expression.
const MAX_REGEX_DEPTH: u32 = 32;

/// What a text is compared with.
#[derive(Clone, Debug)]
pub(super) enum Needle {
    /// It is somewhere in the text.
    Contained(Box<str>),
    /// It is the whole text.
    Exact(Box<str>),
    /// The whole text is these parts, with anything between them.
    Like(Box<[Box<str>]>),
    /// An expression that fits somewhere.
    Regex(Regex),
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Contained(one), Self::Contained(two)) | (Self::Exact(one), Self::Exact(two)) => {
                one == two
            }
            (Self::Like(one), Self::Like(two)) => one == two,
            (Self::Regex(one), Self::Regex(two)) => one.as_str() == two.as_str(),
            _ => false,
        }
    }
}

impl Needle {
    /// A word in which `*` stands for any text: then it must be the whole text.
    pub(super) fn word(word: &str) -> Self {
        match word.contains('*') {
            true => Self::Like(word.split('*').map(Box::from).collect()),
            false => Self::Contained(word.into()),
        }
    }

    /// A regular expression, or why it is none.
    pub(super) fn regex(expression: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .nest_limit(MAX_REGEX_DEPTH)
            .build();
        built.map(Self::Regex).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => String::from("the expression is too large"),
            error => {
                // The place is shown by whoever shows the filter.
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                format!("no regular expression: {reason}")
            }
        })
    }

    /// Whether the text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        match self {
            Self::Contained(word) => find(text.as_bytes(), word.as_bytes()).is_some(),
            Self::Exact(word) => text.eq_ignore_ascii_case(word),
            Self::Like(parts) => is_like(text.as_bytes(), parts),
            Self::Regex(expression) => expression.is_match(text),
        }
    }
}

/// Where a word begins in a text.
fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    let Some(first) = word.first() else { return Some(0) };
    let starts = text.len().checked_sub(word.len())?.saturating_add(1);
    let begins = text.get(..starts)?;
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), begins).find(
        |at| {
            text.get(*at..at.saturating_add(word.len()))
                .is_some_and(|part| part.eq_ignore_ascii_case(word))
        },
    )
}

fn is_like(text: &[u8], parts: &[Box<str>]) -> bool {
    let [front, middle @ .., back] = parts else { return false };
    let (front, back) = (front.as_bytes(), back.as_bytes());
    let Some((begin, mut rest)) = text.split_at_checked(front.len()) else { return false };
    if !begin.eq_ignore_ascii_case(front) {
        return false;
    }
    for part in middle {
        let Some(at) = find(rest, part.as_bytes()) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    let end = rest.len().checked_sub(back.len()).and_then(|at| rest.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (word, text, fits) in [
            ("shop", "API.Shop.test", true),
            ("shopp", "API.Shop", false),
            ("", "", true),
            ("*.shop.test", "API.shop.test", true),
            ("*.shop.test", "shop.test", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "A-b-B-c", true),
            ("a*b*c", "a-c-b", false),
            ("ü*", "ürgh", true),
            ("ü*", "\u{c3}x", false),
        ] {
            assert_eq!(Needle::word(word).fits(text), fits, "{word} {text}");
        }
    }

    #[test]
    fn expressions_are_bounded() {
        assert!(Needle::regex("^/V[12]/").unwrap().fits("/v1/cart"));
        for (expression, reason) in [
            ("(a", "no regular expression: unclosed group"),
            ("a{1000}{1000}", "the expression is too large"),
        ] {
            assert_eq!(Needle::regex(expression), Err(reason.to_owned()), "{expression}");
        }
        assert!(Needle::regex(&"(".repeat(100)).is_err());
    }
}

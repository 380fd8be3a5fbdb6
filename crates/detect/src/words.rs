//! Words looked for in texts whatever their case, without a copy of the text in lower case. Case is
//! that of ASCII, as in names of protocols.

/// Words that are looked for together.
pub(crate) struct Words {
    /// In lower case; none is shorter than two bytes.
    words: &'static [&'static str],
    /// A bit for each [`pair`] that one of them begins with.
    begins: u128,
}

/// Which bit stands for the first two bytes of a word: few of a text's pairs have one that is set.
const fn pair(first: u8, second: u8) -> u32 {
    let mixed = first.wrapping_mul(37) ^ second;
    (mixed & 127) as u32
}

impl Words {
    /// Of words in lower case.
    pub(crate) const fn new(words: &'static [&'static str]) -> Self {
        let (mut begins, mut rest) = (0_u128, words);
        while let Some((word, behind)) = rest.split_first() {
            if let [first, second, ..] = word.as_bytes() {
                begins |= 1_u128.wrapping_shl(pair(*first, *second));
            }
            rest = behind;
        }
        Self { words, begins }
    }

    /// Whether one of them is somewhere in the text.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let mut rest = text.as_bytes();
        while let [first, behind @ ..] = rest {
            if let Some(second) = behind.first()
                && self.may_begin(*first, *second)
                && self.words.iter().any(|word| has_prefix(rest, word))
            {
                return true;
            }
            rest = behind;
        }
        false
    }

    /// Whether the text ends with one of them.
    pub(crate) fn end(&self, text: &str) -> bool {
        self.words.iter().any(|word| ends_with(text, word))
    }

    /// Whether the text is one of them.
    pub(crate) fn are(&self, text: &str) -> bool {
        let [first, second, ..] = text.as_bytes() else { return false };
        self.may_begin(*first, *second)
            && self.words.iter().any(|word| word.eq_ignore_ascii_case(text))
    }

    const fn may_begin(&self, first: u8, second: u8) -> bool {
        let bit = pair(first.to_ascii_lowercase(), second.to_ascii_lowercase());
        self.begins.wrapping_shr(bit) & 1 == 1
    }
}

/// Whether the word, in lower case, is somewhere in the text.
pub(crate) fn holds(text: &str, word: &str) -> bool {
    let Some(first) = word.as_bytes().first() else { return true };
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        if byte.eq_ignore_ascii_case(first) && has_prefix(rest, word) {
            return true;
        }
        rest = behind;
    }
    false
}

/// Whether the text ends with the word.
pub(crate) fn ends_with(text: &str, word: &str) -> bool {
    let text = text.as_bytes();
    let end = text.len().checked_sub(word.len()).and_then(|at| text.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether the text begins with the word.
pub(crate) fn starts_with(text: &str, word: &str) -> bool {
    has_prefix(text.as_bytes(), word)
}

fn has_prefix(text: &[u8], word: &str) -> bool {
    let first = |text: &[u8]| text.first().map(u8::to_ascii_lowercase);
    // Most are not even begun with.
    (word.is_empty() || first(text) == first(word.as_bytes()))
        && text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 10] = [
        "",
        "a",
        "Okhttp/4.9",
        "xCURL/8",
        "cur",
        "curl/",
        "Ünï curl/ü",
        "python",
        "-PYTHON-3",
        "xaB",
    ];
    const WORDS: &[&str] = &["okhttp", "curl/", "python-", "-p", "ab"];

    #[test]
    fn words_are_found_as_in_lower_case() {
        let words = Words::new(WORDS);
        for text in TEXTS {
            let lower = text.to_ascii_lowercase();
            let any = |fits: &dyn Fn(&str) -> bool| WORDS.iter().any(|word| fits(word));
            assert_eq!(words.are_in(text), any(&|word| lower.contains(word)), "{text}");
            assert_eq!(words.end(text), any(&|word| lower.ends_with(word)), "{text}");
            assert_eq!(words.are(text), any(&|word| lower == word), "{text}");
            for word in WORDS.iter().copied().chain(["", "ü"]) {
                assert_eq!(holds(text, word), lower.contains(word), "{text} {word}");
                assert_eq!(ends_with(text, word), lower.ends_with(word), "{text} {word}");
                assert_eq!(starts_with(text, word), lower.starts_with(word), "{text} {word}");
            }
        }
    }
}

//! Words looked for in texts whatever their case, without a copy of the text in lower case. Case is
//! that of ASCII, as in names of protocols.

/// Words that are looked for together.
pub(crate) struct Words {
    /// In lower case; none is empty.
    words: &'static [&'static str],
    /// A bit for each character of ASCII that one of them begins with.
    begins: [u64; 2],
}

impl Words {
    /// Of words in lower case.
    pub(crate) const fn new(words: &'static [&'static str]) -> Self {
        let (mut low, mut high) = (0_u64, 0_u64);
        let mut rest = words;
        while let Some((word, behind)) = rest.split_first() {
            rest = behind;
            if let Some((first, _)) = word.as_bytes().split_first() {
                let bit = 1_u64.wrapping_shl(*first as u32);
                if *first < 64 {
                    low |= bit;
                } else {
                    high |= bit;
                }
            }
        }
        Self { words, begins: [low, high] }
    }

    /// Whether one of them is somewhere in the text.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let mut rest = text.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            if self.begins(*first) && self.words.iter().any(|word| has_prefix(rest, word)) {
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
        let first = text.as_bytes().first();
        first.is_some_and(|first| self.begins(*first))
            && self.words.iter().any(|word| word.eq_ignore_ascii_case(text))
    }

    fn begins(&self, byte: u8) -> bool {
        let byte = byte.to_ascii_lowercase();
        let [low, high] = self.begins;
        let bits = if byte < 64 { low } else { high };
        byte.is_ascii() && bits.wrapping_shr(u32::from(byte)) & 1 == 1
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

fn has_prefix(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 9] =
        ["", "a", "Okhttp/4.9", "xCURL/8", "cur", "curl/", "Ünï curl/ü", "python", "-PYTHON-3"];
    const WORDS: &[&str] = &["okhttp", "curl/", "python-", "-p", "a"];

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
            }
        }
    }
}

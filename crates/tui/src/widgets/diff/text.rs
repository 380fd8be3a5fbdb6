//! Lines of text as they are compared and as they are shown: hidden values are compared by what
//! they really are, and shown as hidden.
//!
//! What is redacted is found again in the text as it was sent: what stands between the hidden
//! values is the same in both. Where that fails, for a text that was changed in other ways, hidden
//! values count as the same, and [`Masked::is_sure`] says that nobody knows.

use report::redact::REDACTED;

/// A text with the values that are hidden in it.
#[derive(Debug)]
pub(super) struct Masked<'a> {
    shown: &'a str,
    /// In the order in which they are hidden; `None` if they were not found.
    hidden: Option<Vec<&'a str>>,
}

/// A word, a space, a sign, or a hidden value.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Token<'a> {
    /// As it is shown.
    pub(super) shown: &'a str,
    /// What it really is, where that is hidden.
    hidden: Option<&'a str>,
}

impl Token<'_> {
    /// Whether it stands for a hidden value.
    pub(super) const fn is_hidden(&self) -> bool {
        self.hidden.is_some()
    }
}

/// A line of them.
pub(super) type Tokens<'a> = Vec<Token<'a>>;

impl<'a> Masked<'a> {
    /// A text as it is shown, and as it was sent.
    pub(super) fn new(shown: &'a str, sent: &'a str) -> Self {
        let hidden = if shown == sent { Some(Vec::new()) } else { hidden(shown, sent) };
        Self { shown, hidden }
    }

    /// As it is shown.
    pub(super) const fn shown(&self) -> &'a str {
        self.shown
    }

    /// Whether what is hidden in it is known.
    pub(super) const fn is_sure(&self) -> bool {
        self.hidden.is_some()
    }

    /// Makes lines of pieces of the text as it is shown, which must be in its order.
    pub(super) fn lines(&self, pieces: impl Iterator<Item = Vec<&'a str>>) -> Vec<Tokens<'a>> {
        // As many as are shown: a text that has the word itself has nothing hidden.
        let mut hidden = self.hidden.iter().flatten();
        pieces
            .map(|line| {
                let mut tokens = Vec::new();
                for piece in line {
                    let mut rest = piece;
                    while let Some((before, after)) = rest.split_once(REDACTED) {
                        words(before, &mut tokens);
                        let mark = rest.get(before.len()..).unwrap_or_default();
                        let mark = mark.get(..REDACTED.len()).unwrap_or_default();
                        let real = hidden.next().copied();
                        tokens.push(Token { shown: mark, hidden: Some(real.unwrap_or_default()) });
                        rest = after;
                    }
                    words(rest, &mut tokens);
                }
                tokens
            })
            .collect()
    }

    /// The whole text as one line.
    pub(super) fn line(&self) -> Tokens<'a> {
        self.lines(std::iter::once(vec![self.shown])).pop().unwrap_or_default()
    }
}

/// What stood where the text that is shown says that something is hidden.
fn hidden<'a>(shown: &str, sent: &'a str) -> Option<Vec<&'a str>> {
    let mut kept = shown.split(REDACTED);
    let mut rest = sent.strip_prefix(kept.next()?)?;
    let mut hidden = Vec::new();
    let mut kept = kept.peekable();
    while let Some(next) = kept.next() {
        let at = match (kept.peek(), next) {
            // What is kept behind the last one reaches to the end.
            (None, next) => rest.strip_suffix(next)?.len(),
            (Some(_), "") => rest.len(),
            (Some(_), next) => rest.find(next)?,
        };
        let (value, after) = rest.split_at_checked(at)?;
        hidden.push(value);
        rest = after.get(next.len()..)?;
    }
    Some(hidden)
}

/// Runs of letters and digits, runs of spaces, and signs one by one.
fn words<'a>(text: &'a str, tokens: &mut Tokens<'a>) {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() => 0_u8,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut rest = text;
    while let Some(first) = rest.chars().next().map(kind) {
        let mut ends = rest.char_indices().skip(1);
        let end = ends.find(|(_, c)| first == 2 || kind(*c) != first);
        let end = end.map_or(rest.len(), |(at, _)| at);
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        tokens.push(Token { shown: word, hidden: None });
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(shown: &'a str, sent: &'a str) -> Vec<(&'a str, Option<&'a str>)> {
        let tokens = Masked::new(shown, sent).line();
        tokens.into_iter().map(|token| (token.shown, token.hidden)).collect()
    }

    #[test]
    fn hidden_values_are_found_again() {
        let r = REDACTED;
        for (shown, sent, expected) in [
            ("a=[redacted]", "a=1", Some(&["1"][..])),
            ("a=[redacted]; b=[redacted]", "a=1; b=2", Some(&["1", "2"])),
            ("a=[redacted]; b=[redacted]", "a=1; c=2", None),
            ("[redacted]", "", Some(&[""])),
            ("x [redacted] y", "x y", None),
            ("[redacted][redacted]", "ab", Some(&["ab", ""])),
            ("[redacted] tail", "secret tail", Some(&["secret"])),
        ] {
            let found = hidden(shown, sent);
            assert_eq!(found.as_deref(), expected, "{shown}");
        }
        assert!(Masked::new(r, r).is_sure());
        assert!(!Masked::new("a [redacted]", "b").is_sure());
    }

    #[test]
    fn lines_are_words_signs_and_hidden_values() {
        assert_eq!(
            line("a-b:  [redacted]!", "a-b:  42!"),
            [
                ("a", None),
                ("-", None),
                ("b", None),
                (":", None),
                ("  ", None),
                (REDACTED, Some("42")),
                ("!", None),
            ]
        );
        assert_eq!(line("", ""), []);
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_lost(text in "[ -~é日]{0,40}") {
            let shown: String = line(&text, &text).iter().map(|(shown, _)| *shown).collect();
            proptest::prop_assert_eq!(shown, text);
        }

        #[test]
        fn any_two_texts(shown in "(\\[redacted\\]|a|b|é){0,9}", sent in "[abé]{0,12}") {
            let masked = Masked::new(&shown, &sent);
            let text: String = masked.line().iter().map(|token| token.shown).collect();
            proptest::prop_assert_eq!(text, shown);
        }
    }
}

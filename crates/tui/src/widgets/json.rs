//! JSON (RFC 8259) set out one member a line, by its tokens alone: what is cut off at 64 KiB, or
//! wrong somewhere, is set out as far as it goes, and no name, number or order changes.

use report::redact::REDACTED;

/// Columns that a level is indented by.
const STEP: usize = 2;

/// Deepest level that is indented; a text of nothing but `[` has 64 Ki of them.
const MAX_LEVELS: usize = 20;

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A number, `true`, `false`, `null`, or what is no JSON.
    Literal,
    /// The name of a member.
    Name,
    /// A string.
    Text,
    /// Brackets, commas, colons.
    Punctuation,
}

/// One line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct JsonLine<'a> {
    pub(crate) indent: usize,
    pub(crate) pieces: Vec<(Kind, &'a str)>,
}

/// Sets a text out; at most so many lines. Says whether that was all.
pub(crate) fn lines(text: &str, most: usize) -> (Vec<JsonLine<'_>>, bool) {
    let mut setter = Setter { lines: Vec::new(), line: JsonLine::default(), level: 0 };
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if setter.lines.len() >= most {
            return (setter.lines, false);
        }
        let (token, after) = token(rest);
        rest = after.trim_start();
        setter.set(token, rest);
    }
    setter.end_line();
    let whole = setter.lines.len() <= most;
    setter.lines.truncate(most);
    (setter.lines, whole)
}

struct Setter<'a> {
    lines: Vec<JsonLine<'a>>,
    line: JsonLine<'a>,
    level: usize,
}

impl<'a> Setter<'a> {
    fn set(&mut self, token: &'a str, rest: &str) {
        match token {
            "{" | "[" => {
                self.begin_value();
                self.push(Kind::Punctuation, token);
                self.level = self.level.saturating_add(1);
                // An empty one stays on its line.
                if !rest.starts_with(closing(token)) {
                    self.end_line();
                }
            }
            "}" | "]" => {
                let empty = matches!(self.line.pieces.last(), Some((_, open))
                    if *open != "," && closing(open) == token);
                if !empty {
                    self.end_line();
                }
                self.level = self.level.saturating_sub(1);
                self.push(Kind::Punctuation, token);
            }
            "," => {
                self.push(Kind::Punctuation, token);
                self.end_line();
            }
            ":" => self.push(Kind::Punctuation, ": "),
            _ => {
                self.begin_value();
                let kind = match (token.starts_with('"'), rest.starts_with(':')) {
                    (true, true) => Kind::Name,
                    (true, false) => Kind::Text,
                    (false, _) => Kind::Literal,
                };
                self.push(kind, token);
            }
        }
    }

    /// A value that follows another without a comma, as in JSON lines, begins a line.
    fn begin_value(&mut self) {
        if self.line.pieces.last().is_some_and(|(_, last)| *last != ": ") {
            self.end_line();
        }
    }

    fn push(&mut self, kind: Kind, piece: &'a str) {
        if self.line.pieces.is_empty() {
            self.line.indent = self.level.min(MAX_LEVELS).saturating_mul(STEP);
        }
        self.line.pieces.push((kind, piece));
    }

    fn end_line(&mut self) {
        if !self.line.pieces.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }
}

fn closing(open: &str) -> &'static str {
    match open {
        "{" => "}",
        "[" => "]",
        _ => "",
    }
}

/// The first token of a text that begins with one, and the rest.
fn token(text: &str) -> (&str, &str) {
    let is_sign = |c: char| matches!(c, '{' | '}' | '[' | ']' | ',' | ':');
    let end = match text.chars().next() {
        Some('"') => string_end(text),
        // A number or a list that was hidden is no list.
        _ if text.starts_with(REDACTED) => REDACTED.len(),
        Some(c) if is_sign(c) => 1,
        _ => text.find(|c: char| is_sign(c) || c == '"' || c.is_whitespace()).unwrap_or(text.len()),
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Where a string ends: behind its closing quote.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Vec<String> {
        let line = |line: JsonLine<'_>| {
            let pieces: String = line.pieces.iter().map(|(_, piece)| *piece).collect();
            format!("{}{pieces}", " ".repeat(line.indent))
        };
        lines(text, 100).0.into_iter().map(line).collect()
    }

    #[test]
    fn one_member_a_line() {
        for (text, expected) in [
            ("", &[][..]),
            (
                r#"{"a":1,"b":[true,null],"c":{},"d":[]}"#,
                &[
                    "{",
                    r#"  "a": 1,"#,
                    r#"  "b": ["#,
                    "    true,",
                    "    null",
                    "  ],",
                    r#"  "c": {},"#,
                    r#"  "d": []"#,
                    "}",
                ],
            ),
            (
                r#" [ { "a" : "x,\"y}" } , -1.5e3 ] "#,
                &["[", "  {", r#"    "a": "x,\"y}""#, "  },", "  -1.5e3", "]"],
            ),
            ("{\"a\":1}\n{\"a\":2}\n", &["{", r#"  "a": 1"#, "}", "{", r#"  "a": 2"#, "}"]),
            // Cut off, and wrong.
            (r#"{"a":[1,{"b":"c"#, &["{", r#"  "a": ["#, "    1,", "    {", r#"      "b": "c"#]),
            ("]]{,}", &["]", "]", "{", "  ,", "}"]),
            ("ü\"ä\"", &["ü", "\"ä\""]),
            // Hidden.
            (r#"{"pin":[redacted],"a":2}"#, &["{", r#"  "pin": [redacted],"#, r#"  "a": 2"#, "}"]),
        ] {
            assert_eq!(set(text), expected, "{text}");
        }
    }

    #[test]
    fn names_differ_from_text() {
        let (lines, whole) = lines(r#"{"a":"b"}"#, 10);
        let expected = [(Kind::Name, "\"a\""), (Kind::Punctuation, ": "), (Kind::Text, "\"b\"")];
        assert_eq!((lines[1].pieces.as_slice(), whole), (&expected[..], true));
    }

    #[test]
    fn lines_and_levels_are_bounded() {
        let bomb = "[".repeat(65_536);
        let (lines, whole) = lines(&bomb, 100);
        assert_eq!((lines.len(), whole), (100, false));
        assert_eq!(lines[99].indent, MAX_LEVELS * STEP);
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_lost(text in r#"[\[\]{},:"\\a1é ]{0,60}"#) {
            let letters = |text: &str| text.replace(char::is_whitespace, "");
            proptest::prop_assert_eq!(letters(&set(&text).concat()), letters(&text));
        }
    }
}

//! Names with values in any text: JSON, also within a string of another, GraphQL, XML, HTML, plain
//! `name: value`. One scanner for all of them, for content is often cut, or not what it says it is:
//! nothing has to be well-formed, and a value that does not end is hidden to the end.
//!
//! ```text
//! "password": "…"   \"password\":\"…\"   password=…&   login(password: "…")   password: …
//! <password>…</password>   name="password" value="…"   <key>password</key><string>…</string>
//! ```

use std::borrow::Cow;

use super::{REDACTED, is_secret, token};

/// Names whose value names the value beside them, as in `{"name": "password", "value": "…"}`.
const NAMING: [&str; 4] = ["field", "id", "key", "name"];

/// No name is longer.
const LONGEST_NAME: usize = 128;

/// Elements that hold no secret although their name would promise one.
const ELEMENTS: [&str; 3] = ["code", "key", "auth"];

/// `text` without values under names that promise a secret, and without tokens.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let (object, tag) = (Pair::default(), Pair::default());
    let mut scan = Scan { text, at: 0, done: 0, out: String::new(), object, tag };
    scan.run();
    match scan.done {
        0 => token::tokens(text),
        _ => Cow::Owned(token::tokens(&scan.out).into_owned()),
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// `text[..done]` is in `out`.
    done: usize,
    out: String,
    /// Between braces, of names with a colon.
    object: Pair,
    /// Between angle brackets, of names with an equals sign.
    tag: Pair,
}

/// What the object or tag that is read says so far of a name and a value in it.
#[derive(Default)]
struct Pair {
    /// A secret was named.
    is_secret: bool,
    /// Where the value begins in the text, and what separates it from its name.
    value: Option<(usize, char)>,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        while let Some(next) = self.rest().chars().next() {
            match next {
                '{' | '}' => {
                    self.at = self.at.saturating_add(1);
                    let pair = std::mem::take(&mut self.object);
                    self.close(&pair);
                }
                '<' => {
                    let pair = std::mem::take(&mut self.tag);
                    self.close(&pair);
                    self.element();
                }
                '>' => self.tag_end(),
                _ if self.name_length() > 0 => self.name(),
                other => self.at = self.at.saturating_add(other.len_utf8()),
            }
        }
        let (object, tag) = (std::mem::take(&mut self.object), std::mem::take(&mut self.tag));
        self.close(&object);
        self.close(&tag);
        if self.done > 0 {
            self.write(self.text.len());
        }
    }

    /// The end of a tag; if it named a secret and has no value, its content is that:
    /// `<string name="password">…`.
    fn tag_end(&mut self) {
        self.at = self.at.saturating_add(1);
        let pair = std::mem::take(&mut self.tag);
        if pair.is_secret && pair.value.is_none() {
            let content = self.rest();
            let end = content.find('<').unwrap_or(content.len());
            if content.get(..end).is_some_and(|content| !content.trim().is_empty()) {
                let (from, to) = (self.at, self.at.saturating_add(end));
                self.hide(from, to);
                self.at = to;
            }
        } else {
            self.close(&pair);
        }
    }

    /// Bytes of the name that begins here; letters may be escaped as JSON does it.
    fn name_length(&self) -> usize {
        let rest = self.rest();
        let mut length = 0_usize;
        while let Some(next) = rest.get(length..).and_then(|rest| rest.chars().next()) {
            let escaped = rest.get(length..).and_then(unescaped).is_some_and(is_name);
            match next {
                '\\' if escaped => length = length.saturating_add(ESCAPE),
                letter if is_name(letter) => length = length.saturating_add(letter.len_utf8()),
                _ => break,
            }
        }
        length
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Writes what is not written yet up to `end`.
    fn write(&mut self, end: usize) {
        self.out.push_str(self.text.get(self.done..end).unwrap_or_default());
        self.done = self.done.max(end);
    }

    /// Puts the mark in place of this part of the text, unless it is behind us.
    fn hide(&mut self, from: usize, to: usize) {
        if from < self.done || from >= to {
            return;
        }
        self.write(from);
        self.out.push_str(REDACTED);
        self.done = to;
    }

    /// A value that was named a secret, before or behind it.
    fn close(&mut self, pair: &Pair) {
        if let (true, Some((start, separator))) = (pair.is_secret, pair.value) {
            let (from, to) = self.extent(start, separator);
            self.hide(from, to);
            self.at = self.at.max(to);
        }
    }

    /// A word, which is a name if a separator follows.
    fn name(&mut self) {
        let end = self.name_length();
        let name = self.rest().get(..end).unwrap_or_default();
        let name = &plain(name);
        self.at = self.at.saturating_add(end);
        let behind = self.rest();
        let open = behind.trim_start_matches(['\\', '"', '\'', ']']).trim_start();
        let Some(separator @ (':' | '=')) = open.chars().next() else { return };
        // `=>` of Ruby and PHP, `:=`.
        let value = open.trim_start_matches([':', '=', '>']).trim_start_matches([' ', '\t']);
        // JSON may break the line here.
        let value = if value.trim_start().starts_with(['"', '{', '[']) {
            value.trim_start()
        } else {
            value
        };
        let start = self.text.len().saturating_sub(value.len());
        if is_secret(name) {
            let (from, to) = self.extent(start, separator);
            let content = self.text.get(from..to).unwrap_or_default();
            if !matches!(content, "" | "null" | "true" | "false") {
                self.hide(from, to);
                self.at = to;
            }
        } else if NAMING.iter().any(|naming| naming.eq_ignore_ascii_case(name)) {
            let said = value.trim_start_matches(['\\', '"', '\'']);
            let end = said.find(|c| !is_name(c)).unwrap_or(said.len()).min(LONGEST_NAME);
            let is_secret = said.get(..end).is_some_and(is_secret);
            self.pair(separator).is_secret |= is_secret;
        } else if name.eq_ignore_ascii_case("value") {
            self.pair(separator).value = Some((start, separator));
        }
    }

    fn pair(&mut self, separator: char) -> &mut Pair {
        if separator == ':' { &mut self.object } else { &mut self.tag }
    }

    /// Where the value lies that begins here.
    fn extent(&self, start: usize, separator: char) -> (usize, usize) {
        let (from, to) = extent(self.text.get(start..).unwrap_or_default(), separator);
        (start.saturating_add(from), start.saturating_add(to))
    }

    /// `<password …>…</password>`; in a property list, what follows `<key>password</key>`.
    fn element(&mut self) {
        let rest = self.rest();
        let tag = rest.get(1..).unwrap_or_default();
        let end = tag.find(|c: char| !is_name(c) && c != ':').unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or(name);
        self.at = self.at.saturating_add(1);
        let secret = is_secret(local) && !ELEMENTS.contains(&local);
        if !(secret || local == "key") {
            self.at = self.at.saturating_add(end);
            return;
        }
        self.at = self.at.saturating_add(end);
        let Some(open) = self.rest().find('>') else { return };
        if self.rest().get(..open).is_some_and(|attributes| attributes.ends_with('/')) {
            return;
        }
        let from = self.at.saturating_add(open).saturating_add(1);
        let closing = format!("</{name}");
        let inside = self.text.get(from..).unwrap_or_default();
        // A key of a property list is short.
        let within = match inside.char_indices().nth(LONGEST_NAME) {
            Some((end, _)) if !secret => inside.get(..end).unwrap_or(inside),
            _ => inside,
        };
        let length = within.find(&closing).unwrap_or(within.len());
        let to = from.saturating_add(length);
        if secret {
            // What the attributes say is read before.
            let attributes = self.text.get(self.at..from).unwrap_or_default();
            if let Cow::Owned(clean) = text(attributes) {
                self.write(self.at);
                self.out.push_str(&clean);
                self.done = from;
            }
            self.hide(from, to);
            self.at = to;
            return;
        }
        if !is_secret(inside.get(..length).unwrap_or_default().trim()) {
            return;
        }
        // Over `</key>` and the next opening tag.
        let mut behind = to;
        for _ in 0..2 {
            let rest = self.text.get(behind..).unwrap_or_default();
            behind =
                behind.saturating_add(rest.find('>').map_or(rest.len(), |at| at.saturating_add(1)));
        }
        let value = self.text.get(behind..).unwrap_or_default();
        let end = behind.saturating_add(value.find('<').unwrap_or(value.len()));
        self.hide(behind, end);
        self.at = end;
    }
}

/// Where the value lies in `text`, which begins with it; without its quotes.
fn extent(text: &str, separator: char) -> (usize, usize) {
    let depth = text.find(|c| c != '\\').unwrap_or(text.len());
    let opening = text.get(depth..).and_then(|rest| rest.chars().next());
    match opening {
        // A block string of GraphQL.
        Some('"') if depth == 0 && text.starts_with("\"\"\"") => {
            let end =
                text.get(3..).and_then(|text| text.find("\"\"\"")).map(|at| at.saturating_add(3));
            (3, end.unwrap_or(text.len()))
        }
        // `u'…'`
        Some('b' | 'f' | 'r' | 'u')
            if text.get(1..).is_some_and(|rest| rest.starts_with(['"', '\''])) =>
        {
            let quote = if text.get(1..2) == Some("'") { '\'' } else { '"' };
            (2, closing(text, 2, quote, 0))
        }
        Some(quote @ ('"' | '\'' | '`')) => {
            let from = depth.saturating_add(1);
            (from, closing(text, from, quote, depth))
        }
        Some('{' | '[') if depth == 0 => (0, balanced(text)),
        _ => (0, bare(text, separator)),
    }
}

/// Where a string ends that is quoted `depth` strings deep.
fn closing(text: &str, from: usize, quote: char, depth: usize) -> usize {
    let mut backslashes = 0_usize;
    for (at, c) in text.get(from..).unwrap_or_default().char_indices() {
        match c {
            '\\' => backslashes = backslashes.saturating_add(1),
            c if c == quote => {
                let ends = match depth {
                    0 => backslashes.is_multiple_of(2),
                    depth => backslashes <= depth,
                };
                let at = from.saturating_add(at);
                if ends {
                    // The backslashes of the closing quote are not of the value.
                    return at.saturating_sub(if depth == 0 { 0 } else { backslashes });
                }
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
    }
    text.len()
}

/// Where an object or list ends.
fn balanced(text: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
            b'}' | b']' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Where a value without quotes ends. Behind a colon it may have spaces (`Authorization: Bearer …`).
fn bare(text: &str, separator: char) -> usize {
    let ends = |c: char| match c {
        '\r' | '\n' | '&' | '<' | '>' | '"' | '\'' | '\\' | ';' => true,
        ',' | '}' | ']' | ')' => separator == ':',
        ' ' | '\t' => separator == '=',
        _ => false,
    };
    text.find(ends).unwrap_or(text.len())
}

/// Bytes of `\u0061`.
const ESCAPE: usize = 6;

/// The character that an escape of JSON stands for, if `text` begins with one.
fn unescaped(text: &str) -> Option<char> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// A name without escapes.
fn plain(name: &str) -> Cow<'_, str> {
    if !name.contains('\\') {
        return Cow::Borrowed(name);
    }
    let mut plain = String::new();
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        let escaped = unescaped(rest);
        plain.push(escaped.unwrap_or(next));
        let length = if escaped.is_some() { ESCAPE } else { next.len_utf8() };
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(plain)
}

/// Characters of names, percent-encoded and nested ones (`user[password]`) too.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '%' | '[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_under_secret_names_are_hidden_in_every_form() {
        for (given, written) in [
            (r#"{"user":"me","password":"hunter2"}"#, r#"{"user":"me","password":"[redacted]"}"#),
            (r#"{"pin" : 1234, "a": 2}"#, r#"{"pin" : [redacted], "a": 2}"#),
            ("{\"token\":\n\"x\"}", "{\"token\":\n\"[redacted]\"}"),
            (r#"{"password":"a\"b\\","c":1}"#, r#"{"password":"[redacted]","c":1}"#),
            (r#"{"tokens":["a",{"b":"]"}],"c":1}"#, r#"{"tokens":[redacted],"c":1}"#),
            (r#"{"password":null,"token":""}"#, r#"{"password":null,"token":""}"#),
            (r#"{"password":"cut in its mid"#, r#"{"password":"[redacted]"#),
            (r#"{"session":{"id":1,"cut":"#, r#"{"session":[redacted]"#),
            (
                r#"{"body":"{\"password\":\"hun\\\"ter2\",\"a\":1}"}"#,
                r#"{"body":"{\"password\":\"[redacted]\",\"a\":1}"}"#,
            ),
            (
                r#"mutation{login(user:"me",password:"hunter2"){id}}"#,
                r#"mutation{login(user:"me",password:"[redacted]"){id}}"#,
            ),
            (
                r#"{"url":"https://a.test/?code=x&b=1"}"#,
                r#"{"url":"https://a.test/?code=[redacted]&b=1"}"#,
            ),
            ("Authorization: Bearer abc def\nA: b", "Authorization: [redacted]\nA: b"),
            ("user[password]=x&b=c", "user[password]=[redacted]&b=c"),
            (r#"{"name":"password","value":"x"}"#, r#"{"name":"password","value":"[redacted]"}"#),
            (r#"{"value":"x","name":"password"}"#, r#"{"value":"[redacted]","name":"password"}"#),
            (
                r#"[{"value":"x","name":"a"},{"name":"pw"}]"#,
                r#"[{"value":"x","name":"a"},{"name":"pw"}]"#,
            ),
            (
                r#"<input value="x" name="csrf_token"><input name="a" value="b">"#,
                r#"<input value="[redacted]" name="csrf_token"><input name="a" value="b">"#,
            ),
            ("<a><pass>x</pass><b>c</b></a>", "<a><pass>[redacted]</pass><b>c</b></a>"),
            (
                r#"<w:Password Type="T">x</w:Password>y"#,
                r#"<w:Password Type="T">[redacted]</w:Password>y"#,
            ),
            ("<password>cut", "<password>[redacted]"),
            ("<password/><b>c</b>", "<password/><b>c</b>"),
            (
                "<key>password</key>\n<string>x</string>",
                "<key>password</key>\n<string>[redacted]</string>",
            ),
            (r#"<u password="x" a="b"/>"#, r#"<u password="[redacted]" a="b"/>"#),
            ("const password = 'x';", "const password = '[redacted]';"),
            (r#"{"p\u0061ssword":"x"}"#, r#"{"p\u0061ssword":"[redacted]"}"#),
            (r#"{"\u0070assword":"x"}"#, r#"{"\u0070assword":"[redacted]"}"#),
            (r#"{"password" => "x"}"#, r#"{"password" => "[redacted]"}"#),
            ("{u'password': u'x', 'a': 1}", "{u'password': u'[redacted]', 'a': 1}"),
            (
                r#"{"name":"password","hint":"<b>a > b</b>","value":"x"}"#,
                r#"{"name":"password","hint":"<b>a > b</b>","value":"[redacted]"}"#,
            ),
            (
                r#"<string name="password">x</string><string name="a">b</string>"#,
                r#"<string name="password">[redacted]</string><string name="a">b</string>"#,
            ),
            ("login(password: \"\"\"x\"\"\")", "login(password: \"\"\"[redacted]\"\"\")"),
            ("q=token&design=1", "q=token&design=1"),
            ("", ""),
            ("password", "password"),
            ("password=", "password="),
            ("\\", "\\"),
        ] {
            assert_eq!(text(given), written, "{given}");
        }
    }

    #[test]
    fn what_is_hidden_stays_hidden_wherever_a_text_is_cut() {
        for whole in [
            r#"{"a":"b","password":"hunter2hunter2","c":[1,2]}"#,
            r#"{"q":"{\"password\":\"hunter2hunter2\"}"}"#,
            "<a><password>hunter2hunter2</password></a>",
            r#"{"value":"hunter2hunter2","name":"password"}"#,
        ] {
            // What is cut before the name is known cannot be told from anything else.
            let known = whole.find("password").unwrap() + "password".len() + 2;
            for end in known..=whole.len() {
                let cut = text(&whole[..end]);
                assert!(!cut.contains("hunter2"), "{cut}");
            }
        }
    }

    #[test]
    fn long_texts_take_time_in_proportion() {
        for piece in ["<", "{", "\\\"", "name=", "<key>", "<password>", "password=\"", "eyJ.", "["]
        {
            let long = piece.repeat(64 * 1024 / piece.len());
            let _ = text(&long);
        }
    }
}

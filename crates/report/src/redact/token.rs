//! Tokens that tell by their own form what they are: JSON Web Tokens (RFC 7519), and what stands
//! behind `Bearer` and `Basic`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::REDACTED;

/// How every JWT begins: `{"` in Base64.
const JWT: &str = "eyJ";

/// Fewest characters of a token behind `Bearer`; a word of a sentence is shorter, or has no digit.
const BEARER: usize = 12;

/// Longest token behind a scheme that is hidden; servers take no longer field.
const LONGEST: usize = 8 * 1024;

/// `text` without the signatures of JWTs, and without what stands behind `Bearer` and `Basic`.
pub(super) fn tokens(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    // `text[..done]` is written.
    let mut done = 0_usize;
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let begins = text.get(..at).and_then(|before| before.chars().next_back());
        let begins = begins.is_none_or(|before| !is_letter(before) || is_escape_end(text, at));
        match begins.then(|| secret(rest)).flatten() {
            Some((shown, length)) => {
                out.push_str(text.get(done..at.saturating_add(shown)).unwrap_or_default());
                out.push_str(REDACTED);
                at = at.saturating_add(length);
                done = at;
            }
            None => at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8)),
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Behind `%3D`, `\n`: the letter belongs to the escape.
fn is_escape_end(text: &str, at: usize) -> bool {
    let before = |count| {
        let from = at.checked_sub(count)?;
        text.get(from..at)?.chars().next()
    };
    before(3) == Some('%') || before(2) == Some('\\')
}

/// If a token begins here: how much of it may be shown, and how long it is.
fn secret(text: &str) -> Option<(usize, usize)> {
    if text.starts_with(JWT) {
        return jwt(text);
    }
    let word = |name: &str| {
        let head = text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name))?;
        let rest = text.get(head.len()..)?;
        let value = rest.trim_start_matches([' ', '+']);
        let gap = rest.len().saturating_sub(value.len());
        // `%20`, as in a URL.
        let (value, gap) = match value.strip_prefix("%20") {
            Some(value) if gap == 0 => (value, 3),
            _ => (value, gap),
        };
        let end = value
            .bytes()
            .take(LONGEST)
            .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_+/=.~".contains(&byte)));
        let value = value.get(..end.unwrap_or(value.len().min(LONGEST)))?;
        (gap > 0).then_some((head.len().saturating_add(gap), value))
    };
    if let Some((shown, value)) = word("bearer") {
        let is_token = value.len() >= BEARER && value.bytes().any(|byte| byte.is_ascii_digit());
        return (is_token && !value.starts_with(JWT))
            .then_some((shown, shown.saturating_add(value.len())));
    }
    let (shown, value) = word("basic")?;
    let decoded = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value)).ok()?;
    decoded.contains(&b':').then_some((shown, shown.saturating_add(value.len())))
}

/// Header and claims of a signed token are shown, of an encrypted one (five parts) the header.
fn jwt(text: &str) -> Option<(usize, usize)> {
    let end = text.find(|c: char| !(is_letter(c) || c == '.')).unwrap_or(text.len());
    let token = text.get(..end)?;
    let mut dots = token.match_indices('.').map(|(at, _)| at.saturating_add(1));
    let (first, second) = (dots.next()?, dots.next()?);
    let is_encrypted = dots.next().is_some();
    let shown = if is_encrypted { first } else { second };
    (shown < token.len()).then_some((shown, token.len()))
}

/// Letters of Base64 for URLs.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_tell_what_they_are() {
        for (text, written) in [
            ("eyJh.eyJi.c2ln", "eyJh.eyJi.[redacted]"),
            ("a=eyJh.eyJi.c2ln;eyJh.eyJi.x", "a=eyJh.eyJi.[redacted];eyJh.eyJi.[redacted]"),
            ("%3DeyJh.eyJi.c2ln", "%3DeyJh.eyJi.[redacted]"),
            ("\\neyJh.eyJi.c2ln", "\\neyJh.eyJi.[redacted]"),
            ("eyJh.k.iv.text.tag", "eyJh.[redacted]"),
            ("eyJh.eyJi.", "eyJh.eyJi."),
            ("eyJh.eyJi", "eyJh.eyJi"),
            ("keyJh.a.b", "keyJh.a.b"),
            ("Bearer 0123456789abcdef!", "Bearer [redacted]!"),
            ("bearer%200123456789abcdef", "bearer%20[redacted]"),
            ("Bearer eyJh.eyJi.c2ln", "Bearer eyJh.eyJi.[redacted]"),
            ("the bearer understanding", "the bearer understanding"),
            ("Basic bWU6cHc= x", "Basic [redacted] x"),
            ("Basic understanding", "Basic understanding"),
            ("", ""),
            ("ä eyJ", "ä eyJ"),
        ] {
            assert_eq!(tokens(text), written);
        }
    }
}

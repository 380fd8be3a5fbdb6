//! The content of a message.

use std::borrow::Cow;

use super::{REDACTED, Secrets, is_secret, scan, url};

/// The content of a message as it may be written: text without what is secret in it. `media`: its
/// Content-Type. `None` if it is no text. What is cut in its middle is text up to there.
pub fn body<'a>(media: Option<&str>, bytes: &'a [u8], secrets: Secrets) -> Option<Cow<'a, str>> {
    let text = readable(bytes)?;
    if secrets == Secrets::Shown {
        return Some(Cow::Borrowed(text));
    }
    let media = media.unwrap_or_default();
    let kind = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match kind.as_str() {
        "application/x-www-form-urlencoded" => form(text),
        kind if kind.starts_with("multipart/") => multipart(media, text),
        // Forms are sent under other names, too.
        _ if is_form(text) => form(text),
        _ => scan::text(text),
    })
}

/// UTF-8 without control characters that no text has; the last character may be cut.
fn readable(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

/// `a=b&c=d` on one line.
fn is_form(text: &str) -> bool {
    let first = text.split('&').next().unwrap_or_default();
    let name = first.split_once('=').map(|(name, _)| name);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.%[]+$".contains(c);
    name.is_some_and(|name| !name.is_empty() && name.chars().all(plain))
        && !text.trim_end().contains(char::is_whitespace)
}

/// `user=me&password=[redacted]`.
fn form(text: &str) -> Cow<'_, str> {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && (is_secret(name) || url::hides(value)) => {
            format!("{name}={REDACTED}")
        }
        // Not percent-encoded, or a document as a value.
        _ => scan::text(pair).into_owned(),
    };
    Cow::Owned(text.split('&').map(pair).collect::<Vec<_>>().join("&"))
}

/// Part by part: hidden if its name promises a secret.
fn multipart<'a>(media: &str, text: &'a str) -> Cow<'a, str> {
    let named = media
        .split_once("boundary=")
        .map(|(_, rest)| rest.split(';').next().unwrap_or(rest).trim().trim_matches('"'));
    // The first line is the boundary, too.
    let first = text.lines().next().and_then(|line| line.trim_end().strip_prefix("--"));
    let Some(boundary) = named.or(first).filter(|boundary| !boundary.is_empty()) else {
        return scan::text(text);
    };
    let boundary = format!("--{boundary}");
    let parts = text.split(&boundary).map(part);
    Cow::Owned(parts.collect::<Vec<_>>().join(&boundary))
}

fn part(part: &str) -> String {
    let blank = ["\r\n\r\n", "\n\n"].into_iter().find_map(|blank| {
        part.find(blank).and_then(|at| part.split_at_checked(at.saturating_add(blank.len())))
    });
    let Some((head, content)) = blank else { return scan::text(part).into_owned() };
    let mut values = head.split("name=").skip(1).map(|rest| {
        let value = rest.strip_prefix('"').unwrap_or(rest);
        value.split(['"', ';', '\r', '\n']).next().unwrap_or(value)
    });
    if values.any(is_secret) && !content.trim().is_empty() {
        return format!("{head}{REDACTED}\r\n");
    }
    // A part may be a document of its own kind.
    let inner = content.trim_end_matches(['\r', '\n']);
    let end = content.get(inner.len()..).unwrap_or_default();
    let clean = if is_form(inner) { form(inner) } else { scan::text(inner) };
    format!("{}{clean}{end}", scan::text(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MULTIPART: &str = "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nme\r\n\
        --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n\
        --x\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{\"pin\":1}\r\n--x--\r\n";

    #[test]
    fn contents_of_every_kind() {
        let form_media = "application/x-www-form-urlencoded; charset=utf-8";
        for (media, given, written) in [
            (Some("application/json"), r#"{"password":"x"}"#, r#"{"password":"[redacted]"}"#),
            (None, r#"{"password":"x"}"#, r#"{"password":"[redacted]"}"#),
            (Some(form_media), "u=me&password=a;b,c&d=e", "u=me&password=[redacted]&d=e"),
            (Some(form_media), "p%61ss=x", "p%61ss=[redacted]"),
            (Some(form_media), "d=%7B%22token%22%3A%22x%22%7D", "d=[redacted]"),
            (None, "a=b&pwd=x y", "a=b&pwd=[redacted] y"),
            (Some("text/plain"), "a=b&pwd=x%20y", "a=b&pwd=[redacted]"),
            (Some("text/html"), "<p>eyJh.eyJi.c2ln</p>", "<p>eyJh.eyJi.[redacted]</p>"),
            (Some("image/png"), "plain", "plain"),
            (None, "", ""),
        ] {
            let redacted = body(media, given.as_bytes(), Secrets::Redacted).unwrap();
            assert_eq!(redacted, written, "{media:?}");
            assert_eq!(body(media, given.as_bytes(), Secrets::Shown).unwrap(), given);
        }
    }

    #[test]
    fn parts_are_hidden_by_their_names() {
        for media in ["multipart/form-data; boundary=x", "multipart/form-data"] {
            let text = body(Some(media), MULTIPART.as_bytes(), Secrets::Redacted).unwrap();
            let expected =
                MULTIPART.replace("hunter2", "[redacted]").replace(":1}", ":[redacted]}");
            assert_eq!(text, expected, "{media}");
        }
        for end in 0..MULTIPART.len() {
            let cut = body(Some("multipart/x"), &MULTIPART.as_bytes()[..end], Secrets::Redacted);
            assert!(!cut.unwrap().contains("hunter"), "{end}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_written() {
        for bytes in [&b"\x89PNG\xff\0"[..], b"a\0b", b"\xff\xfe"] {
            assert_eq!(body(Some("text/plain"), bytes, Secrets::Redacted), None);
            assert_eq!(body(Some("text/plain"), bytes, Secrets::Shown), None);
        }
        let cut = &"token=ä".as_bytes()[..7];
        assert_eq!(body(None, cut, Secrets::Redacted).unwrap(), "token=");
    }
}

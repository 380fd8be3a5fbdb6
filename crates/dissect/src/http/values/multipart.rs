//! Forms with files: `multipart/form-data` (RFC 7578, RFC 2046 section 5.1).

use crate::http::Headers;
use crate::limits::HTTP_MESSAGE_FIELDS;

/// One part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part<'a> {
    /// Name of the field.
    pub name: Option<String>,
    /// Name of the file, if it is one.
    pub filename: Option<String>,
    /// As said; `None` means text.
    pub media_type: Option<String>,
    /// As far as it is kept.
    pub content: &'a [u8],
}

/// The parts of a body. The boundary is the one that `headers` name, or else its first line.
pub fn parts<'a>(headers: &Headers, body: &'a [u8]) -> Vec<Part<'a>> {
    let named = headers.first("content-type").and_then(|value| parameter(value, "boundary"));
    let delimiter = match named {
        Some(boundary) => format!("--{boundary}").into_bytes(),
        None => {
            let line =
                body.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
            line.to_vec()
        }
    };
    let mut found = Vec::new();
    if delimiter.len() <= 2 || !delimiter.starts_with(b"--") {
        return found;
    }
    let Some(mut rest) = behind(body, &delimiter) else { return found };
    while found.len() < HTTP_MESSAGE_FIELDS && !rest.starts_with(b"--") {
        let end = position(rest, &delimiter).unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        found.extend(read(part));
        match after.get(delimiter.len()..) {
            Some(after) if !after.is_empty() => rest = after,
            _ => break,
        }
    }
    found
}

/// Fields, an empty line, the content, and the line end that belongs to the next boundary.
fn read(part: &[u8]) -> Option<Part<'_>> {
    let start = part.iter().position(|byte| *byte == b'\n')?.checked_add(1)?;
    let part = part.get(start..)?;
    let (head, content) = match (position(part, b"\r\n\r\n"), part.strip_prefix(b"\r\n")) {
        (_, Some(content)) => (&[][..], content),
        (Some(end), None) => (part.get(..end)?, part.get(end.checked_add(4)?..)?),
        (None, None) => {
            let end = position(part, b"\n\n")?;
            (part.get(..end)?, part.get(end.checked_add(2)?..)?)
        }
    };
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    let head = String::from_utf8_lossy(head);
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(field, _)| field.trim().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let disposition = field("content-disposition").unwrap_or_default();
    Some(Part {
        name: parameter(&disposition, "name"),
        filename: parameter(&disposition, "filename")
            .or_else(|| parameter(&disposition, "filename*")),
        media_type: field("content-type"),
        content,
    })
}

/// A parameter of a field's value, its quotes taken off (RFC 9110 section 5.6.6).
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, behind) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted),
            None => {
                let (text, behind) = after.split_once(';').unwrap_or((after, ""));
                (text.trim().to_owned(), behind)
            }
        };
        if key.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(name) {
            return Some(text);
        }
        rest = behind;
    }
}

/// The text of a quoted string whose first quote is off, and what is behind it. Browsers escape
/// quotes as `%22`, others with a backslash.
fn quoted_string(quoted: &str) -> (String, &str) {
    let (mut text, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            '"' if !escaped => {
                return (text, quoted.get(at.saturating_add(1)..).unwrap_or_default());
            }
            '\\' if !escaped => escaped = true,
            letter => {
                // Old browsers send whole paths with single backslashes.
                if escaped && !matches!(letter, '"' | '\\') {
                    text.push('\\');
                }
                text.push(letter);
                escaped = false;
            }
        }
    }
    (text, "")
}

fn behind<'a>(bytes: &'a [u8], delimiter: &[u8]) -> Option<&'a [u8]> {
    let at = position(bytes, delimiter)?;
    bytes.get(at.checked_add(delimiter.len())?..)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Header;

    #[test]
    fn parts_of_every_kind() {
        let body = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n\
             --b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"C:\\dir\\x \\\"y\\\".png\"\r\n\
             Content-Type: image/png\r\n\r\n\u{1}\r\n--b\r\n\r\nbare\r\n--b--\r\nepilogue";
        let field = |value: &str| {
            Headers(vec![Header { name: "Content-Type".into(), value: value.into() }])
        };
        for kind in
            ["multipart/form-data; charset=x; boundary=b", "multipart/mixed; boundary=\"b\""]
        {
            let found = parts(&field(kind), body.as_bytes());
            assert_eq!(found.len(), 3);
            assert_eq!(
                (found[0].name.as_deref(), found[0].content),
                (Some("a"), &b"one\r\ntwo"[..])
            );
            assert_eq!(found[1].filename.as_deref(), Some("C:\\dir\\x \"y\".png"));
            assert_eq!(found[1].media_type.as_deref(), Some("image/png"));
            assert_eq!(
                (found[1].content, &found[2].name, found[2].content),
                (&b"\x01"[..], &None, &b"bare"[..])
            );
        }
        let found = parts(&Headers::default(), &body.as_bytes()[10..]);
        assert_eq!(found.len(), 3);
        let cut = parts(&field("a; boundary=b"), &body.as_bytes()[..63]);
        assert_eq!(cut[0].content, b"one");
        for body in ["", "--", "--b", "--b\r\n", "--b--", "no"] {
            assert!(parts(&field("a; boundary=b"), body.as_bytes()).is_empty(), "{body}");
        }
        let many = "--b\r\n\r\nx\r\n".repeat(5_000);
        let many = parts(&field("a; boundary=b"), many.as_bytes());
        assert_eq!(many.len(), HTTP_MESSAGE_FIELDS);
    }
}

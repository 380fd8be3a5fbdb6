//! Fields of a form (`application/x-www-form-urlencoded`, WHATWG URL Standard section 5.1).

use std::borrow::Cow;

/// Names and values in their order, percent-decoded.
pub(crate) fn pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name.trim()), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let text = "a=1&b=x+y%20z&%C3%BC=%e2%82%ac&c&d=%zz%4&=&e=1=2&&";
        let expected = [
            ("a", "1"),
            ("b", "x y z"),
            ("ü", "€"),
            ("c", ""),
            ("d", "%zz%4"),
            ("", ""),
            ("e", "1=2"),
        ];
        let pairs = pairs(text);
        assert_eq!(pairs.iter().map(|(n, v)| (&**n, &**v)).collect::<Vec<_>>(), expected);
    }
}

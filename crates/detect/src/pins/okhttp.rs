//! OkHttp's `CertificatePinner` in Kotlin or Java source: `.add("*.host", "sha256/…", …)`.
//!
//! No compiler is at hand, so the source is read as tokens: strings, names and brackets. Names of
//! constants are looked up in the same file.

use std::collections::BTreeMap;

use super::{Bearer, HostPins, Pin, PinsError, Scope, normal};

/// A piece of source, and the line on which it stands.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// Reads it.
pub(super) fn read(source: &str) -> Result<Vec<HostPins>, PinsError> {
    let tokens = tokens(source);
    let constants = constants(&tokens);
    let mut hosts: Vec<HostPins> = Vec::new();
    let is_add = |at: &[(Token, usize)]| matches!(at, [(Token::Name(name), _), (Token::Sign('('), _)] if name == "add");
    for (position, _) in tokens.windows(2).enumerate().filter(|(_, window)| is_add(window)) {
        let call = tokens.get(position.saturating_add(2)..).unwrap_or_default();
        if let Some(host) = add(call, &constants)? {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

/// One call of `add`: its arguments up to the closing bracket. `None` if it adds no pins.
fn add(
    call: &[(Token, usize)],
    constants: &BTreeMap<&str, &str>,
) -> Result<Option<HostPins>, PinsError> {
    let mut arguments: Vec<(Result<&str, &str>, usize)> = Vec::new();
    let mut depth = 0_usize;
    let (mut named, mut behind_dot) = (false, false);
    for (token, line) in call {
        match token {
            Token::Sign('(') => depth = depth.saturating_add(1),
            Token::Sign(')') if depth == 0 => break,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            // `Pins.FIRST`: only the last name is looked up. `pattern = "…"`: no argument.
            Token::Sign('.' | '=') if named => {
                arguments.pop();
            }
            Token::Sign('.') => behind_dot = true,
            Token::Sign(_) => {}
            Token::Text(text) => arguments.push((Ok(text), *line)),
            // A method of a string.
            Token::Name(_) if behind_dot => behind_dot = false,
            Token::Name(name) => {
                let value = constants.get(name.as_str()).copied().ok_or(name.as_str());
                arguments.push((value, *line));
            }
        }
        named = matches!(token, Token::Name(_));
    }
    let is_pin = |argument: &Result<&str, &str>| {
        argument.is_ok_and(|text| text.starts_with("sha256/") || text.starts_with("sha1/"))
    };
    if !arguments.iter().any(|(argument, _)| is_pin(argument)) {
        return Ok(None);
    }
    let mut pins = Vec::new();
    let mut host = None;
    for (argument, line) in arguments {
        let place = format!("line {line}");
        let text = match argument {
            Ok(text) => text,
            Err(name) => return Err(PinsError::Unresolved { place, name: name.into() }),
        };
        if host.is_none() {
            host = Some(pattern(text));
        } else if text.starts_with("sha1/") {
            return Err(PinsError::Digest { place, text: text.into() });
        } else {
            let pin = Pin::parse(text, Bearer::Any);
            pins.push(pin.ok_or_else(|| PinsError::Pin { place, text: text.into() })?);
        }
    }
    Ok(host.map(|(host, scope)| HostPins { host, scope, expires: None, pins }))
}

fn pattern(text: &str) -> (String, Scope) {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("**.") {
        (normal(rest), Scope::Subdomains)
    } else if let Some(rest) = text.strip_prefix("*.") {
        (normal(rest), Scope::OneLabel)
    } else {
        (normal(text), Scope::Host)
    }
}

/// `NAME = "text"`, whatever stands before the name.
fn constants(tokens: &[(Token, usize)]) -> BTreeMap<&str, &str> {
    let assignment = |window: &'_ [(Token, usize)]| -> Option<(usize, usize)> {
        match window {
            [(Token::Name(_), _), (Token::Sign('='), _), (Token::Text(_), _), ..] => Some((0, 2)),
            // Kotlin: `val NAME: String = "text"`.
            [
                (Token::Name(_), _),
                (Token::Sign(':'), _),
                (Token::Name(_), _),
                (Token::Sign('='), _),
                (Token::Text(_), _),
            ] => Some((0, 4)),
            _ => None,
        }
    };
    let mut constants = BTreeMap::new();
    for start in 0..tokens.len() {
        let window = tokens.get(start..).unwrap_or_default();
        let window = window.get(..5).unwrap_or(window);
        if let Some((name, text)) = assignment(window)
            && let (Some((Token::Name(name), _)), Some((Token::Text(text), _))) =
                (window.get(name), window.get(text))
        {
            constants.insert(name.as_str(), text.as_str());
        }
    }
    constants
}

/// Strings, names and signs; comments and white space left out.
fn tokens(source: &str) -> Vec<(Token, usize)> {
    let mut tokens = Vec::new();
    let mut line = 1_usize;
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => line = line.saturating_add(1),
            '/' if rest.peek() == Some(&'/') => {
                while rest.peek().is_some_and(|&c| c != '\n') {
                    rest.next();
                }
            }
            '/' if rest.peek() == Some(&'*') => {
                let mut last = ' ';
                rest.next();
                for c in rest.by_ref() {
                    if c == '\n' {
                        line = line.saturating_add(1);
                    }
                    if (last, c) == ('*', '/') {
                        break;
                    }
                    last = c;
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next() {
                    match c {
                        '"' | '\n' => break,
                        '\\' => text.extend(rest.next()),
                        c => text.push(c),
                    }
                }
                tokens.push((Token::Text(text), line));
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut name = String::from(c);
                while let Some(&c) = rest.peek().filter(|c| c.is_alphanumeric() || **c == '_') {
                    name.push(c);
                    rest.next();
                }
                tokens.push((Token::Name(name), line));
            }
            c if c.is_whitespace() => {}
            c => tokens.push((Token::Sign(c), line)),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";

    #[test]
    fn kotlin() {
        let hosts = read(&format!(
            r#"
            // .add("commented.test", "{PIN}")
            private const val BACKUP: String = "{PIN}"
            val pinner = CertificatePinner.Builder()
                .add("**.Shop.test", "{PIN}", BACKUP)
                .add("*.bank.test",
                     "{PIN}")
                .build()
            list.add("no pin")
            "#
        ))
        .unwrap();
        assert_eq!(hosts.len(), 2);
        assert_eq!((hosts[0].host.as_str(), hosts[0].scope), ("shop.test", Scope::Subdomains));
        assert_eq!(hosts[0].pins.len(), 2);
        assert_eq!((hosts[1].host.as_str(), hosts[1].scope), ("bank.test", Scope::OneLabel));
    }

    #[test]
    fn java() {
        let hosts = read(&format!(
            r#"static final String HOST = "api.shop.test";
            CertificatePinner p = new CertificatePinner.Builder() /* two
            lines */ .add(Hosts.HOST, "{PIN}".trim()).build();"#
        ))
        .unwrap();
        assert_eq!((hosts[0].host.as_str(), hosts[0].scope), ("api.shop.test", Scope::Host));
    }

    #[test]
    fn errors_say_where() {
        let error = |source: &str| read(source).unwrap_err().to_string();
        let call = |arguments: &str| format!("\n\nCertificatePinner.Builder().add({arguments})");
        assert!(error(&call("\"a.test\", \"sha256/AAA\"")).starts_with("line 3: 'sha256/AAA'"));
        assert!(error(&call("\"a.test\", \"sha1/AAA\"")).starts_with("line 3: digest"));
        assert!(error(&call(&format!("\"a.test\", \"{PIN}\", PIN_2"))).contains("'PIN_2'"));
    }
}

//! The filter of the list of requests: words that must all be there, in the letters that users of
//! mitmproxy know.
//!
//! ```text
//! cart           "cart" in method, host, path or status
//! ~m post        in the method
//! ~d shop.test   in the host (domain)
//! ~u /v1/        in the path with its query
//! ~c 40          the status begins with it
//! ~t json        in the type of the response's content, or the request's
//! ~e             not whole
//! !cart  !~m get the opposite
//! ```
//!
//! Case does not count.

use dissect::Exchange;

/// Longest filter that can be typed.
pub(crate) const MAX_LETTERS: usize = 200;

/// What must be true of an exchange: all of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Term {
    /// It must not be so.
    not: bool,
    test: Test,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Test {
    Anywhere(String),
    Host(String),
    Incomplete,
    Method(String),
    Path(String),
    Status(String),
    Type(String),
}

/// What is wrong with a filter.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FilterError {
    /// `~c` and nothing behind it.
    #[error("~{0} needs a word behind it")]
    NoWord(char),
    /// `~z`.
    #[error("unknown: there are ~m ~d ~u ~c ~t ~e")]
    Unknown,
}

impl Filter {
    /// Reads a filter.
    pub(crate) fn parse(text: &str) -> Result<Self, FilterError> {
        let mut words = text.split_whitespace();
        let mut terms = Vec::new();
        while let Some(word) = words.next() {
            let (not, word) = match word.strip_prefix('!') {
                Some("") | None => (false, word),
                Some(rest) => (true, rest),
            };
            let test = match word.strip_prefix('~') {
                Some(letter) => {
                    let mut letters = letter.chars();
                    let (Some(letter), None) = (letters.next(), letters.next()) else {
                        return Err(FilterError::Unknown);
                    };
                    test(letter, &mut words)?
                }
                None => Test::Anywhere(word.to_owned()),
            };
            terms.push(Term { not, test });
        }
        Ok(Self { terms })
    }

    /// Nothing is asked, so that all pass.
    pub(crate) const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an exchange passes.
    pub(crate) fn matches(&self, exchange: &Exchange) -> bool {
        self.terms.iter().all(|term| term.test.is_true_of(exchange) != term.not)
    }
}

fn test<'a>(letter: char, words: &mut impl Iterator<Item = &'a str>) -> Result<Test, FilterError> {
    let with_word: fn(String) -> Test = match letter {
        'c' => Test::Status,
        'd' => Test::Host,
        'e' => return Ok(Test::Incomplete),
        'm' => Test::Method,
        't' => Test::Type,
        'u' => Test::Path,
        _ => return Err(FilterError::Unknown),
    };
    let word = words.next().ok_or(FilterError::NoWord(letter))?;
    Ok(with_word(word.to_owned()))
}

impl Test {
    fn is_true_of(&self, exchange: &Exchange) -> bool {
        let request = &exchange.request;
        let host = exchange.host().unwrap_or_default();
        let status = || exchange.response.as_ref().map(|response| response.status.to_string());
        match self {
            Self::Anywhere(word) => {
                contains(&request.method, word)
                    || contains(host, word)
                    || contains(&request.target, word)
                    || status().is_some_and(|status| status.contains(word.as_str()))
            }
            Self::Host(word) => contains(host, word),
            Self::Incomplete => exchange.incomplete.is_some(),
            Self::Method(word) => contains(&request.method, word),
            Self::Path(word) => contains(&request.target, word),
            Self::Status(word) => status().is_some_and(|status| status.starts_with(word.as_str())),
            Self::Type(word) => {
                let answered = exchange.response.as_ref().map(|response| &response.headers);
                let both = answered.into_iter().chain([&request.headers]);
                both.filter_map(|headers| headers.first("content-type"))
                    .any(|value| contains(value, word))
            }
        }
    }
}

/// Whether a word is in a text, whatever the case of its ASCII letters.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dissect::http::{Header, Headers, Incomplete, Request, Response};

    use super::*;

    fn exchange() -> Exchange {
        let field = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        Exchange {
            connection: Arc::default(),
            index: 0,
            stream: None,
            request: Request {
                method: "POST".into(),
                target: "/v1/Cart?item=7".into(),
                headers: Headers(vec![field("Host", "api.shop.test:8443")]),
                ..Request::default()
            },
            response: Some(Response {
                status: 404,
                headers: Headers(vec![field("Content-Type", "application/json; charset=utf-8")]),
                ..Response::default()
            }),
            incomplete: Some(Incomplete::Gap),
        }
    }

    #[test]
    fn every_word_must_be_there() {
        for (text, passes) in [
            ("", true),
            ("cart", true),
            ("CART post", true),
            ("cart other", false),
            ("shop.test", true),
            ("404", true),
            ("~m post", true),
            ("~m GET", false),
            ("~d shop ~u item=7 ~c 4 ~t json ~e", true),
            ("~d 8443", false),
            ("~c 04", false),
            ("!cart", false),
            ("!~m get", true),
            ("!~e", false),
            ("!", false),
            ("~t html", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().matches(&exchange()), passes, "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, error) in [
            ("~", FilterError::Unknown),
            ("~z a", FilterError::Unknown),
            ("~mm", FilterError::Unknown),
            ("a ~c", FilterError::NoWord('c')),
            ("!~d", FilterError::NoWord('d')),
        ] {
            assert_eq!(Filter::parse(text), Err(error), "{text:?}");
        }
    }
}

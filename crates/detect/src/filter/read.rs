//! From one term's text to what it asks.

use std::ops::Range;

use super::FilterError;
use super::ask::{Anywhere, Comparison, Numbers, Term};
use super::field::{self, Field, IS, KEYS, RESULTS};
use super::needle::Needle;
use super::network::Network;
use super::of::rule_names;
use super::token::{self, Form, Value};
use crate::detectors::DETECTORS;
use crate::rule::{Severity, Surface};

/// Largest status.
const MAX_STATUS: u64 = 999;
/// Digits of a status.
const STATUS_DIGITS: u32 = 3;

/// A filter's text, as terms are read from it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
}

impl<'a> Reader<'a> {
    fn part(self, at: &Range<usize>) -> &'a str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    /// What a term asks.
    pub(super) fn term(self, term: &token::Term) -> Result<Term, FilterError> {
        let value = &term.value;
        let Some(at) = &term.key else { return self.anywhere(value) };
        let key = self.part(at);
        let field = match key.strip_prefix('~') {
            Some(letters) => {
                let mut letters = letters.chars();
                let letter = letters.next().filter(|_| letters.next().is_none());
                let known = letter.and_then(field::letter);
                let (field, has_word) = known.ok_or_else(|| wrong(at, unknown_letter()))?;
                if !has_word {
                    return Ok(Term::Has(field));
                }
                field
            }
            None => match field::key(key.trim_end_matches(':')) {
                Some(known) if known.name == IS => return self.is(at, value),
                Some(known) => known.field,
                None => return Err(wrong(at, unknown_key(key))),
            },
        };
        if value.form == Form::Plain && value.inner.is_empty() {
            let hint = wants(field)
                .map_or(String::from(" needs a value"), |wants| format!(" wants {wants}"));
            return Err(wrong(&term.at(), format!("{key}{hint}")));
        }
        self.keyed(key, field, value)
    }

    fn keyed(self, key: &str, field: Field, value: &Value) -> Result<Term, FilterError> {
        let sign = self.part(&value.operator);
        let whole = value.operator.start..value.at.end;
        let closed = || {
            let wants = wants(field).unwrap_or_default();
            wrong(&whole, format!("{key} wants {wants}"))
        };
        match field {
            Field::Ip => {
                let network = self.plain(value).and_then(|text| Network::parse(&text));
                let network = network.filter(|_| matches!(sign, "" | "="));
                network.map(Term::Address).ok_or_else(closed)
            }
            Field::Port | Field::Status => {
                let numbers = self.plain(value).and_then(|text| numbers(field, sign, &text));
                numbers.map(|numbers| Term::Number(field, numbers)).ok_or_else(closed)
            }
            Field::Severity => {
                let word = self.plain(value);
                let severity = word.and_then(|word| {
                    Severity::ALL.into_iter().find(|one| one.word().eq_ignore_ascii_case(&word))
                });
                let comparison = Comparison::of(sign);
                let both = comparison.zip(severity);
                both.map(|(comparison, severity)| Term::Severity(comparison, severity))
                    .ok_or_else(closed)
            }
            _ => {
                if !matches!(sign, "" | "=") {
                    let message =
                        "only port:, sev: and status: can be compared; quotes make it text";
                    return Err(wrong(&value.operator, message));
                }
                if let Some(network) = self.plain(value).and_then(|text| Network::parse(&text))
                    && field == Field::Client
                {
                    return Ok(Term::Client(network));
                }
                let needle = self.needle(value, sign == "=")?;
                if !is_possible(field, &needle) {
                    return Err(closed());
                }
                Ok(Term::Text(field, needle))
            }
        }
    }

    /// `is:incomplete`.
    fn is(self, key: &Range<usize>, value: &Value) -> Result<Term, FilterError> {
        let is_known = self.part(&value.at).eq_ignore_ascii_case("incomplete");
        match is_known && value.operator.is_empty() {
            true => Ok(Term::Has(Field::Incomplete)),
            false => Err(wrong(&(key.start..value.at.end), "is: wants incomplete")),
        }
    }

    fn anywhere(self, value: &Value) -> Result<Term, FilterError> {
        let needle = self.needle(value, false)?;
        let number = self.plain(value).and_then(|text| {
            Some((digits(&text)?, numbers(Field::Status, "", &text).unwrap_or(NO_NUMBERS)))
        });
        let may_be_result = RESULTS.iter().any(|word| needle.fits(word));
        let may_be_address = match &needle {
            Needle::Contained(word) => word.bytes().all(is_of_address),
            _ => true,
        };
        Ok(Term::Anywhere(Anywhere { needle, number, may_be_address, may_be_result }))
    }

    /// The value's text, unless it is an expression.
    fn plain(self, value: &Value) -> Option<String> {
        let inner = self.part(&value.inner);
        match value.form {
            Form::Plain => Some(inner.to_owned()),
            Form::Quoted => Some(unquoted(inner)),
            Form::Regex | Form::Unclosed => None,
        }
    }

    fn needle(self, value: &Value, is_exact: bool) -> Result<Needle, FilterError> {
        let inner = self.part(&value.inner);
        match (value.form, is_exact) {
            (Form::Plain, false) => Ok(Needle::word(inner)),
            (Form::Plain, true) => Ok(Needle::Exact(inner.into())),
            (Form::Quoted, false) => Ok(Needle::Contained(unquoted(inner).into())),
            (Form::Quoted, true) => Ok(Needle::Exact(unquoted(inner).into())),
            (Form::Regex, _) => Needle::regex(inner).map_err(|reason| wrong(&value.at, reason)),
            (Form::Unclosed, _) => Err(wrong(&value.at, "the quote is not closed")),
        }
    }
}

/// No number is among them.
const NO_NUMBERS: Numbers = Numbers { from: 1, to: 0 };

pub(super) fn wrong(at: &Range<usize>, message: impl Into<String>) -> FilterError {
    FilterError { at: at.clone(), message: message.into() }
}

fn unknown_letter() -> &'static str {
    "unknown: there are ~c ~d ~e ~m ~t ~u"
}

fn unknown_key(key: &str) -> String {
    let keys = KEYS.iter().map(|key| format!("{}:", key.name)).collect::<Vec<_>>().join(" ");
    format!("{key} is no key: there are {keys}; quotes make it text")
}

/// What a field's values are, where not every text is one.
fn wants(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Ip => "an address or a network, as in 10.0.0.0/8",
        Field::Port => "a port, as in 443 or >1023",
        Field::Rule => "a part of a rule's id; `interloper rules` lists them",
        Field::Severity => "info, low, medium, high, critical, also with >= > <= <",
        Field::Status => "a status, as in 404, 4xx or >=400",
        Field::Surface => "api, app, channel, credentials, device",
        _ => return None,
    })
}

/// Whether anything can have such a value: a misspelt word would find nothing and look like a good
/// result.
fn is_possible(field: Field, needle: &Needle) -> bool {
    match field {
        Field::Rule => DETECTORS.iter().any(|registration| {
            rule_names(registration.rule.id).into_iter().any(|name| needle.fits(name))
        }),
        Field::Surface => Surface::ALL.iter().any(|surface| needle.fits(surface.word())),
        _ => true,
    }
}

/// A text without the backslashes in front of quotes and backslashes.
fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            _ => plain.push(letter),
        }
    }
    plain
}

const fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `443`, `>=400`; of a status also `4xx`, and `4` and `40` for how it begins.
fn numbers(field: Field, sign: &str, text: &str) -> Option<Numbers> {
    let most = if field == Field::Status { MAX_STATUS } else { u64::from(u16::MAX) };
    let known = text.trim_end_matches(['x', 'X']);
    let number = digits(known).filter(|number| *number <= most)?;
    if sign.is_empty() && field == Field::Status {
        let (length, digits) = (u32::try_from(text.len()).ok()?, u32::try_from(known.len()).ok()?);
        let is_class = length == STATUS_DIGITS || length == digits;
        let scale = 10_u64.checked_pow(STATUS_DIGITS.checked_sub(digits)?)?;
        let from = number.checked_mul(scale)?;
        let to = from.checked_add(scale)?.checked_sub(1)?;
        return is_class.then_some(Numbers { from, to });
    }
    if known.len() != text.len() {
        return None;
    }
    Some(match Comparison::of(sign)? {
        Comparison::Above => Numbers { from: number.saturating_add(1), to: u64::MAX },
        Comparison::AtLeast => Numbers { from: number, to: u64::MAX },
        Comparison::AtMost => Numbers { from: 0, to: number },
        Comparison::Below if number == 0 => NO_NUMBERS,
        Comparison::Below => Numbers { from: 0, to: number.saturating_sub(1) },
        Comparison::Equal => Numbers { from: number, to: number },
    })
}

//! What a filter asks, and whether a thing answers yes. Nothing is allocated for a thing.

use std::cmp::Ordering;

use super::field::{Field, Fields};
use super::needle::Needle;
use super::network::Network;
use super::short::show;
use crate::rule::Severity;

/// One question or several. As deep as the parser lets it be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    /// Every one must be so; also none.
    All(Vec<Ask>),
    /// One must be so.
    Any(Vec<Ask>),
    /// It must not be so.
    Not(Box<Ask>),
    /// A term.
    Term(Term),
}

/// One term.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// An address of either side.
    Address(Network),
    /// Any field.
    Anywhere(Anywhere),
    /// The client's address.
    Client(Network),
    /// The field has a value, whatever it is.
    Has(Field),
    /// A number.
    Number(Field, Numbers),
    /// The severity, as it compares with this one.
    Severity(Comparison, Severity),
    /// A text.
    Text(Field, Needle),
}

/// A word without a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Anywhere {
    pub(super) needle: Needle,
    /// The numbers that it means: whole ports, how a status begins.
    pub(super) number: Option<(u64, Numbers)>,
    /// It may be in an address: most words are not, and writing addresses as text takes its time.
    pub(super) may_be_address: bool,
    /// It may be a result: those are worked out for each session, which takes longer than all else.
    pub(super) may_be_result: bool,
}

/// Numbers from one to another, both among them. None if the first is larger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Numbers {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Numbers {
    pub(super) const fn hold(self, number: u64) -> bool {
        self.from <= number && number <= self.to
    }
}

/// How two values must compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Above,
    AtLeast,
    AtMost,
    Below,
    Equal,
}

impl Comparison {
    pub(super) const fn of(sign: &str) -> Option<Self> {
        Some(match sign.as_bytes() {
            b">" => Self::Above,
            b">=" => Self::AtLeast,
            b"<=" => Self::AtMost,
            b"<" => Self::Below,
            b"" | b"=" => Self::Equal,
            _ => return None,
        })
    }

    const fn is(self, order: Ordering) -> bool {
        match self {
            Self::Above => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
            Self::Below => order.is_lt(),
            Self::Equal => order.is_eq(),
        }
    }
}

impl Ask {
    pub(super) fn is_true_of(&self, thing: &dyn Fields) -> bool {
        match self {
            Self::All(asks) => asks.iter().all(|ask| ask.is_true_of(thing)),
            Self::Any(asks) => asks.iter().any(|ask| ask.is_true_of(thing)),
            Self::Not(ask) => !ask.is_true_of(thing),
            Self::Term(term) => term.is_true_of(thing),
        }
    }

    /// Whether all terms ask for one of these fields. A word without a key asks for what is there.
    pub(super) fn asks_only(&self, fields: &[Field]) -> bool {
        match self {
            Self::All(asks) | Self::Any(asks) => asks.iter().all(|ask| ask.asks_only(fields)),
            Self::Not(ask) => ask.asks_only(fields),
            Self::Term(term) => term.field().is_none_or(|field| fields.contains(&field)),
        }
    }
}

impl Term {
    const fn field(&self) -> Option<Field> {
        Some(match self {
            Self::Anywhere(_) => return None,
            Self::Address(_) => Field::Ip,
            Self::Client(_) => Field::Client,
            Self::Severity(..) => Field::Severity,
            Self::Has(field) | Self::Number(field, _) | Self::Text(field, _) => *field,
        })
    }

    fn is_true_of(&self, thing: &dyn Fields) -> bool {
        match self {
            Self::Address(network) => thing.addresses(&mut |address| network.holds(address)),
            Self::Anywhere(word) => word.is_in(thing),
            Self::Client(network) => thing.texts(Field::Client, &mut |text| {
                text.parse().is_ok_and(|address| network.holds(address))
            }),
            Self::Has(field) => thing.texts(*field, &mut |_| true),
            Self::Number(field, numbers) => {
                thing.numbers(*field, &mut |number| numbers.hold(number))
            }
            Self::Severity(comparison, severity) => {
                thing.severity().is_some_and(|its| comparison.is(its.cmp(severity)))
            }
            Self::Text(field, needle) => thing.texts(*field, &mut |text| needle.fits(text)),
        }
    }
}

impl Anywhere {
    fn is_in(&self, thing: &dyn Fields) -> bool {
        let fits = &mut |text: &str| self.needle.fits(text);
        Field::ALL.into_iter().any(|field| match field {
            Field::Client | Field::Ip if !self.may_be_address => false,
            Field::Ip => thing.addresses(&mut |address| show(&address, fits)),
            Field::Port => self
                .number
                .is_some_and(|(port, _)| thing.numbers(field, &mut |number| number == port)),
            Field::Result if !self.may_be_result => false,
            Field::Severity => thing.severity().is_some_and(|severity| fits(severity.word())),
            Field::Status => self.number.is_some_and(|(_, numbers)| {
                thing.numbers(field, &mut |number| numbers.hold(number))
            }),
            _ => thing.texts(field, fits),
        }) || thing.other_texts(fits)
    }
}

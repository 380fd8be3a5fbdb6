//! Lists: which things of a table pass, in which order, and where the selection is.
//!
//! ```text
//! table   things by id, in the order in which they came       (crate::store)
//! sieve   what may be seen: filter, span of time, problems
//! listing rows in the order that was asked for; cursor, marks
//! ```
//!
//! A listing is brought up to date in steps of bounded length: a million sessions are filtered while
//! somebody types, and no key waits for it. News that come in order cost nothing but themselves.

mod cursor;
mod listing;
mod sieve;

pub(crate) use cursor::Cursor;
pub(crate) use listing::{Listing, Order};
pub(crate) use sieve::{Problems, Sieve, Span};

use std::cmp::Ordering;

use crate::store::clients::Clients;
use crate::widgets::columns::Column;

/// Number of a thing within its table, in the order in which they came. Never given twice.
pub(crate) type Id = u32;

/// Things of one kind.
pub(crate) trait Table {
    /// One of them.
    type Item;

    /// The columns that a list of them has, from left to right. An [`Order`] names one by its place.
    const COLUMNS: &'static [Column];

    /// The first id that is still kept.
    fn first(&self) -> Id {
        0
    }

    /// The id that the next one gets.
    fn end(&self) -> Id;

    /// A thing that is still kept.
    fn item(&self, id: Id) -> Option<&Self::Item>;

    /// By what a column orders things: numbers as they are, texts by [`prefix`].
    fn key(&self, item: &Self::Item, column: usize) -> u64;

    /// Whether [`tie`](Self::tie) decides anything in a column.
    fn has_ties(&self, column: usize) -> bool;

    /// What decides between things of equal keys; else they keep the order in which they came.
    fn tie(&self, _one: &Self::Item, _other: &Self::Item, _column: usize) -> Ordering {
        Ordering::Equal
    }

    /// Whether a thing may be seen. Asked of everything, so it must be cheap for an open sieve.
    /// `clients` know what apps are called.
    fn passes(&self, item: &Self::Item, sieve: &Sieve, clients: &Clients) -> bool;
}

/// The first bytes of a text, in lower case, as a number of the same order.
pub(crate) fn prefix(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.as_bytes()) {
        *to = from.to_ascii_lowercase();
    }
    u64::from_be_bytes(bytes)
}

/// A time as a number of the same order.
pub(crate) const fn time_key(nanos: i64) -> u64 {
    nanos.cast_unsigned() ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order() {
        let texts = ["", "a", "Api.shop", "api.shop.test", "b", "日本"];
        assert!(texts.is_sorted_by_key(|text| prefix(text)));
        let times = [i64::MIN, -5, 0, 1, i64::MAX];
        assert!(times.is_sorted_by_key(|time| time_key(*time)));
    }
}

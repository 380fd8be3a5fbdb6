//! What somebody asked for at one place of an API without having been given it: how many ids, in
//! which order, and what the answers say of whose the objects are.

use dissect::{PacketSpan, Timestamp};

/// Most ids of a place that are told apart.
const MAX_IDS: usize = 256;
/// Most owners that are told apart.
const MAX_OWNERS: usize = 16;
/// Steps between ids of which each is larger or smaller than the one before.
const MAX_STEP: u64 = 1_000;

/// A place, such as `/v1/orders/{}`.
#[derive(Debug)]
pub(super) struct Asked {
    /// Digest of host and slot.
    pub(super) slot: u64,
    /// Ids that were never given: the number, or else what stands for it. Sorted.
    ids: Vec<u64>,
    /// How many of them are numbers.
    numbers: u16,
    /// Ids asked for that had been given before.
    pub(super) known: u16,
    lowest: u64,
    highest: u64,
    last: Option<u64>,
    step: i64,
    /// How often an id was as far from the one before as that from the one before it.
    steady: u16,
    /// Answers with 2xx.
    pub(super) served: u16,
    /// Answers with 403, 404 or 410.
    pub(super) refused: u16,
    /// Whose the objects are, as the answers say.
    owners: Vec<u64>,
    /// Answers that name an owner who is not the one who asks.
    pub(super) foreign: u16,
    /// Answers that name the one who asks.
    pub(super) own: u16,
    /// Personal data in answers, to tell whether they are of several persons.
    persons: Vec<u64>,
    /// The first of these requests.
    pub(super) first: First,
}

/// Where it began.
#[derive(Debug)]
pub(super) struct First {
    pub(super) input: usize,
    pub(super) packets: PacketSpan,
    pub(super) at: Timestamp,
    pub(super) id: String,
}

/// What the answer to one of the requests says.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) served: bool,
    pub(super) refused: bool,
    /// Stands for the owner's name, and whether that is the one who asks.
    pub(super) owner: Option<(u64, bool)>,
    pub(super) person: Option<u64>,
}

impl Asked {
    pub(super) const fn new(slot: u64, first: First) -> Self {
        Self {
            slot,
            ids: Vec::new(),
            numbers: 0,
            known: 0,
            lowest: u64::MAX,
            highest: 0,
            last: None,
            step: 0,
            steady: 0,
            served: 0,
            refused: 0,
            owners: Vec::new(),
            foreign: 0,
            own: 0,
            persons: Vec::new(),
            first,
        }
    }

    /// Takes in an id that was never given. Returns whether it is a new one.
    pub(super) fn add(&mut self, id: Id, answer: &Answer) -> bool {
        let value = match id {
            Id::Number(number) => number,
            Id::Other(key) => key,
        };
        let Err(at) = self.ids.binary_search(&value) else { return false };
        if self.ids.len() >= MAX_IDS {
            return true;
        }
        self.ids.insert(at, value);
        if let Id::Number(number) = id {
            self.add_number(number);
        }
        self.served = self.served.saturating_add(u16::from(answer.served));
        self.refused = self.refused.saturating_add(u16::from(answer.refused));
        if let Some((owner, is_own)) = answer.owner {
            add(&mut self.owners, owner);
            self.own = self.own.saturating_add(u16::from(is_own));
            self.foreign = self.foreign.saturating_add(u16::from(!is_own));
        }
        if let Some(person) = answer.person {
            add(&mut self.persons, person);
        }
        true
    }

    fn add_number(&mut self, number: u64) {
        self.numbers = self.numbers.saturating_add(1);
        self.lowest = self.lowest.min(number);
        self.highest = self.highest.max(number);
        if let Some(last) = self.last.filter(|last| last.abs_diff(number) <= MAX_STEP) {
            let step = i64::try_from(last.abs_diff(number)).unwrap_or_default();
            let step = if number < last { step.saturating_neg() } else { step };
            self.steady = self.steady.saturating_add(u16::from(step == self.step));
            self.step = step;
        }
        self.last = Some(number);
    }

    /// How many different ids.
    pub(super) const fn ids(&self) -> usize {
        self.ids.len()
    }

    /// Whether the ids are numbers in a row: each as far from the one before, or as good as all of a
    /// range in whatever order.
    pub(super) fn is_row(&self) -> bool {
        let (numbers, all) = (usize::from(self.numbers), self.ids.len());
        let are_numbers = numbers.saturating_mul(10) >= all.saturating_mul(9);
        let is_steady =
            usize::from(self.steady).saturating_mul(10) >= all.saturating_sub(2).saturating_mul(8);
        let width = self.highest.saturating_sub(self.lowest);
        let is_dense = width < u64::try_from(numbers).unwrap_or(u64::MAX).saturating_mul(2);
        are_numbers && all > 1 && (is_steady || is_dense)
    }

    /// The lowest and the highest number.
    pub(super) const fn range(&self) -> (u64, u64) {
        (self.lowest, self.highest)
    }

    /// How many owners the answers name.
    pub(super) const fn owners(&self) -> usize {
        self.owners.len()
    }

    /// Of how many persons there are data in the answers.
    pub(super) const fn persons(&self) -> usize {
        self.persons.len()
    }
}

fn add(set: &mut Vec<u64>, value: u64) {
    if set.len() < MAX_OWNERS && !set.contains(&value) {
        set.push(value);
    }
}

/// An id as it is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Id {
    /// `17`, `order_17`, `INV-00017`, `T3JkZXI6MTc=` (`Order:17`).
    Number(u64),
    /// Stands for anything else.
    Other(u64),
}

impl Id {
    pub(super) fn of(value: &str) -> Self {
        let number = number(value).or_else(|| number(&decoded(value)?));
        number.map_or_else(|| Self::Other(crate::digest::Key::short_of(value)), Self::Number)
    }
}

/// A number, with or without a word before it.
fn number(value: &str) -> Option<u64> {
    let word = value.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = value.get(word.len()..)?;
    let is_word = word.len() <= 32 && !word.bytes().any(|byte| byte.is_ascii_digit());
    (is_word && (1..=18).contains(&digits.len())).then(|| digits.parse().ok()).flatten()
}

/// Text in Base64, as GraphQL servers write ids.
fn decoded(value: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let bytes = STANDARD_NO_PAD.decode(value.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.contains(':').then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(ids: &[&str]) -> Asked {
        let first = First {
            input: 0,
            packets: PacketSpan::default(),
            at: Timestamp::default(),
            id: String::new(),
        };
        let mut asked = Asked::new(1, first);
        for id in ids {
            asked.add(Id::of(id), &Answer::default());
        }
        asked
    }

    #[test]
    fn ids_are_numbers_or_others() {
        for (value, number) in [
            ("17", Some(17)),
            ("order_17", Some(17)),
            ("INV-00017", Some(17)),
            ("T3JkZXI6MTc=", Some(17)),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", None),
            ("a1b2", None),
        ] {
            let is_number = number.map(Id::Number) == Some(Id::of(value));
            assert_eq!(is_number, number.is_some(), "{value}");
        }
    }

    #[test]
    fn rows_are_steady_or_dense() {
        for (ids, is_row) in [
            (&["1", "2", "3", "4", "5"][..], true),
            (&["50", "40", "30", "20", "10"], true),
            (&["4", "1", "5", "2", "3"], true),
            (&["1", "2", "2", "1", "3"], true),
            (&["18", "1044", "77", "90412", "5"], false),
            (&["3f2504e04f8911d3", "a8098c1af86e11da", "6ba7b8109dad11d1"], false),
        ] {
            assert_eq!(asked(ids).is_row(), is_row, "{ids:?}");
        }
    }
}

//! Numbers that were seen, as ranges: packet numbers, and streams that are over. They come nearly in
//! order, so that there are few ranges.

use std::collections::BTreeMap;

/// Ranges that are kept; beyond that, the two lowest become one.
const MAX_RANGES: usize = 128;

/// A set of numbers.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// First and last number of each range; they neither touch nor overlap.
    ranges: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Adds a number.
    pub(super) fn insert(&mut self, number: u64) {
        let (mut first, mut last) = (number, number);
        if let Some((&start, &end)) = self.ranges.range(..=number).next_back() {
            if number <= end {
                return;
            }
            if end.saturating_add(1) == number {
                first = start;
            }
        }
        if let Some(end) = number.checked_add(1).and_then(|next| self.ranges.remove(&next)) {
            last = end;
        }
        self.ranges.insert(first, last);
        if self.ranges.len() > MAX_RANGES
            && let Some((lowest, _)) = self.ranges.pop_first()
            && let Some((_, end)) = self.ranges.pop_first()
        {
            self.ranges.insert(lowest, end);
        }
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, number: u64) -> bool {
        self.ranges.range(..=number).next_back().is_some_and(|(_, end)| number <= *end)
    }

    /// The ranges of numbers between these two that are none of them.
    pub(super) fn missing(&self, after: u64, before: u64) -> impl Iterator<Item = (u64, u64)> {
        let mut next = after.saturating_add(1);
        // The range that holds `next` may begin before it.
        let start = self.ranges.range(..=next).next_back().map_or(next, |(start, _)| *start);
        let mut ranges = self.ranges.range(start..);
        std::iter::from_fn(move || {
            while next < before {
                let from = next;
                let until = match ranges.next() {
                    Some((start, end)) => {
                        next = next.max(end.saturating_add(1));
                        before.min(*start)
                    }
                    None => {
                        next = before;
                        before
                    }
                };
                if from < until {
                    return Some((from, until.saturating_sub(1)));
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[u64]) -> Ranges {
        let mut ranges = Ranges::default();
        numbers.iter().for_each(|number| ranges.insert(*number));
        ranges
    }

    #[test]
    fn numbers_join() {
        let ranges = of(&[5, 1, 3, 2, 2, 9, 8, u64::MAX, 0]);
        assert_eq!(
            ranges.ranges.into_iter().collect::<Vec<_>>(),
            [(0, 3), (5, 5), (8, 9), (u64::MAX, u64::MAX)]
        );
    }

    #[test]
    fn missing_numbers() {
        let ranges = of(&[1, 2, 5, 8, 9]);
        for (after, before, missing) in [
            (0, 10, vec![(3, 4), (6, 7)]),
            (2, 5, vec![(3, 4)]),
            (3, 7, vec![(4, 4), (6, 6)]),
            (1, 3, vec![]),
            (9, 12, vec![(10, 11)]),
            (12, 3, vec![]),
        ] {
            assert_eq!(ranges.missing(after, before).collect::<Vec<_>>(), missing);
        }
        assert!(ranges.contains(8) && !ranges.contains(7) && !ranges.contains(0));
    }

    #[test]
    fn few_ranges_are_kept() {
        let ranges = of(&(0..1000).map(|number| number * 2).collect::<Vec<_>>());
        assert_eq!(ranges.ranges.len(), MAX_RANGES);
        assert!(ranges.contains(1) && !ranges.contains(1997) && ranges.contains(1998));
    }
}

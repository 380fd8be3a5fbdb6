//! The rows of one list, kept in order while things come, change and go.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{Cursor, Id, Sieve, Table};
use crate::motion::Motion;
use crate::store::clients::Clients;

/// Most things that are looked at in one step: a few milliseconds.
const STEP: u32 = 16_384;

/// Most things that can be marked.
const MAX_MARKS: usize = 1000;

/// By which column a list is ordered, and which way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Order {
    /// Place of the column.
    pub(crate) column: usize,
    /// The largest first.
    pub(crate) descending: bool,
}

/// One row: what orders it, and whose it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Row {
    key: u64,
    id: Id,
}

/// A list.
#[derive(Debug)]
pub(crate) struct Listing {
    rows: Vec<Row>,
    /// Things with smaller ids were looked at.
    seen: Id,
    order: Order,
    pub(crate) sieve: Sieve,
    pub(crate) cursor: Cursor,
    /// First row that was visible when the user moved last.
    pub(crate) offset: usize,
    marks: BTreeSet<Id>,
}

impl Listing {
    /// An empty list in this order.
    pub(crate) fn new(order: Order, cursor: Cursor) -> Self {
        Self {
            rows: Vec::new(),
            seen: 0,
            order,
            sieve: Sieve::default(),
            cursor,
            offset: 0,
            marks: BTreeSet::new(),
        }
    }

    /// Rows.
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The order.
    pub(crate) const fn order(&self) -> Order {
        self.order
    }

    /// Looks at new and at `changed` things, at most so many as a step holds. Says whether there
    /// are more.
    pub(crate) fn refresh<T: Table>(
        &mut self,
        table: &T,
        clients: &Clients,
        changed: &[Id],
    ) -> bool {
        let (first, end) = (table.first(), table.end());
        if self.rows.len() > usize::try_from(end.saturating_sub(first)).unwrap_or(usize::MAX)
            || self.marks.first().is_some_and(|mark| *mark < first)
            || self.seen < first
        {
            self.rows.retain(|row| row.id >= first);
            self.marks.retain(|mark| *mark >= first);
        }
        let mut batch = self.displaced(table, clients, changed);
        let from = self.seen.max(first);
        let to = from.saturating_add(STEP).min(end);
        batch.extend((from..to).filter_map(|id| self.row(table, clients, id)));
        self.seen = to;
        self.merge(table, batch);
        to < end
    }

    /// A thing's row, if it passes.
    fn row<T: Table>(&self, table: &T, clients: &Clients, id: Id) -> Option<Row> {
        let item = table.item(id)?;
        let passes = table.passes(item, &self.sieve, clients);
        passes.then(|| Row { key: table.key(item, self.order.column), id })
    }

    /// Takes out the rows of what has changed so that it stands elsewhere now, and returns those
    /// that are to be put in.
    fn displaced<T: Table>(&mut self, table: &T, clients: &Clients, changed: &[Id]) -> Vec<Row> {
        let (mut leave, mut batch) = (Vec::new(), Vec::new());
        for &id in changed.iter().filter(|id| **id < self.seen) {
            let row = self.row(table, clients, id);
            let stands = row.is_some_and(|row| self.place(table, row).is_ok());
            if !stands {
                leave.push(id);
                batch.extend(row);
            }
        }
        if !leave.is_empty() {
            leave.sort_unstable();
            self.rows.retain(|row| leave.binary_search(&row.id).is_err());
            batch.sort_unstable_by_key(|row| row.id);
            batch.dedup();
        }
        batch
    }

    /// Where a row stands, or would stand.
    fn place<T: Table>(&self, table: &T, row: Row) -> Result<usize, usize> {
        self.rows.binary_search_by(|other| compare(table, self.order, *other, row))
    }

    fn merge<T: Table>(&mut self, table: &T, mut batch: Vec<Row>) {
        let order = self.order;
        batch.sort_unstable_by(|one, other| compare(table, order, *one, *other));
        let (Some(&least), Some(&last)) = (batch.first(), self.rows.last()) else {
            self.rows.append(&mut batch);
            return;
        };
        if compare(table, order, last, least) == Ordering::Less {
            self.rows.append(&mut batch);
            return;
        }
        // What stands before the least of them stays where it is.
        let from = self.place(table, least).unwrap_or_else(|place| place);
        let tail = self.rows.split_off(from);
        self.rows.reserve(tail.len().saturating_add(batch.len()));
        let mut batch = batch.into_iter().peekable();
        for row in tail {
            while let Some(new) =
                batch.next_if(|new| compare(table, order, *new, row) == Ordering::Less)
            {
                self.rows.push(new);
            }
            self.rows.push(row);
        }
        self.rows.extend(batch);
    }

    /// All is looked at anew: the sieve is another one. What is selected stays so, or what stands
    /// nearest to it.
    pub(crate) fn restart(&mut self) {
        self.rows.clear();
        self.seen = 0;
    }

    /// Puts on another sieve.
    pub(crate) fn sift(&mut self, sieve: Sieve) {
        if self.sieve != sieve {
            self.sieve = sieve;
            self.restart();
        }
    }

    /// Orders the rows anew.
    pub(crate) fn sort<T: Table>(&mut self, table: &T, order: Order) {
        let former = std::mem::replace(&mut self.order, order);
        if former.column == order.column {
            if former.descending != order.descending {
                self.rows.reverse();
            }
            return;
        }
        // By id first: reading a table from its start to its end is several times as fast, and
        // what is equal then stays in the order in which it came.
        let all = table.first()..self.seen;
        let mut ids: Vec<Id> = if self.rows.len() == all.len() {
            all.collect()
        } else {
            self.rows.iter().map(|row| row.id).collect()
        };
        ids.sort_unstable();
        let row = |id| Some(Row { key: table.key(table.item(id)?, order.column), id });
        let mut rows: Vec<Row> = ids.into_iter().filter_map(row).collect();
        rows.sort_by_key(|row| row.key);
        if table.has_ties(order.column) {
            // Few are equal as far as their keys say, and those lie near each other from here on.
            let upward = Order { descending: false, ..order };
            for equal in rows.chunk_by_mut(|one, other| one.key == other.key) {
                equal.sort_by(|one, other| compare(table, upward, *one, *other));
            }
        }
        if order.descending {
            rows.reverse();
        }
        self.rows = rows;
    }

    /// What stands in this row.
    pub(crate) fn at_row(&self, row: usize) -> Option<Id> {
        self.rows.get(row).map(|row| row.id)
    }

    /// The row in which a thing stands, or else the next one. `None` for an empty list.
    pub(crate) fn row_of<T: Table>(&self, table: &T, id: Id) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        let row = match table.item(id) {
            Some(item) => {
                let row = Row { key: table.key(item, self.order.column), id };
                self.place(table, row).unwrap_or_else(|place| place)
            }
            None => 0,
        };
        Some(row.min(last))
    }

    /// Row of the selection; `None` if there is nothing to select.
    pub(crate) fn selected_row<T: Table>(&self, table: &T) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        match self.cursor {
            Cursor::First => Some(0),
            Cursor::On(id) => self.row_of(table, id),
            Cursor::Tail => Some(last),
        }
    }

    /// What is selected.
    pub(crate) fn selected<T: Table>(&self, table: &T) -> Option<Id> {
        self.at_row(self.selected_row(table)?)
    }

    /// Moves the selection. Whoever goes to the end, or on from there, follows it.
    pub(crate) fn step<T: Table>(&mut self, table: &T, motion: Motion, page: usize) {
        let Some(row) = self.selected_row(table) else { return };
        let last = self.rows.len().saturating_sub(1);
        let onward =
            matches!(motion, Motion::Down | Motion::End | Motion::HalfPageDown | Motion::PageDown);
        let target = motion.from(row, last, page);
        if onward && target == last && (row == last || motion == Motion::End) {
            self.cursor = Cursor::Tail;
        } else {
            self.select(target);
        }
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.cursor = self.at_row(row).map_or(Cursor::First, Cursor::On);
    }

    /// Holds on to what is selected, whatever comes, and says what it is.
    pub(crate) fn hold<T: Table>(&mut self, table: &T) -> Option<Id> {
        let id = self.selected(table)?;
        self.cursor = Cursor::On(id);
        Some(id)
    }

    /// Follows what comes in, or stays where it is.
    pub(crate) fn toggle_follow<T: Table>(&mut self, table: &T) {
        match (self.cursor, self.selected_row(table)) {
            (Cursor::Tail, Some(row)) => self.select(row),
            (Cursor::Tail, None) => self.cursor = Cursor::First,
            _ => self.cursor = Cursor::Tail,
        }
    }

    /// Marks what is selected, or takes the mark away.
    pub(crate) fn toggle_mark<T: Table>(&mut self, table: &T) {
        if let Some(id) = self.hold(table)
            && !self.marks.remove(&id)
            && self.marks.len() < MAX_MARKS
        {
            self.marks.insert(id);
        }
    }

    /// What is marked.
    pub(crate) const fn marks(&self) -> &BTreeSet<Id> {
        &self.marks
    }

    /// Takes all marks away.
    pub(crate) fn unmark(&mut self) {
        self.marks.clear();
    }

    /// First row that is to be visible when so many are: as near to where it was as lets the
    /// selection be seen.
    pub(crate) fn offset<T: Table>(&self, table: &T, page: usize) -> usize {
        let row = self.selected_row(table).unwrap_or(0);
        let page = page.max(1);
        let last = self.rows.len().saturating_sub(page);
        let lowest = row.saturating_sub(page.saturating_sub(1));
        self.offset.clamp(lowest, row.max(lowest)).min(last)
    }
}

fn compare<T: Table>(table: &T, order: Order, one: Row, other: Row) -> Ordering {
    let tie = || match (table.item(one.id), table.item(other.id)) {
        (Some(a), Some(b)) if one.id != other.id => table.tie(a, b, order.column),
        _ => Ordering::Equal,
    };
    let ordering = one.key.cmp(&other.key).then_with(tie).then(one.id.cmp(&other.id));
    if order.descending { ordering.reverse() } else { ordering }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::list::{Problems, prefix};
    use crate::widgets::columns::Column;

    /// Numbers and words; a number is a problem if it is odd.
    #[derive(Default)]
    struct Things {
        first: Id,
        items: VecDeque<(u64, String)>,
    }

    impl Things {
        fn put(&mut self, number: u64, word: &str) {
            self.items.push_back((number, word.to_owned()));
        }
    }

    impl Table for Things {
        type Item = (u64, String);
        const COLUMNS: &'static [Column] = &[];

        fn first(&self) -> Id {
            self.first
        }

        fn end(&self) -> Id {
            self.first.saturating_add(Id::try_from(self.items.len()).unwrap())
        }

        fn item(&self, id: Id) -> Option<&Self::Item> {
            self.items.get(usize::try_from(id.checked_sub(self.first)?).unwrap())
        }

        fn key(&self, item: &Self::Item, column: usize) -> u64 {
            if column == 0 { item.0 } else { prefix(&item.1) }
        }

        fn has_ties(&self, column: usize) -> bool {
            column == 1
        }

        fn tie(&self, one: &Self::Item, other: &Self::Item, column: usize) -> Ordering {
            if column == 1 { one.1.cmp(&other.1) } else { Ordering::Equal }
        }

        fn passes(&self, item: &Self::Item, sieve: &Sieve, _: &Clients) -> bool {
            sieve.problems == Problems::AndAll || item.0 % 2 == 1
        }
    }

    const UP: Order = Order { column: 0, descending: false };
    const WORDS_DOWN: Order = Order { column: 1, descending: true };

    fn numbers(listing: &Listing, things: &Things) -> Vec<u64> {
        (0..listing.len())
            .map(|row| {
                let id = listing.at_row(row).unwrap();
                assert_eq!(listing.row_of(things, id), Some(row));
                things.item(id).unwrap().0
            })
            .collect()
    }

    #[test]
    fn rows_keep_their_order_whatever_comes() {
        let mut things = Things::default();
        let mut listing = Listing::new(UP, Cursor::First);
        for batch in [vec![5, 2, 9], vec![1, 7, 5], vec![], vec![10, 11], vec![3]] {
            batch.iter().for_each(|number| things.put(*number, "a-common-head"));
            assert!(!listing.refresh(&things, &Clients::default(), &[]));
        }
        assert_eq!(numbers(&listing, &things), [1, 2, 3, 5, 5, 7, 9, 10, 11]);
        listing.sort(&things, Order { descending: true, ..UP });
        assert_eq!(numbers(&listing, &things), [11, 10, 9, 7, 5, 5, 3, 2, 1]);
    }

    #[test]
    fn texts_that_begin_alike_are_told_apart() {
        let mut things = Things::default();
        for (number, word) in [(1, "a-long-head-1"), (2, "a-long-head-3"), (3, "a-long-head-2")] {
            things.put(number, word);
        }
        let mut listing = Listing::new(WORDS_DOWN, Cursor::First);
        listing.refresh(&things, &Clients::default(), &[]);
        assert_eq!(numbers(&listing, &things), [2, 3, 1]);
    }

    #[test]
    fn another_column_and_back_is_the_order_in_which_rows_are_looked_up() {
        let words = ["a-common-head-2", "", "a-common-head-1", "b", "", "a-common-head-2"];
        for descending in [false, true] {
            let mut things = Things::default();
            let mut listing = Listing::new(UP, Cursor::First);
            for (number, word) in [3, 1, 2, 1, 3, 3].into_iter().zip(words) {
                things.put(number, word);
                listing.refresh(&things, &Clients::default(), &[]);
            }
            for column in [1, 0, 1] {
                listing.sort(&things, Order { column, descending });
                // The helper looks each row up again.
                let shown = numbers(&listing, &things);
                let mut expected =
                    if column == 0 { [1, 1, 2, 3, 3, 3] } else { [1, 3, 2, 3, 3, 1] };
                if descending {
                    expected.reverse();
                }
                assert_eq!(shown, expected, "{column} {descending}");
            }
        }
    }

    #[test]
    fn what_changed_moves_and_the_selection_goes_with_it() {
        let mut things = Things::default();
        [4, 6, 8].iter().for_each(|number| things.put(*number, ""));
        let mut listing = Listing::new(UP, Cursor::First);
        listing.refresh(&things, &Clients::default(), &[]);
        listing.select(0);
        things.items[0].0 = 9;
        listing.refresh(&things, &Clients::default(), &[0, 0, 1]);
        assert_eq!(numbers(&listing, &things), [6, 8, 9]);
        assert_eq!(listing.selected_row(&things), Some(2));
    }

    #[test]
    fn a_sieve_lets_some_pass_in_steps() {
        let mut things = Things::default();
        (0..u64::from(STEP) * 2 + 5).for_each(|number| things.put(number, ""));
        let mut listing = Listing::new(UP, Cursor::First);
        let steps = [true, true, false];
        assert_eq!(steps.map(|_| listing.refresh(&things, &Clients::default(), &[])), steps);
        listing.select(7);
        listing.sift(Sieve { problems: Problems::Only, ..Sieve::default() });
        assert_eq!((listing.len(), listing.selected_row(&things)), (0, None));
        while listing.refresh(&things, &Clients::default(), &[]) {}
        assert_eq!(listing.len(), usize::try_from(STEP).unwrap() + 2);
        assert_eq!(listing.selected_row(&things), Some(3), "the seventh is there");
        things.items[7].0 = 8;
        listing.refresh(&things, &Clients::default(), &[7]);
        assert_eq!(listing.selected_row(&things), Some(3), "the next one in its place");
        assert_eq!(listing.len(), usize::try_from(STEP).unwrap() + 1);
    }

    #[test]
    fn what_is_gone_leaves_the_list() {
        let mut things = Things::default();
        (0..6).for_each(|number| things.put(number, ""));
        let mut listing = Listing::new(UP, Cursor::Tail);
        listing.refresh(&things, &Clients::default(), &[]);
        listing.select(1);
        listing.toggle_mark(&things);
        assert_eq!(listing.marks().len(), 1);
        things.items.drain(..3);
        things.first = 3;
        listing.refresh(&things, &Clients::default(), &[]);
        assert_eq!(numbers(&listing, &things), [3, 4, 5]);
        assert_eq!((listing.selected_row(&things), listing.marks().len()), (Some(0), 0));
    }

    #[test]
    fn whoever_goes_to_the_end_follows() {
        let mut things = Things::default();
        (0..3).for_each(|number| things.put(number, ""));
        let mut listing = Listing::new(UP, Cursor::First);
        listing.refresh(&things, &Clients::default(), &[]);
        for (motion, cursor) in [
            (Motion::Down, Cursor::On(1)),
            (Motion::Down, Cursor::On(2)),
            (Motion::Down, Cursor::Tail),
            (Motion::Up, Cursor::On(1)),
            (Motion::End, Cursor::Tail),
        ] {
            listing.step(&things, motion, 2);
            assert_eq!(listing.cursor, cursor, "{motion:?}");
        }
        listing.toggle_follow(&things);
        assert_eq!(listing.cursor, Cursor::On(2));
    }
}

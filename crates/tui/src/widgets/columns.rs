//! Table columns that leave by priority when the terminal is narrow.

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its head.
    pub(crate) title: &'static str,
    /// Narrowest width that is still of use.
    pub(crate) least: usize,
    /// Width up to which it comes before those of higher rank.
    pub(crate) enough: usize,
    /// Width beyond which more room is of no use.
    pub(crate) most: usize,
    /// Who stays: the lower, the longer.
    pub(crate) rank: u8,
}

/// Empty columns between two columns of a table.
pub(crate) const GAP: usize = 2;

/// The width of each column, in the order given; `None` for those that had to leave. The column
/// of the lowest rank always stays, narrower than its least if it must.
pub(crate) fn widths(columns: &[Column], room: usize) -> Vec<Option<usize>> {
    let mut ranks: Vec<u8> = columns.iter().map(|column| column.rank).collect();
    ranks.sort_unstable();
    let Some(&first) = ranks.first() else { return Vec::new() };
    let least_of = |highest: u8| {
        let kept = columns.iter().filter(|column| column.rank <= highest);
        kept.map(|column| column.least.saturating_add(GAP)).sum::<usize>().saturating_sub(GAP)
    };
    let highest = ranks.into_iter().rev().find(|rank| least_of(*rank) <= room).unwrap_or(first);
    let mut spare = room.saturating_sub(least_of(highest));
    let mut widths: Vec<Option<usize>> = columns
        .iter()
        .map(|column| (column.rank <= highest).then_some(column.least.min(room)))
        .collect();
    // What is left goes to those that can use it, the most important first.
    let mut order: Vec<(&Column, &mut Option<usize>)> = columns.iter().zip(&mut widths).collect();
    order.sort_by_key(|(column, _)| column.rank);
    for goal in [|column: &Column| column.enough, |column: &Column| column.most] {
        for (column, width) in &mut order {
            if let Some(width) = width {
                let more = goal(column).saturating_sub(*width).min(spare);
                *width = width.saturating_add(more);
                spare = spare.saturating_sub(more);
            }
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(least: usize, enough: usize, most: usize, rank: u8) -> Column {
        Column { title: "", least, enough, most, rank }
    }

    const TABLE: [Column; 3] = [column(5, 5, 5, 0), column(6, 10, 10, 2), column(10, 14, 100, 1)];

    #[test]
    fn columns_leave_by_rank_and_share_what_is_left() {
        let cases = [
            (0, [Some(0), None, None]),
            (4, [Some(4), None, None]),
            (16, [Some(5), None, None]),
            (17, [Some(5), None, Some(10)]),
            (24, [Some(5), None, Some(17)]),
            (25, [Some(5), Some(6), Some(10)]),
            (30, [Some(5), Some(7), Some(14)]),
            (40, [Some(5), Some(10), Some(21)]),
            (120, [Some(5), Some(10), Some(100)]),
        ];
        for (room, expected) in cases {
            assert_eq!(widths(&TABLE, room), expected, "{room}");
        }
    }

    #[test]
    fn they_never_need_more_than_there_is() {
        for room in 0..130 {
            let widths = widths(&TABLE, room);
            let kept: Vec<usize> = widths.into_iter().flatten().collect();
            assert!(kept.iter().sum::<usize>() + GAP * (kept.len() - 1) <= room, "{room}");
        }
    }

    #[test]
    fn no_columns_no_widths() {
        assert!(widths(&[], 80).is_empty());
    }
}

//! Table columns that leave by priority when the terminal is narrow.

use super::line::Side;

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its head.
    pub(crate) title: &'static str,
    /// Narrowest width that is still of use.
    pub(crate) least: usize,
    /// Width it must have before a column of higher rank may join.
    pub(crate) enough: usize,
    /// Width beyond which more room is of no use.
    pub(crate) most: usize,
    /// Who comes first: the lower, the sooner.
    pub(crate) rank: u8,
    /// At which side its cells stand, and what is cut off.
    pub(crate) side: Side,
}

/// Empty columns between two columns of a table.
pub(crate) const GAP: usize = 2;

/// Columns at the left in which the selected row is marked.
pub(crate) const MARK: usize = 2;

/// The width of each column, in the order given; `None` for those that had to leave. The column
/// of the lowest rank always stays, narrower than its least if it must. What room is left goes
/// to those that have not enough, and then to all, both by rank.
pub(crate) fn widths(columns: &[Column], room: usize) -> Vec<Option<usize>> {
    let mut ranked: Vec<usize> = (0..columns.len()).collect();
    ranked.sort_by_key(|at| columns.get(*at).map(|column| column.rank));
    let mut widths = vec![None; columns.len()];
    let mut spare = room;
    // What the columns so far take, once each of them has enough.
    let mut taken = 0_usize;
    for (joined, &at) in ranked.iter().enumerate() {
        let (Some(column), Some(width)) = (columns.get(at), widths.get_mut(at)) else { continue };
        let gap = if joined == 0 { 0 } else { GAP };
        let needed = taken.saturating_add(gap).saturating_add(column.least);
        if joined > 0 && needed > room {
            break;
        }
        let least = column.least.min(room);
        *width = Some(least);
        spare = spare.saturating_sub(gap).saturating_sub(least);
        taken = taken.saturating_add(gap).saturating_add(column.enough);
    }
    let enough = ranked.iter().map(|&at| (at, columns.get(at).map(|column| column.enough)));
    let most = ranked.iter().map(|&at| (at, columns.get(at).map(|column| column.most)));
    for (at, goal) in enough.chain(most) {
        if let (Some(goal), Some(Some(width))) = (goal, widths.get_mut(at)) {
            let more = goal.saturating_sub(*width).min(spare);
            *width = width.saturating_add(more);
            spare = spare.saturating_sub(more);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(least: usize, enough: usize, most: usize, rank: u8) -> Column {
        Column { title: "", least, enough, most, rank, side: Side::Left }
    }

    const TABLE: [Column; 3] = [column(5, 5, 5, 0), column(6, 6, 10, 2), column(10, 14, 100, 1)];

    #[test]
    fn columns_leave_by_rank_and_share_what_is_left() {
        let cases = [
            (0, [Some(0), None, None]),
            (4, [Some(4), None, None]),
            (16, [Some(5), None, None]),
            (17, [Some(5), None, Some(10)]),
            (28, [Some(5), None, Some(21)]),
            (29, [Some(5), Some(6), Some(14)]),
            (31, [Some(5), Some(6), Some(16)]),
            (40, [Some(5), Some(6), Some(25)]),
            (200, [Some(5), Some(10), Some(100)]),
        ];
        for (room, expected) in cases {
            assert_eq!(widths(&TABLE, room), expected, "{room}");
        }
    }

    #[test]
    fn they_never_need_more_than_there_is() {
        for room in 0..130 {
            let kept: Vec<usize> = widths(&TABLE, room).into_iter().flatten().collect();
            let gaps = kept.len().saturating_sub(1).saturating_mul(GAP);
            assert!(kept.iter().sum::<usize>().saturating_add(gaps) <= room, "{room}");
        }
    }

    #[test]
    fn no_columns_no_widths() {
        assert!(widths(&[], 80).is_empty());
    }
}

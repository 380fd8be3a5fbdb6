//! What lies at a cell of the screen: what the mouse points at.

use super::parts::{Parts, area, body};
use super::{shown_page, tabs};
use crate::app::State;
use crate::screen::View;

/// What lies there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hit {
    /// The head of a column, by its place.
    Head(usize),
    /// A place of the page that can be opened.
    Link(usize),
    /// A row of the list.
    Row(usize),
    /// A tab.
    Tab(View),
}

/// What lies at this column and line.
pub(crate) fn hit(state: &State, column: u16, line: u16) -> Option<Hit> {
    let area = area(state.size);
    let (parts, body) = (Parts::of(area), body(area));
    let line = usize::from(line.checked_sub(body.y)?);
    if line >= usize::from(body.height) {
        return None;
    }
    let columns = usize::from(area.width);
    if let Some((page, open)) = shown_page(state, columns) {
        let at = line.checked_sub(parts.heads)?.saturating_add(open.scroll);
        let place = page.links().iter().position(|(line, _)| *line == at)?;
        return Some(Hit::Link(place));
    }
    if line == parts.tabs && parts.heads > 0 {
        return tabs::at(state, columns, usize::from(column)).map(Hit::Tab);
    }
    if line == parts.heads && parts.rows > parts.heads {
        return head(state, usize::from(column)).map(Hit::Head);
    }
    let nth = line.checked_sub(parts.rows).filter(|nth| *nth < parts.row_count)?;
    let row = state.list_offset().saturating_add(nth);
    let rows = state.lists.of(state.view).map_or(0, |list| list.len());
    (row < rows).then_some(Hit::Row(row))
}

/// The column whose head stands there.
fn head(state: &State, at: usize) -> Option<usize> {
    use crate::widgets::columns::{GAP, MARK};
    let mut left = MARK;
    for (column, width) in super::shown_widths(state) {
        left = left.saturating_add(width).saturating_add(GAP);
        if at < left {
            return Some(column);
        }
    }
    None
}

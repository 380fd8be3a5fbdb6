//! A view that is a list: heads, rows, and what is selected in full below. The same for all of them;
//! what stands in a cell is each view's own.
//!
//! Only the rows that are visible are looked at, so that a million cost no more than twenty.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::parts::Parts;
use crate::app::State;
use crate::list::{Listing, Table};
use crate::widgets::columns::{GAP, MARK, widths};
use crate::widgets::line::{Row, Side, draw};
use crate::widgets::page::Page;

/// Lines of the preview behind its title.
pub(crate) const PREVIEW_LINES: usize = 3;

/// What stands in a cell, and how.
pub(crate) type Cell<'a> = (Cow<'a, str>, Style);

/// How things of a table look in a list.
pub(crate) trait Look: Table {
    /// What a cell of this width says. `dim` is for what the eye passes over, `text` for the rest.
    fn cell<'a>(
        &'a self,
        state: &'a State,
        item: &'a Self::Item,
        column: usize,
        width: usize,
    ) -> Cell<'a>;

    /// What is selected, in up to [`PREVIEW_LINES`] lines below a title.
    fn preview(&self, state: &State, item: &Self::Item, page: &mut Page);

    /// What the list says while there is nothing in it.
    fn empty(state: &State, page: &mut Page);
}

/// Draws the list below the lines that all views have.
pub(crate) fn render<T: Look>(
    buffer: &mut Buffer,
    body: Rect,
    parts: &Parts,
    state: &State,
    list: &Listing,
    table: &T,
) {
    let columns = usize::from(body.width);
    if list.len() == 0 {
        let mut page = Page::new(columns, state.theme);
        super::nothing::page::<T>(state, list, table, &mut page);
        draw_page(buffer, body, parts.heads, &page);
        return;
    }
    let widths = widths(T::COLUMNS, columns.saturating_sub(MARK.saturating_add(1)));
    if parts.rows > parts.heads {
        draw(buffer, body, parts.heads, &heads::<T>(state, list, &widths, columns));
    }
    let selected = list.selected_row(table);
    let offset = list.offset(table, parts.row_count);
    for nth in 0..parts.row_count {
        let row = offset.saturating_add(nth);
        let Some(item) = list.at_row(row).and_then(|id| table.item(id)) else { break };
        let is_marked = list.at_row(row).is_some_and(|id| list.marks().contains(&id));
        let look = RowLook { is_selected: selected == Some(row), is_marked };
        let line = self::row(state, table, item, look, &widths, columns);
        draw(buffer, body, parts.rows.saturating_add(nth), &line);
    }
    if let (Some(nth), Some(item)) =
        (parts.preview, list.selected(table).and_then(|id| table.item(id)))
    {
        let mut page = Page::new(columns, state.theme);
        table.preview(state, item, &mut page);
        draw_page(buffer, body, nth, &page);
    }
}

/// The line of the columns' heads, with an arrow at the one that orders the list.
fn heads<T: Table>(
    state: &State,
    list: &Listing,
    widths: &[Option<usize>],
    columns: usize,
) -> Line<'static> {
    let theme = &state.theme;
    let order = list.order();
    let mut row = Row::new(columns);
    row.gap(MARK);
    for (at, (column, width)) in T::COLUMNS.iter().zip(widths).enumerate() {
        let Some(width) = *width else { continue };
        if at != order.column {
            row.cell(column.title, width, head_side(column.side), theme.dim()).gap(GAP);
            continue;
        }
        let arrow = if order.descending { "↓" } else { "↑" };
        let text = format!("{}{arrow}", column.title);
        // Where the title fills its column, the arrow stands in the gap behind it.
        let wide = width.saturating_add(1);
        row.cell(&text, wide, head_side(column.side), theme.text()).gap(GAP.saturating_sub(1));
    }
    row.finish()
}

/// Where a head stands: its text is never cut in front.
const fn head_side(side: Side) -> Side {
    match side {
        Side::Right => Side::Right,
        Side::Left | Side::LeftKeepEnd | Side::LeftKeepEnds => Side::Left,
    }
}

#[derive(Clone, Copy)]
struct RowLook {
    is_selected: bool,
    is_marked: bool,
}

fn row<T: Look>(
    state: &State,
    table: &T,
    item: &T::Item,
    look: RowLook,
    widths: &[Option<usize>],
    columns: usize,
) -> Line<'static> {
    let theme = &state.theme;
    let mut row = Row::new(columns);
    let mark = match (look.is_selected, look.is_marked) {
        (true, true) => "▌*",
        (true, false) => "▌",
        (false, true) => " *",
        (false, false) => "",
    };
    row.cell(mark, MARK, Side::Left, theme.accent());
    for (at, (column, width)) in T::COLUMNS.iter().zip(widths).enumerate() {
        let Some(width) = *width else { continue };
        let (text, style) = table.cell(state, item, at, width);
        // What is selected is not dim; what has a colour of its own keeps it.
        let plain = style == theme.dim() || style == theme.text();
        let style = if look.is_selected && plain { theme.selected() } else { style };
        row.cell(&text, width, column.side, style).gap(GAP);
    }
    row.finish()
}

/// Draws as much of a page as there is room for, from a line on.
pub(crate) fn draw_page(buffer: &mut Buffer, body: Rect, from: usize, page: &Page) {
    for (nth, line) in page.lines().iter().enumerate() {
        draw(buffer, body, nth.saturating_add(from), line);
    }
}

//! Where the parts of a screen stand: header, tabs or path, what is special, the view, what is
//! selected, status. On a small terminal parts leave, the least important ones first.

use ratatui::layout::{Rect, Size};

use super::list::PREVIEW_LINES;

/// Lines of a terminal from which on there is a line for what is special.
const STRIP_FROM: u16 = 14;

/// Lines of a terminal from which on what is selected is said in full below the list.
const PREVIEW_FROM: u16 = 17;

/// Lines of the body, from its top.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Parts {
    /// The tabs, or the path to an open page.
    pub(crate) tabs: usize,
    /// What is special: a filter, a failure; `None` if it stands behind the tabs.
    pub(crate) strip: Option<usize>,
    /// The heads of a list; the first line of a page.
    pub(crate) heads: usize,
    /// The first row of a list.
    pub(crate) rows: usize,
    /// How many there are.
    pub(crate) row_count: usize,
    /// The title of what is selected.
    pub(crate) preview: Option<usize>,
    /// How many lines of a page there are.
    pub(crate) page_lines: usize,
}

/// Between header and status line, which a terminal of two lines or one has no room for.
pub(crate) fn body(area: Rect) -> Rect {
    let top = u16::from(area.height > 2);
    let bottom = u16::from(area.height >= 2);
    Rect {
        y: area.y.saturating_add(top),
        height: area.height.saturating_sub(top).saturating_sub(bottom),
        ..area
    }
}

/// A terminal of this size.
pub(crate) const fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

impl Parts {
    /// The parts of a terminal of this size.
    pub(crate) fn of(area: Rect) -> Self {
        let height = usize::from(body(area).height);
        let has_strip = area.height >= STRIP_FROM;
        let strip = has_strip.then_some(1);
        // A terminal of a few lines shows rows and nothing else.
        let heads: usize = match (has_strip, height) {
            (true, _) => 2,
            (false, 0..=2) => 0,
            (false, _) => 1,
        };
        let rows = if height > heads.saturating_add(1) { heads.saturating_add(1) } else { 0 };
        // An empty line above, the section's title, the lines.
        let below = if area.height >= PREVIEW_FROM { PREVIEW_LINES.saturating_add(2) } else { 0 };
        let row_count = height.saturating_sub(rows).saturating_sub(below);
        let preview = (below > 0).then_some(rows.saturating_add(row_count).saturating_add(1));
        let page_lines = height.saturating_sub(heads);
        Self { tabs: 0, strip, heads, rows, row_count, preview, page_lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_within_the_body_and_rows_are_there() {
        for height in 0..60 {
            let area = Rect::new(0, 0, 80, height);
            let (parts, body) = (Parts::of(area), usize::from(body(area).height));
            assert!(parts.rows + parts.row_count <= body, "{height}: {parts:?}");
            assert!(parts.row_count > 0 || body == 0, "{height}: {parts:?}");
            if let Some(preview) = parts.preview {
                assert!(preview + PREVIEW_LINES < body, "{height}: {parts:?}");
            }
        }
    }
}

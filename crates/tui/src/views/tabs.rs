//! The line above a view: which views there are, and which is shown; above a page, the way to it.

use ratatui::style::Modifier;
use ratatui::text::Line;

use crate::app::State;
use crate::format;
use crate::parts::Overlay;
use crate::screen::View;
use crate::text::width;
use crate::views::pages;
use crate::widgets::line::Row;

/// How much each tab says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Detail {
    Counts,
    Names,
    Numbers,
}

/// The tabs. On a narrow terminal only the shown one has a name.
pub(crate) fn line(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let mut row = Row::new(columns.saturating_sub(1));
    for (nth, tab) in fitting(state, columns).into_iter().enumerate() {
        let style = if tab.is_shown {
            theme.accent().add_modifier(Modifier::UNDERLINED)
        } else {
            theme.text()
        };
        row.gap(if nth == 0 { 1 } else { 2 }).add(&tab.number, theme.dim());
        if !tab.name.is_empty() {
            row.gap(1).add(tab.name, style);
        }
        if !tab.count.is_empty() {
            row.gap(1).add(&tab.count, theme.dim());
        }
    }
    row.finish()
}

struct Tab {
    view: View,
    number: String,
    name: &'static str,
    count: String,
    is_shown: bool,
}

impl Tab {
    fn columns(&self) -> usize {
        let parts = [width(&self.number), width(self.name), width(&self.count)];
        let gaps = parts.iter().filter(|part| **part > 0).count().saturating_add(1);
        parts.iter().sum::<usize>().saturating_add(gaps)
    }
}

fn tabs(state: &State, detail: Detail) -> Vec<Tab> {
    let tab = |(view, number): (View, usize)| {
        let is_shown = view == state.view;
        let named = detail != Detail::Numbers || is_shown;
        let count = count(state, view).filter(|count| detail == Detail::Counts && *count > 0);
        Tab {
            view,
            number: number.to_string(),
            name: if named { view.title() } else { "" },
            count: count.map(format::short_count).unwrap_or_default(),
            is_shown,
        }
    };
    View::ALL.into_iter().zip(1..).map(tab).collect()
}

/// The tabs, with as much on each as fits into the line.
fn fitting(state: &State, columns: usize) -> Vec<Tab> {
    let fits = |tabs: &Vec<Tab>| tabs.iter().map(Tab::columns).sum::<usize>() < columns;
    let mut more = [Detail::Counts, Detail::Names].into_iter().map(|detail| tabs(state, detail));
    more.find(fits).unwrap_or_else(|| tabs(state, Detail::Numbers))
}

/// How many things a view has.
fn count(state: &State, view: View) -> Option<u64> {
    use crate::list::Table as _;
    let store = &state.store;
    match view {
        View::Clients => Some(store.clients.end().into()),
        View::Findings => u64::try_from(store.findings.len()).ok(),
        View::Hosts => Some(store.hosts.end().into()),
        View::Log => Some(store.notes.came()),
        View::Requests => Some(store.exchanges.came()),
        View::Sessions => u64::try_from(store.sessions.len()).ok(),
        View::Timeline => None,
    }
}

/// The tab at a column.
pub(crate) fn at(state: &State, columns: usize, column: usize) -> Option<View> {
    let mut left = 0_usize;
    for tab in fitting(state, columns) {
        left = left.saturating_add(tab.columns());
        if column < left {
            return Some(tab.view);
        }
    }
    None
}

/// The way to the open page: `1 Findings › api.shop.test › packet 15`.
pub(crate) fn path(state: &State, columns: usize) -> Line<'static> {
    let theme = &state.theme;
    let mut row = Row::new(columns.saturating_sub(1));
    let number = state.view.place().saturating_add(1).to_string();
    row.gap(1).add(&number, theme.dim()).gap(1).add(state.view.title(), theme.text());
    let mut titles: Vec<String> = Vec::new();
    for page in &state.pages {
        let title = pages::title(state, &page.target);
        // A finding goes by its host, whose page may be the one before.
        let again = titles.last() == Some(&title);
        titles.push(if again { String::from("finding") } else { title });
    }
    if matches!(state.overlay, Some(Overlay::Help { .. })) {
        titles.push(String::from("help"));
    }
    // The last ones matter most.
    let room = row.room();
    let mut taken = 0_usize;
    let fitting = titles.iter().rev().take_while(|title| {
        taken = taken.saturating_add(width(title)).saturating_add(3);
        taken <= room
    });
    let fitting = fitting.count().max(1).min(titles.len());
    let from = titles.len().saturating_sub(fitting);
    if from > 0 {
        row.add(" › …", theme.dim());
    }
    for (nth, title) in titles.iter().enumerate().skip(from) {
        let is_last = nth.saturating_add(1) == titles.len();
        let style = if is_last { theme.accent() } else { theme.text() };
        row.add(" › ", theme.dim()).add(title, style);
    }
    row.finish()
}

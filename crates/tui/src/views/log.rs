//! The log: what is no finding and yet worth knowing.

use std::borrow::Cow;

use super::list::{Cell, Look};
use crate::app::State;
use crate::format;
use crate::store::notes::{Kind, Note, Notes, column};
use crate::views::nothing::counts;
use crate::widgets::page::Page;

impl Look for Notes {
    fn cell<'a>(&'a self, state: &'a State, note: &'a Note, at: usize, width: usize) -> Cell<'a> {
        let theme = &state.theme;
        match at {
            column::TIME => {
                let time = note.at.map(|at| format::clock_millis(at.timestamp)).unwrap_or_default();
                let digits = if width == 9 { 8 } else { width };
                (time.chars().take(digits).collect::<String>().into(), theme.dim())
            }
            column::PACKET => {
                let number = note.at.map(|at| at.number.to_string());
                (number.unwrap_or_default().into(), theme.dim())
            }
            column::KIND => {
                let style = match note.kind {
                    Kind::Failed => theme.error(),
                    Kind::Dropped | Kind::NotObservable => theme.warning(),
                    Kind::Weird => theme.text(),
                    Kind::Done => theme.good(),
                };
                (Cow::Borrowed(note.kind.words()), style)
            }
            column::WHAT => (Cow::Borrowed(&note.what), theme.text()),
            _ => (Cow::Borrowed(&note.detail), theme.dim()),
        }
    }

    fn preview(&self, state: &State, note: &Note, page: &mut Page) {
        let theme = state.theme;
        page.section("Selected", note.kind.words());
        page.excerpt(&note.what, 1, theme.text());
        page.excerpt(&note.detail, 2, theme.dim());
    }

    fn empty(state: &State, page: &mut Page) {
        page.line(&[("Nothing to report", state.theme.strong())]);
        let text = "No anomaly, nothing lost, and nothing that could not be seen.";
        page.paragraph(text, state.theme.text());
        counts(page, state);
    }
}

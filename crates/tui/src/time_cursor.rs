//! The cursor of the timeline: a span of time that the other views can be narrowed to.

use crate::app::State;
use crate::command::Side;
use crate::list::Span;
use crate::motion::Motion;
use crate::parts::TimeCursor;
use crate::views;

impl State {
    /// The parts that are chosen: the first and the last one.
    pub(crate) fn chosen_parts(&self) -> Option<(usize, usize)> {
        let parts = views::time_parts(self);
        let last = parts.len().checked_sub(1)?;
        let first = match self.time.at {
            Some(at) => parts.partition_point(|(span, _)| span.to <= at).min(last),
            None => 0,
        };
        Some((first, first.saturating_add(self.time.more).min(last)))
    }

    /// The span of time that is chosen.
    pub(crate) fn chosen_span(&self) -> Option<Span> {
        let (first, last) = self.chosen_parts()?;
        let parts = views::time_parts(self);
        let (from, to) = (parts.get(first)?.0.from, parts.get(last)?.0.to);
        Some(Span { from, to })
    }

    /// Goes a part earlier or later.
    pub(crate) fn step_time(&mut self, side: Side) {
        self.jump_time(match side {
            Side::Left => Motion::Up,
            Side::Right => Motion::Down,
        });
    }

    /// Goes through the parts as through the rows of a list.
    pub(crate) fn jump_time(&mut self, motion: Motion) {
        let parts = views::time_parts(self);
        let (Some((first, _)), Some(last)) = (self.chosen_parts(), parts.len().checked_sub(1))
        else {
            return;
        };
        let target = motion.from(first, last, 10);
        let at = parts.get(target).map(|(span, _)| span.from);
        self.choose(TimeCursor { at, ..self.time });
    }

    /// Makes the span a part shorter or longer.
    pub(crate) fn stretch_time(&mut self, side: Side) {
        let Some((first, last)) = self.chosen_parts() else { return };
        let now = last.saturating_sub(first);
        let more = match side {
            Side::Left => now.saturating_sub(1),
            Side::Right => now.saturating_add(1),
        };
        self.choose(TimeCursor { more, ..self.time });
    }

    fn choose(&mut self, cursor: TimeCursor) {
        self.time = cursor;
        if self.lists.span().is_some() {
            self.lists.set_span(self.chosen_span());
        }
    }

    /// Shows only what happened then, or all again.
    pub(crate) fn toggle_span(&mut self) {
        let span = match self.lists.span() {
            Some(_) => None,
            None => self.chosen_span(),
        };
        self.lists.set_span(span);
    }
}

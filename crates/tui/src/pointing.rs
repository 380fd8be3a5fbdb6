//! The mouse: a click selects, a click on what is selected opens it, the wheel scrolls.

use crate::app::State;
use crate::console::{Mouse, MouseKind};
use crate::effect::Effect;
use crate::list::Order;
use crate::motion::Motion;
use crate::views::{self, Hit};

/// Lines that one notch of the wheel goes.
const NOTCH: usize = 3;

impl State {
    /// The mouse did something.
    pub fn mouse(&mut self, mouse: Mouse) -> Option<Effect> {
        if !self.mouse || self.context() == crate::Context::Confirm {
            return None;
        }
        self.message = None;
        let effect = match mouse.kind {
            MouseKind::ScrollDown => self.roll(Motion::Down),
            MouseKind::ScrollUp => self.roll(Motion::Up),
            MouseKind::Click => self.click(mouse),
        };
        self.behind = true;
        self.catch_up();
        self.settle();
        effect
    }

    fn roll(&mut self, motion: Motion) -> Option<Effect> {
        (0..NOTCH).for_each(|_| self.step(motion));
        None
    }

    fn click(&mut self, mouse: Mouse) -> Option<Effect> {
        if self.overlay.is_some() {
            return None;
        }
        match views::hit(self, mouse.column, mouse.line)? {
            Hit::Head(column) => {
                let order = self.lists.of(self.view)?.order();
                let descending = order.column == column && !order.descending;
                self.order(Order { column, descending });
                None
            }
            Hit::Link(place) => {
                self.pages.last_mut()?.link = place;
                self.open()
            }
            Hit::Row(row) if self.selected_row() == Some(row) => self.open(),
            Hit::Row(row) => {
                self.lists.of_mut(self.view)?.select(row);
                None
            }
            Hit::Tab(view) => {
                self.show(view);
                None
            }
        }
    }
}

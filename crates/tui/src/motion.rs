//! Steps through a list or a text, the same for all views.

/// A step.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Motion {
    /// One line down.
    Down,
    /// To the last line.
    End,
    /// Half a page down.
    HalfPageDown,
    /// Half a page up.
    HalfPageUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the first line.
    Start,
    /// One line up.
    Up,
}

impl Motion {
    /// Where the step leads from `position`, within `0..=last`, when `page` lines are visible.
    pub fn from(self, position: usize, last: usize, page: usize) -> usize {
        // A page moves one line less than it shows, so that the eye keeps a line to hold on to;
        // but it always moves.
        let page = page.saturating_sub(1).max(1);
        let half = page.div_ceil(2);
        let target = match self {
            Self::Down => position.saturating_add(1),
            Self::End => last,
            Self::HalfPageDown => position.saturating_add(half),
            Self::HalfPageUp => position.saturating_sub(half),
            Self::PageDown => position.saturating_add(page),
            Self::PageUp => position.saturating_sub(page),
            Self::Start => 0,
            Self::Up => position.saturating_sub(1),
        };
        target.min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Motion::*;

    #[test]
    fn steps_stay_in_range_and_move() {
        let cases = [
            (Down, 0, 9, 5, 1),
            (Down, 9, 9, 5, 9),
            (Up, 0, 9, 5, 0),
            (Up, 3, 9, 5, 2),
            (PageDown, 0, 9, 5, 4),
            (PageDown, 7, 9, 5, 9),
            (PageUp, 7, 9, 5, 3),
            (PageUp, 2, 9, 5, 0),
            (HalfPageDown, 0, 9, 5, 2),
            (HalfPageUp, 9, 9, 5, 7),
            (PageDown, 0, 9, 0, 1),
            (HalfPageDown, 0, 9, 0, 1),
            (End, 0, 9, 5, 9),
            (Start, 9, 9, 5, 0),
            (End, 0, 0, 5, 0),
        ];
        for (motion, position, last, page, expected) in cases {
            assert_eq!(motion.from(position, last, page), expected, "{motion:?} from {position}");
        }
    }
}

//! The same exchange before and after somebody in between.

use crate::call::Call;
use crate::detector::Scene;

/// Exchanges that are kept for matching.
#[derive(Default)]
pub(super) struct Legs;

impl Legs {
    pub(super) fn observe(&mut self, _call: &Call<'_>, _scene: &mut Scene<'_>) {}

    pub(super) fn end_of_input(&mut self, _scene: &mut Scene<'_>) {}
}

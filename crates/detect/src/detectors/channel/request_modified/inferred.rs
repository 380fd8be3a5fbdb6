//! What one leg alone makes likely.

use crate::call::Call;
use crate::detector::Sighting;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Inferred;

impl Inferred {
    pub(super) fn sightings(&mut self, _call: &Call<'_>) -> Vec<Sighting> {
        Vec::new()
    }
}

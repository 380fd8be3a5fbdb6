//! Which things of a table have changed since its list was brought up to date.

use crate::list::Id;

/// Ids of what has changed, some perhaps more than once.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Id>);

impl Changes {
    /// This one has changed.
    pub(crate) fn touch(&mut self, id: Id) {
        // A burst of sightings is mostly of the same thing.
        if self.0.last() != Some(&id) {
            self.0.push(id);
        }
    }

    /// All that have changed, each once; none have from here on.
    pub(crate) fn drain(&mut self) -> Vec<Id> {
        self.0.sort_unstable();
        self.0.dedup();
        std::mem::take(&mut self.0)
    }
}

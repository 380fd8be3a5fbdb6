//! A face that says nothing while captures are read: a progress bar, and somebody who is shown every
//! record. What `scan`, `compare`, `learn` and `pins` look like.

use std::ops::ControlFlow;

use dissect::Record;
use engine::{Progress, Subscriber};

use crate::inputs::Place;
use crate::progress::Bar;
use crate::run::Face;

/// The face; `F` is shown every record.
pub(crate) struct Quiet<F> {
    bar: Option<Bar>,
    shown: F,
}

impl<F: FnMut(&Record)> Quiet<F> {
    /// Shows every record to `shown`.
    pub(crate) const fn new(shown: F) -> Self {
        Self { bar: None, shown }
    }
}

impl<F: FnMut(&Record)> Subscriber for Quiet<F> {
    fn records(&mut self, records: &[Record]) {
        records.iter().for_each(&mut self.shown);
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(&Record)> Face for Quiet<F> {
    fn begin(&mut self, place: &Place, _several: bool) {
        self.bar = Some(Bar::new(&place.path.display().to_string()));
    }

    fn end(&mut self) {
        if let Some(mut bar) = self.bar.take() {
            bar.clear();
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

//! What a report says of the input, shared between the reader, who knows it, and the clerk.

use std::sync::{Arc, Mutex, PoisonError};

use dissect::Timestamp;
use engine::{Engine, Progress};
use report::{Input, Summary};

use crate::document;

/// How much was read so far; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examined(Arc<Mutex<State>>);

/// A copy of what is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) inputs: Vec<Input>,
    pub(crate) summary: Summary,
    /// The input was read to its end.
    pub(crate) finished: bool,
}

impl Examined {
    /// An input begins.
    pub(crate) fn begin(&self, name: &str) {
        self.change(|state| {
            state.inputs = vec![Input { path: name.to_owned(), ..Input::default() }];
        });
    }

    /// So far it was read; `first` is the time of the first packet.
    pub(crate) fn progress(&self, progress: &Progress, first: Option<Timestamp>) {
        self.change(|state| {
            state.summary.packets = progress.packets;
            state.summary.sessions = progress.sessions;
            if let Some(input) = state.inputs.first_mut() {
                input.packets = progress.packets;
                (input.first, input.last) = (first, progress.last);
            }
        });
    }

    /// It was read to its end, or to where it is `broken`.
    pub(crate) fn finish(&self, engine: &Engine, broken: &[usize]) {
        self.change(|state| {
            state.inputs = document::inputs(engine, broken);
            state.summary = document::summary(engine, 0);
            state.finished = true;
        });
    }

    /// What is known now.
    pub(super) fn now(&self) -> State {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

//! Runs of the binary over captures, two at a time, each capture's records only once.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ours::Ours;
use crate::shared::Shared;
use crate::support;

/// The shared folder and the records that were read so far.
#[derive(Debug)]
pub(crate) struct Runs {
    /// Where the captures are.
    pub(crate) shared: Shared,
    records: Mutex<HashMap<String, Arc<Result<Ours, String>>>>,
}

impl Runs {
    /// Nothing was run yet.
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared, records: Mutex::default() }
    }

    /// Our records of a capture, or why there are none.
    pub(crate) fn records(&self, capture: &str) -> Arc<Result<Ours, String>> {
        if let Some(known) = self.known(capture) {
            return known;
        }
        let mut command = support::interloper();
        command.args(["records", "--show-secrets"]).arg(self.shared.path(capture));
        if let Some(keys) = self.shared.key_log(capture) {
            command.arg("--keylog").arg(keys);
        }
        let run = support::output(&mut command);
        let ours = if run.orderly() {
            Ours::parse(&run.text())
        } else {
            Err(format!("records: exit {:?}: {}", run.code, run.stderr.trim()))
        };
        let ours = Arc::new(ours);
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(records.entry(capture.to_owned()).or_insert(ours))
    }

    /// Reads the records of all these captures, on all cores.
    pub(crate) fn read<'a>(&self, captures: impl IntoIterator<Item = &'a str>) {
        let mut captures: Vec<&str> = captures.into_iter().collect();
        captures.sort_unstable();
        captures.dedup();
        for_each(&captures, |capture| {
            self.records(capture);
        });
    }

    fn known(&self, capture: &str) -> Option<Arc<Result<Ours, String>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).get(capture).cloned()
    }
}

/// Does something for each item, on as many threads as there are cores, and gathers what it gives
/// in the order of the items.
pub(crate) fn for_each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(index) = Some(next.fetch_add(1, Ordering::Relaxed))
                    && let Some(item) = items.get(index)
                {
                    let result = work(item);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

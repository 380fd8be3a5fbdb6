//! The secrets of a run: those that were given, and those that the input carries.

use std::sync::Arc;

use capture::{Secrets, Source};
use dissect::tls::KeyLog;

/// Grows with what the input carries.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    log: Option<Arc<KeyLog>>,
    /// How many of the input's secrets are in it.
    taken: usize,
}

impl Keys {
    /// Begins with what was given for all inputs.
    pub(crate) const fn new(log: Option<Arc<KeyLog>>) -> Self {
        Self { log, taken: 0 }
    }

    /// Takes in what the input has carried since, and gives out all.
    pub(crate) fn update(&mut self, source: &dyn Source) -> Option<Arc<KeyLog>> {
        let secrets = source.secrets();
        let new = secrets.get(self.taken..).unwrap_or_default();
        self.taken = secrets.len();
        let mut logs = new.iter().filter(|secrets| secrets.kind == Secrets::TLS_KEY_LOG).peekable();
        if logs.peek().is_some() {
            let mut log = self.log.as_deref().cloned().unwrap_or_default();
            for secrets in logs {
                log.read(&secrets.data);
            }
            self.log = Some(Arc::new(log));
        }
        self.log.clone()
    }
}

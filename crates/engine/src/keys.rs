//! The secrets of a run: those that were given, those that come while packets do, and those that
//! the input carries.

use std::fmt;
use std::sync::Arc;

use capture::{Secrets, Source};
use dissect::tls::KeyLog;

/// Key logs that grow while packets come: programs write secrets as they make connections. Asked
/// between blocks, so it must answer at once; on the thread that reads, so it must be `Send`.
pub trait KeyFeed: fmt::Debug + Send {
    /// The lines that were written since the last call, whole ones only.
    fn more(&mut self) -> Vec<u8>;
}

/// All secrets that hold behind a packet; 0 is the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Number of that packet.
    pub(crate) after_packet: u64,
    /// The secrets, earlier ones too.
    pub(crate) log: Arc<KeyLog>,
}

/// Secrets for all inputs.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) log: Option<Arc<KeyLog>>,
    pub(crate) feed: Option<Box<dyn KeyFeed>>,
}

/// Grows with what comes and with what the input carries.
#[derive(Debug)]
pub(crate) struct Keys<'a> {
    log: Option<KeyLog>,
    /// Those for all inputs, and where more of them come from.
    given: &'a mut Given,
    /// How many of the input's secrets are in it.
    taken: usize,
    steps: Vec<Step>,
}

impl<'a> Keys<'a> {
    /// Begins with what was given for all inputs, and with what the input knows of itself before
    /// its first packet.
    pub(crate) fn new(given: &'a mut Given, source: &dyn Source) -> Self {
        let log = given.log.as_deref().cloned();
        let steps = given.log.iter().map(|log| Step { after_packet: 0, log: Arc::clone(log) });
        let steps = steps.collect();
        let mut keys = Self { log, given, taken: 0, steps };
        keys.take(source, |_| 0);
        keys
    }

    /// What is new since the last call, in the order of the packets. A secret counts from where it
    /// lies in the input, not from when it was read: nothing depends on the size of a read. One that
    /// came from outside counts from the first packet that was not yet handed on.
    pub(crate) fn update(&mut self, source: &dyn Source) -> Vec<Step> {
        self.ask();
        self.take(source, |secrets| secrets.after_packet);
        std::mem::take(&mut self.steps)
    }

    fn ask(&mut self) {
        let new = self.given.feed.as_mut().map(|feed| feed.more()).unwrap_or_default();
        if new.is_empty() {
            return;
        }
        let given = self.given.log.get_or_insert_default();
        Arc::make_mut(given).read(&new);
        let log = self.log.get_or_insert_default();
        log.read(&new);
        self.steps.push(Step { after_packet: 0, log: Arc::new(log.clone()) });
    }

    fn take(&mut self, source: &dyn Source, after: impl Fn(&Secrets) -> u64) {
        let secrets = source.secrets();
        let new = secrets.get(self.taken..).unwrap_or_default();
        self.taken = secrets.len();
        for secrets in new.iter().filter(|secrets| secrets.kind == Secrets::TLS_KEY_LOG) {
            let log = self.log.get_or_insert_default();
            log.read(&secrets.data);
            let step = Step { after_packet: after(secrets), log: Arc::new(log.clone()) };
            self.steps.pop_if(|last| last.after_packet == step.after_packet);
            self.steps.push(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use capture::{Block, Error, Fill, Status};

    use super::*;

    struct Carrier(Vec<Secrets>);

    impl Source for Carrier {
        fn fill(&mut self, _block: &mut Block) -> Result<Fill, Error> {
            Ok(Fill::End)
        }

        fn status(&self) -> Status {
            Status::default()
        }

        fn secrets(&self) -> &[Secrets] {
            &self.0
        }
    }

    fn secrets(random: u8, after_packet: u64) -> Secrets {
        let hex = |byte: u8, length| format!("{byte:02x}").repeat(length);
        let line = format!("CLIENT_RANDOM {} {}", hex(random, 32), hex(1, 48));
        Secrets { kind: Secrets::TLS_KEY_LOG, data: line.into_bytes(), after_packet }
    }

    #[derive(Debug)]
    struct Lines(Vec<Vec<u8>>);

    impl KeyFeed for Lines {
        fn more(&mut self) -> Vec<u8> {
            self.0.pop().unwrap_or_default()
        }
    }

    fn steps(keys: &mut Keys<'_>, source: &Carrier) -> Vec<(u64, usize)> {
        let steps = keys.update(source);
        steps.iter().map(|step| (step.after_packet, step.log.len())).collect()
    }

    #[test]
    fn secrets_count_from_where_they_lie() {
        let mut source = Carrier(vec![secrets(1, 9)]);
        let log = Arc::new(KeyLog::parse(&secrets(0, 0).data));
        let mut given = Given { log: Some(Arc::clone(&log)), feed: None };
        let mut keys = Keys::new(&mut given, &source);
        assert_eq!(steps(&mut keys, &source), [(0, 2)], "known before the first packet");
        let other = Secrets { kind: 1, ..secrets(9, 11) };
        source.0.extend([secrets(2, 10), secrets(3, 10), other, secrets(4, 12)]);
        assert_eq!(steps(&mut keys, &source), [(10, 4), (12, 5)]);
        assert_eq!(steps(&mut keys, &source), []);
        assert_eq!(log.len(), 1);
        let mut none = Given::default();
        assert_eq!(steps(&mut Keys::new(&mut none, &Carrier(vec![])), &Carrier(vec![])), []);
    }

    #[test]
    fn secrets_that_come_later_hold_for_the_next_packets_and_inputs() {
        let mut source = Carrier(vec![]);
        let lines = vec![vec![], secrets(2, 0).data, vec![], secrets(1, 0).data];
        let mut given = Given { log: None, feed: Some(Box::new(Lines(lines))) };
        let mut keys = Keys::new(&mut given, &source);
        assert_eq!(steps(&mut keys, &source), [(0, 1)]);
        assert_eq!(steps(&mut keys, &source), []);
        source.0.push(secrets(3, 10));
        assert_eq!(steps(&mut keys, &source), [(0, 2), (10, 3)], "in the order in which they hold");
        let other = Carrier(vec![]);
        assert_eq!(steps(&mut Keys::new(&mut given, &other), &other), [(0, 2)], "not the input's");
    }
}

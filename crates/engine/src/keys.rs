//! The secrets of a run: those that were given, and those that the input carries.

use std::sync::Arc;

use capture::{Secrets, Source};
use dissect::tls::KeyLog;

/// All secrets that hold behind a packet; 0 is the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Number of that packet.
    pub(crate) after_packet: u64,
    /// The secrets, earlier ones too.
    pub(crate) log: Arc<KeyLog>,
}

/// Grows with what the input carries.
#[derive(Debug)]
pub(crate) struct Keys {
    log: Option<KeyLog>,
    /// How many of the input's secrets are in it.
    taken: usize,
    steps: Vec<Step>,
}

impl Keys {
    /// Begins with what was given for all inputs, and with what the input knows of itself before
    /// its first packet.
    pub(crate) fn new(given: Option<&Arc<KeyLog>>, source: &dyn Source) -> Self {
        let log = given.map(|given| (**given).clone());
        let steps = given.map(|given| Step { after_packet: 0, log: Arc::clone(given) });
        let mut keys = Self { log, taken: 0, steps: steps.into_iter().collect() };
        keys.take(source, |_| 0);
        keys
    }

    /// What is new since the last call, in the order of the packets. A secret counts from where it
    /// lies in the input, not from when it was read: nothing depends on the size of a read.
    pub(crate) fn update(&mut self, source: &dyn Source) -> Vec<Step> {
        self.take(source, |secrets| secrets.after_packet);
        std::mem::take(&mut self.steps)
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

    fn steps(keys: &mut Keys, source: &Carrier) -> Vec<(u64, usize)> {
        let steps = keys.update(source);
        steps.iter().map(|step| (step.after_packet, step.log.len())).collect()
    }

    #[test]
    fn secrets_count_from_where_they_lie() {
        let mut source = Carrier(vec![secrets(1, 9)]);
        let given = Arc::new(KeyLog::parse(&secrets(0, 0).data));
        let mut keys = Keys::new(Some(&given), &source);
        assert_eq!(steps(&mut keys, &source), [(0, 2)], "known before the first packet");
        let other = Secrets { kind: 1, ..secrets(9, 11) };
        source.0.extend([secrets(2, 10), secrets(3, 10), other, secrets(4, 12)]);
        assert_eq!(steps(&mut keys, &source), [(10, 4), (12, 5)]);
        assert_eq!(steps(&mut keys, &source), []);
        assert_eq!(given.len(), 1);
        assert_eq!(steps(&mut Keys::new(None, &Carrier(vec![])), &Carrier(vec![])), []);
    }
}

//! From what a detector found in a session to a sighting: the subject and the packet are the same
//! for all of them.

use std::borrow::Cow;
use std::sync::Arc;

use dissect::{PacketRef, Record, Session};

use crate::call::Call;
use crate::detector::Sighting;
use crate::finding::{Confidence, Evidence, Subject};
use crate::rule::Rule;

/// What a detector itself has to say.
pub(super) struct Draft {
    /// See [`Sighting::key`].
    pub(super) key: String,
    /// How sure.
    pub(super) confidence: Confidence,
    /// One sentence.
    pub(super) title: String,
    /// The proof.
    pub(super) evidence: Vec<Evidence>,
    /// What else it could be.
    pub(super) alternatives: Vec<Cow<'static, str>>,
}

impl Draft {
    /// The sighting of this draft in a session's record.
    pub(super) fn raise(
        self,
        rule: &'static Rule,
        record: &Record,
        session: &Arc<Session>,
    ) -> Sighting {
        let mut sighting = self.about(rule, subject(record, session), record.packet);
        sighting.session = Some(Arc::clone(session));
        sighting
    }

    /// One more sighting of what is in the ledger already: nobody reads its texts.
    pub(super) const fn again(key: String, confidence: Confidence) -> Self {
        let title = String::new();
        Self { key, confidence, title, evidence: Vec::new(), alternatives: Vec::new() }
    }

    /// The sighting of this draft in a call.
    pub(super) fn on(self, rule: &'static Rule, call: &Call<'_>) -> Sighting {
        self.about(rule, call.subject(), call.record.packet)
    }

    /// The sighting of this draft where it is about no session.
    pub(super) fn about(
        self,
        rule: &'static Rule,
        subject: Subject,
        packet: PacketRef,
    ) -> Sighting {
        Sighting {
            rule,
            severity: rule.severity,
            key: self.key,
            confidence: self.confidence,
            title: self.title,
            subject,
            evidence: self.evidence,
            alternatives: self.alternatives,
            packet,
            session: None,
            input: None,
            captures: Vec::new(),
        }
    }
}

/// Whom a session's record is about.
pub(super) fn subject(record: &Record, session: &Session) -> Subject {
    let flow = record.flow.as_ref();
    Subject {
        client: flow.map(|flow| flow.client.address),
        server: flow.map(|flow| flow.server),
        host: host(session).map(str::to_owned),
        flow: flow.cloned(),
    }
}

/// The host asked for; an empty name is none.
pub(super) fn host(session: &Session) -> Option<&str> {
    session.host().filter(|host| !host.is_empty())
}

/// Alternatives from literals.
pub(super) fn alternatives(texts: &[&'static str]) -> Vec<Cow<'static, str>> {
    texts.iter().map(|text| Cow::Borrowed(*text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{certificate, certified, chain};

    #[test]
    fn subject_names_host_client_and_server() {
        let record = certified("api.shop.test", chain(vec![certificate("CN=a", "CN=b")]));
        let dissect::Fact::Session(_, session) = &record.fact else { panic!("no session") };
        let subject = subject(&record, session);
        assert_eq!(subject.label(), "api.shop.test");
        assert_eq!(subject.client.unwrap().to_string(), "10.0.0.2");
        assert_eq!(subject.server.unwrap().to_string(), "203.0.113.5:443");
        assert!(subject.flow.is_some());
    }

    #[test]
    fn without_a_host_the_server_is_the_label() {
        let record = certified("", chain(vec![certificate("CN=a", "CN=b")]));
        let dissect::Fact::Session(_, session) = &record.fact else { panic!("no session") };
        assert_eq!(subject(&record, session).label(), "203.0.113.5:443");
    }
}

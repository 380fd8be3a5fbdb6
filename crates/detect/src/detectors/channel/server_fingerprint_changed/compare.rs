//! What of a server's answer is not as the baseline knows it, for a client of this offer.
//!
//! Compared is what the client cannot have caused: with answers to the same offer everything, with
//! answers to other offers only what does not depend on them.

use std::collections::BTreeSet;

use dissect::Session;
use dissect::tls::registry::cipher_suite_name;

use super::certificate;
use crate::baseline::{Answer, Client, Host, protocol_rank};

/// What a change is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// Code and configuration of whoever answers.
    Stack,
    /// The certificates, which are renewed, and differ from edge to edge of a CDN.
    Certificate,
    /// Worth telling only beside something else.
    Support,
}

/// One part that is not as it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    /// Name of the part, for the evidence.
    pub(super) part: &'static str,
    /// What it is, and what it was.
    pub(super) value: String,
    /// What that means, as the end of a sentence.
    pub(super) meaning: String,
}

impl Change {
    pub(super) fn new(
        kind: Kind,
        part: &'static str,
        is: impl std::fmt::Display,
        was: impl std::fmt::Display,
        meaning: impl Into<String>,
    ) -> Self {
        Self { kind, part, value: format!("{is}; known: {was}"), meaning: meaning.into() }
    }
}

/// Extensions of a ServerHello of TLS 1.2 that come and go with one and the same server: stapled
/// status, timestamps, tickets; and those that are looked at by themselves: name, ALPN.
const UNSTEADY: [&str; 5] = ["0", "5", "16", "18", "35"];
/// The fewest bytes of supported_groups in EncryptedExtensions, above a record size and early data.
const GROUPS: u16 = 12;
/// The fewest bytes of an extension that holds an ECH configuration.
const ECH_CONFIG: u16 = 50;
/// Bytes by which tickets of one server differ.
const TICKET_JITTER: u16 = 16;

/// An answer, and all that it is compared with.
pub(super) struct Comparison<'a> {
    pub(super) session: &'a Session,
    pub(super) offer: &'a Client,
    pub(super) answer: &'a Answer,
    /// Known answers of the same version over the same carrier, and the offers they were made to.
    pub(super) known: Vec<(&'a Client, &'a Answer)>,
    /// Those to the same offer.
    pub(super) same: Vec<&'a Answer>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        host: &'a Host,
        session: &'a Session,
        offer: &'a Client,
        answer: &'a Answer,
    ) -> Self {
        let peers = host.clients.iter().filter(|client| client.is_quic() == offer.is_quic());
        let answers = peers.flat_map(|client| client.answers.iter().map(move |one| (client, one)));
        let known: Vec<_> = answers.filter(|(_, one)| one.version == answer.version).collect();
        let same = known.iter().filter(|(client, _)| client.offers_as(offer));
        let same = same.map(|(_, one)| *one).collect();
        Self { session, offer, answer, known, same }
    }

    /// What changed, the stack first. Empty where there is nothing to compare with.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        changes.extend(self.retry());
        changes.extend(self.group());
        changes.extend(self.extensions());
        changes.extend(self.name_acknowledged());
        changes.extend(self.encrypted_extensions());
        changes.extend(self.protocol());
        changes.extend(self.cipher());
        changes.extend(certificate::changes(self));
        changes.extend(self.tickets());
        changes.sort_by_key(|change| change.kind);
        changes
    }

    fn retry(&self) -> Option<Change> {
        let accepted: BTreeSet<&String> = self
            .known
            .iter()
            .filter(|(_, known)| !known.retry)
            .filter_map(|(_, known)| known.group.as_ref())
            .collect();
        let share = self.offer.key_shares.iter().find(|share| accepted.contains(share))?;
        self.answer.retry.then(|| {
            Change::new(
                Kind::Stack,
                "hello-retry-request",
                "asked for another key share",
                format!("took {share}"),
                format!("it refuses the key share {share}, which it used to take"),
            )
        })
    }

    fn group(&self) -> Option<Change> {
        let is = self.answer.group.as_ref().filter(|_| !self.answer.retry)?;
        let was: BTreeSet<_> = self.same.iter().filter_map(|known| known.group.as_ref()).collect();
        (!was.is_empty() && !was.contains(is)).then(|| {
            let was = joined(was);
            let meaning = format!("it takes the key share {is} where it took {was}");
            Change::new(Kind::Stack, "key-share-group", is, was, meaning)
        })
    }

    fn extensions(&self) -> Option<Change> {
        let is = steady(&self.answer.extensions);
        let same: BTreeSet<_> = self.same.iter().map(|known| steady(&known.extensions)).collect();
        let other_set = !same.is_empty() && !same.contains(&is);
        let known: BTreeSet<_> = self.known.iter().map(|(_, known)| &known.extensions).collect();
        if !other_set && !self.is_out_of_order() {
            return None;
        }
        let meaning = String::from(if other_set {
            "its ServerHello has other extensions"
        } else {
            "the extensions of its ServerHello have another order"
        });
        let is = &self.answer.extensions;
        Some(Change::new(Kind::Stack, "server-hello-extensions", is, joined(known), meaning))
    }

    /// Whether two extensions stand in an order in which they never stood. A stack writes them in
    /// an order of its own, whatever the client's was.
    fn is_out_of_order(&self) -> bool {
        let pairs = |extensions: &'a str| {
            let kinds: Vec<&str> = extensions.split('-').collect();
            let pairs = kinds.iter().enumerate().flat_map(|(at, one)| {
                kinds.iter().skip(at.saturating_add(1)).map(move |two| (*one, *two))
            });
            pairs.collect::<BTreeSet<(&str, &str)>>()
        };
        let known: BTreeSet<_> =
            self.known.iter().flat_map(|(_, known)| pairs(&known.extensions)).collect();
        pairs(&self.answer.extensions)
            .iter()
            .any(|(one, two)| known.contains(&(*two, *one)) && !known.contains(&(*one, *two)))
    }

    fn name_acknowledged(&self) -> Option<Change> {
        let is = self.answer.name_acknowledged?;
        let was: BTreeSet<_> =
            self.known.iter().filter_map(|(_, known)| known.name_acknowledged).collect();
        if was.is_empty() || was.contains(&is) {
            return None;
        }
        let text = |value| if value { "acknowledged" } else { "not acknowledged" };
        let meaning = match is {
            true => "it acknowledges the server name, which it never did",
            false => "it does not acknowledge the server name any more",
        };
        Some(Change::new(Kind::Stack, "server-name", text(is), text(!is), meaning))
    }

    fn encrypted_extensions(&self) -> Option<Change> {
        // An ECH server sends its configurations to whoever offers ECH; only the same offer tells.
        let hello = &self.session.client_hello.as_ref()?.value;
        let is = self.answer.other_extensions.filter(|other| *other >= GROUPS)?;
        if hello.offer.encrypted_client_hello && self.same.is_empty() && is >= ECH_CONFIG {
            return None;
        }
        // What is sent about groups depends on the group of the client's key share.
        let alike = self.known.iter().filter(|(_, known)| known.group == self.answer.group);
        let was: BTreeSet<u16> = alike.filter_map(|(_, known)| known.other_extensions).collect();
        (was.iter().any(|other| *other == 0) && was.iter().all(|other| *other < GROUPS)).then(
            || {
                let meaning =
                    format!("its EncryptedExtensions has at least {is} bytes that were not there");
                Change::new(Kind::Stack, "encrypted-extensions", is, joined(was), meaning)
            },
        )
    }

    fn protocol(&self) -> Option<Change> {
        let is = self.answer.protocol.as_ref()?;
        let was = self.protocols();
        // A better one is no interceptor's work: it would have to speak it with the client.
        let least = was.iter().map(|known| protocol_rank(known)).min()?;
        (!was.contains(is) && protocol_rank(is) <= least).then(|| {
            let was = joined(was);
            let meaning = format!("it chooses {is} as application protocol where it chose {was}");
            Change::new(Kind::Stack, "application-protocol", is, was, meaning)
        })
    }

    /// Protocols that were chosen by ALPN from the same offer, or else the same list.
    fn protocols(&self) -> BTreeSet<&String> {
        let same: BTreeSet<_> =
            self.same.iter().filter_map(|known| known.protocol.as_ref()).collect();
        if !same.is_empty() {
            return same;
        }
        let list = self.known.iter().filter(|(client, _)| client.alpn == self.offer.alpn);
        list.filter_map(|(_, known)| known.protocol.as_ref()).collect()
    }

    fn cipher(&self) -> Option<Change> {
        let is = &self.answer.cipher;
        let was: BTreeSet<_> = match self.same.is_empty() {
            false => self.same.iter().map(|known| &known.cipher).collect(),
            true => self.expected_cipher().into_iter().collect(),
        };
        (!was.is_empty() && !was.contains(is)).then(|| {
            let was = joined(was);
            let meaning = format!("it chooses {is} where {was} was to be expected");
            Change::new(Kind::Stack, "cipher-suite", is, was, meaning)
        })
    }

    /// The suite that the host's habit makes it choose from this offer: the client's first, if it
    /// gave different clients different ones, or always the same, if they asked for different ones.
    fn expected_cipher(&self) -> Option<&String> {
        let chosen: BTreeSet<_> = self.known.iter().map(|(_, known)| &known.cipher).collect();
        let asked: BTreeSet<_> =
            self.known.iter().map(|(client, _)| &client.first_cipher).collect();
        let first = &self.offer.first_cipher;
        let follows = self.known.iter().all(|(client, known)| client.first_cipher == known.cipher);
        if follows {
            return chosen.get(first).copied().filter(|_| chosen.len() > 1);
        }
        let only = *chosen.first().filter(|_| chosen.len() == 1 && asked.len() > 1)?;
        let hello = &self.session.client_hello.as_ref()?.value;
        let is_tls13 = self.session.version().is_some_and(|version| version.is_tls13());
        let offered = hello.offer.cipher_suites.iter();
        let offered =
            offered.filter_map(|suite| cipher_suite_name(*suite)).any(|name| name == only);
        (is_tls13 && offered).then_some(only)
    }

    fn tickets(&self) -> Option<Change> {
        let is = &self.answer.tickets;
        let alike = |known: &Vec<u16>| {
            known.len() == is.len()
                && known.iter().zip(is).all(|(one, two)| one.abs_diff(*two) <= TICKET_JITTER)
        };
        let was: BTreeSet<_> = self.same.iter().map(|known| &known.tickets).collect();
        if is.is_empty() || was.is_empty() || was.iter().any(|known| alike(known)) {
            return None;
        }
        let was = joined(was.into_iter().map(|tickets| ticket_text(tickets)));
        let is = ticket_text(is);
        let meaning = format!("session tickets {is} instead of {was}");
        Some(Change::new(Kind::Support, "session-tickets", &is, &was, meaning))
    }
}

/// The extensions that one and the same server always sends to one and the same offer.
fn steady(extensions: &str) -> Vec<&str> {
    extensions.split('-').filter(|kind| !UNSTEADY.contains(kind)).collect()
}

/// `2×250`.
fn ticket_text(lengths: &[u16]) -> String {
    match lengths.first() {
        Some(length) => format!("{}×{length}", lengths.len()),
        None => String::from("none"),
    }
}

/// One or the other.
pub(super) fn joined<T: std::fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(" or ")
}

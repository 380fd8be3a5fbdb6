//! Who is behind an address, as the client asked DNS: a flow that names no host still has one if
//! its client looked the server's address up.
//!
//! The question's name counts, not those of the aliases behind it: it is what the app asked for.
//! Names are kept per client, because one address serves many names; the latest answer wins.

use std::net::IpAddr;

use dissect::{DnsData, DnsMessage, Fact, Record, Timestamp};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// Names kept; beyond it those that expire first go.
const MAX_NAMES: usize = 65_536;

/// Shortest time that a name is believed, in seconds: connections outlive the TTL of their address
/// by far, and apps keep addresses longer than they may.
const SHORTEST_SECS: i64 = 3_600;

/// Longest time, in seconds: a TTL may say 136 years.
const LONGEST_SECS: i64 = 86_400;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Names by client and server address.
#[derive(Debug, Default)]
pub(crate) struct HostNames {
    names: HashMap<(IpAddr, IpAddr), Name>,
}

#[derive(Debug)]
struct Name {
    name: Box<str>,
    expires: Timestamp,
}

impl HostNames {
    /// Takes in a record; only DNS answers tell something.
    pub(crate) fn observe(&mut self, record: &Record) {
        if let (Fact::Dns(message), Some(flow)) = (&record.fact, &record.flow) {
            let asker = if message.from_client { flow.server } else { flow.client };
            self.answer(asker.address, message);
        }
    }

    /// The name that this client asked for when it was given this address, if it is not too old.
    pub(crate) fn name(&self, client: IpAddr, server: IpAddr, now: Timestamp) -> Option<&str> {
        let entry = self.names.get(&(client, server))?;
        (entry.expires >= now).then_some(&*entry.name)
    }

    /// Takes in what one client was answered.
    fn answer(&mut self, client: IpAddr, message: &DnsMessage) {
        let Some(question) = message.questions.first().filter(|_| is_good(message)) else { return };
        let name: &str = &question.name;
        if name.is_empty() {
            return;
        }
        for (address, ttl) in addresses(message, name) {
            let stay = i64::from(ttl).clamp(SHORTEST_SECS, LONGEST_SECS).saturating_mul(SECOND);
            let expires = Timestamp::from_nanos(message.at.timestamp.nanos().saturating_add(stay));
            match self.names.entry((client, address)) {
                // Most answers say again what an earlier one said.
                Entry::Occupied(known) if *known.get().name == *name => {
                    known.into_mut().expires = expires;
                }
                entry => {
                    entry.insert(Name { name: name.into(), expires });
                }
            }
        }
        if self.names.len() > MAX_NAMES {
            self.make_room();
        }
    }

    /// Drops the half that expires first.
    fn make_room(&mut self) {
        let mut ends: Vec<Timestamp> = self.names.values().map(|entry| entry.expires).collect();
        ends.sort_unstable();
        let middle = ends.get(ends.len() / 2).copied().unwrap_or_default();
        self.names.retain(|_, entry| entry.expires > middle);
    }
}

/// An answer that found something.
fn is_good(message: &DnsMessage) -> bool {
    message.is_response && message.rcode == 0
}

/// The addresses that the name leads to, over aliases in whatever order they stand.
fn addresses<'a>(
    message: &'a DnsMessage,
    name: &'a str,
) -> impl Iterator<Item = (IpAddr, u32)> + use<'a> {
    // Beside the name asked for, the aliases that it leads to.
    let mut aliases: Vec<&str> = Vec::new();
    let is_its = move |aliases: &[&str], other: &str| other == name || aliases.contains(&other);
    // As many rounds as there are records reach the end of every chain.
    for _ in &message.answers {
        let known = aliases.len();
        for record in &message.answers {
            if record.kind == CNAME
                && let DnsData::Name(target) = &record.data
                && is_its(&aliases, &record.name)
                && !is_its(&aliases, target)
            {
                aliases.push(target);
            }
        }
        if aliases.len() == known {
            break;
        }
    }
    message.answers.iter().filter_map(move |record| match record.data {
        DnsData::Address(address) if is_its(&aliases, &record.name) => Some((address, record.ttl)),
        _ => None,
    })
}

/// Type of an alias (RFC 1035 section 3.2.2).
const CNAME: u16 = 5;

#[cfg(test)]
mod tests {
    use dissect::{DnsProtocol, DnsQuestion, DnsRecord, PacketRef};

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_795_473_900);

    fn later(secs: i64) -> Timestamp {
        Timestamp::from_secs(START.secs().saturating_add(secs))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// An answer to `name`: `owner address ttl` or `owner =alias ttl` each.
    fn answer(name: &str, records: &[&str]) -> DnsMessage {
        let record = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            let (kind, data) = match words[1].strip_prefix('=') {
                Some(alias) => (CNAME, DnsData::Name(alias.into())),
                None => (1, DnsData::Address(ip(words[1]))),
            };
            DnsRecord { name: words[0].into(), kind, ttl: words[2].parse().unwrap(), data }
        };
        DnsMessage {
            at: PacketRef { number: 1, timestamp: START },
            protocol: DnsProtocol::Dns,
            sender: None,
            id: 1,
            is_response: true,
            from_client: false,
            rcode: 0,
            is_truncated: false,
            questions: vec![DnsQuestion { name: name.into(), kind: 1 }],
            answers: records.iter().map(record).collect(),
        }
    }

    fn names(messages: &[DnsMessage]) -> HostNames {
        let mut names = HostNames::default();
        for message in messages {
            names.answer(ip("10.0.0.2"), message);
        }
        names
    }

    fn name(names: &HostNames, server: &str, now: Timestamp) -> Option<String> {
        names.name(ip("10.0.0.2"), ip(server), now).map(str::to_owned)
    }

    #[test]
    fn the_name_asked_for_not_its_aliases() {
        let records =
            ["b.cdn.test 192.0.2.1 9", "a.cdn.test =b.cdn.test 9", "api.test =a.cdn.test 9"];
        let names = names(&[answer("api.test", &records)]);
        assert_eq!(name(&names, "192.0.2.1", START).as_deref(), Some("api.test"));
        assert_eq!(names.name(ip("10.0.0.3"), ip("192.0.2.1"), START), None);
    }

    #[test]
    fn the_latest_answer_wins() {
        let two =
            [answer("a.test", &["a.test 192.0.2.1 9"]), answer("b.test", &["b.test 192.0.2.1 9"])];
        assert_eq!(name(&names(&two), "192.0.2.1", START).as_deref(), Some("b.test"));
    }

    #[test]
    fn what_is_not_an_answer_to_the_question() {
        let mut refused = answer("a.test", &["a.test 192.0.2.1 9"]);
        refused.rcode = 3;
        let mut question = answer("a.test", &["a.test 192.0.2.1 9"]);
        question.is_response = false;
        let stranger = answer("a.test", &["other.test 192.0.2.1 9"]);
        let looped = answer("a.test", &["a.test =b.test 9", "b.test =a.test 9"]);
        assert_eq!(name(&names(&[refused, question, stranger, looped]), "192.0.2.1", START), None);
    }

    #[test]
    fn names_expire_after_an_hour_at_least_and_a_day_at_most() {
        let names = names(&[
            answer("a.test", &["a.test 192.0.2.1 9"]),
            answer("b.test", &["b.test 192.0.2.2 4294967295"]),
        ]);
        assert!(name(&names, "192.0.2.1", later(SHORTEST_SECS)).is_some());
        assert!(name(&names, "192.0.2.1", later(SHORTEST_SECS + 1)).is_none());
        assert!(name(&names, "192.0.2.2", later(LONGEST_SECS)).is_some());
        assert!(name(&names, "192.0.2.2", later(LONGEST_SECS + 1)).is_none());
    }

    #[test]
    fn names_are_bounded() {
        let mut names = HostNames::default();
        let message = answer("a.test", &["a.test 192.0.2.1 9"]);
        for client in 0..=u32::try_from(MAX_NAMES).unwrap() {
            names.answer(IpAddr::V4(client.into()), &message);
        }
        assert!(names.names.len() <= MAX_NAMES);
    }
}

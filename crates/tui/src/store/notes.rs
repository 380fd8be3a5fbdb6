//! The log: what is no finding and yet worth knowing. Anomalies, what could not be seen and what
//! would help, packets that were lost, what was done.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use detect::NotObservable;
use detect::filter::{Field, Fields};
use dissect::{Flow, PacketRef, Reason, Weird};

use super::changes::Changes;
use crate::list::{Id, Sieve, Table, prefix, time_key};
use crate::store::clients::Clients;
use crate::widgets::columns::Column;
use crate::widgets::handshake::reason;
use crate::widgets::line::Side;

/// Most entries that are kept; the oldest go.
const MAX_NOTES: usize = 50_000;

/// Longest text of an entry, in characters.
const MAX_TEXT: usize = 1000;

/// What an entry is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// Reading broke off, or something that was asked for could not be done.
    Failed,
    /// Packets were lost before they could be read.
    Dropped,
    /// Something could not be seen.
    NotObservable,
    /// A protocol anomaly.
    Weird,
    /// Something that was asked for is done.
    Done,
}

impl Kind {
    /// In a word or two.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::NotObservable => "not observable",
            Self::Weird => "weird",
        }
    }
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// What it is about.
    pub(crate) kind: Kind,
    /// Where it happened; `None` for what is no packet's.
    pub(crate) at: Option<PacketRef>,
    /// What happened.
    pub(crate) what: String,
    /// More of it: values, or what would help.
    pub(crate) detail: String,
    /// On which flow.
    pub(crate) flow: Option<Arc<Flow>>,
}

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    first: Id,
    list: VecDeque<Note>,
    /// Entries that are said anew when they change.
    not_observable: HashMap<(&'static str, Reason), Id>,
    dropped: Option<Id>,
    pub(crate) changes: Changes,
}

impl Notes {
    /// Adds an entry.
    pub(crate) fn put(&mut self, note: Note) -> Id {
        let id = self.end();
        let detail = note.detail.chars().take(MAX_TEXT).collect();
        self.list.push_back(Note { detail, ..note });
        while self.list.len() > MAX_NOTES {
            self.list.pop_front();
            self.first = self.first.saturating_add(1);
        }
        id
    }

    /// An anomaly.
    pub(crate) fn weird(&mut self, weird: &Weird, at: PacketRef, flow: Option<Arc<Flow>>) {
        let (what, detail) = (weird.kind.word().to_owned(), weird.detail.clone());
        let at = Some(at).filter(|at| at.number > 0);
        self.put(Note { kind: Kind::Weird, at, what, detail, flow });
    }

    /// All that could not be seen so far.
    pub(crate) fn not_observable(&mut self, list: &[NotObservable]) {
        for item in list {
            let key = (item.what, item.why);
            let what = not_observable_words(item);
            let detail = item.remedy.map_or_else(String::new, |remedy| format!("→ {remedy}"));
            let known = self.not_observable.get(&key).copied();
            match known.and_then(|id| Some((id, self.item_mut(id)?))) {
                Some((id, note)) => {
                    if note.what != what {
                        note.what = what;
                        self.changes.touch(id);
                    }
                }
                None => {
                    let kind = Kind::NotObservable;
                    let id = self.put(Note { kind, at: None, what, detail, flow: None });
                    self.not_observable.insert(key, id);
                }
            }
        }
    }

    /// So many packets were lost so far.
    pub(crate) fn dropped(&mut self, packets: u64) {
        if packets == 0 {
            return;
        }
        let what = crate::format::counted(packets, "packet");
        let detail = String::from("lost before they could be read → a narrower capture filter");
        match self.dropped.and_then(|id| Some((id, self.item_mut(id)?))) {
            Some((id, note)) => {
                note.what = what;
                self.changes.touch(id);
            }
            None => {
                let kind = Kind::Dropped;
                self.dropped = Some(self.put(Note { kind, at: None, what, detail, flow: None }));
            }
        }
    }

    /// Something was done, or could not be.
    pub(crate) fn outcome(&mut self, kind: Kind, what: &str) {
        let (what, detail) = (what.to_owned(), String::new());
        self.put(Note { kind, at: None, what, detail, flow: None });
    }

    /// How many came.
    pub(crate) fn came(&self) -> u64 {
        u64::from(self.end())
    }

    fn item_mut(&mut self, id: Id) -> Option<&mut Note> {
        self.list.get_mut(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }
}

/// `certificates in 4 sessions: TLS 1.3 encrypts them (tls13-encrypted)`.
pub(crate) fn not_observable_words(item: &NotObservable) -> String {
    let noun = if item.why == Reason::Har { "exchange" } else { "session" };
    let sessions = crate::format::counted(item.sessions, noun);
    format!("{} in {sessions}: {}", item.what, reason(item.why))
}

/// Places of the columns.
pub(crate) mod column {
    pub(crate) const TIME: usize = 0;
    pub(crate) const PACKET: usize = 1;
    pub(crate) const KIND: usize = 2;
    pub(crate) const WHAT: usize = 3;
    pub(crate) const DETAIL: usize = 4;
}

impl Table for Notes {
    type Item = Note;

    #[rustfmt::skip]
    const COLUMNS: &'static [Column] = &[
        Column { title: "UTC", least: 8, enough: 12, most: 12, rank: 2, side: Side::Left },
        Column { title: "packet", least: 7, enough: 7, most: 10, rank: 3, side: Side::Right },
        Column { title: "kind", least: 14, enough: 14, most: 14, rank: 1, side: Side::Left },
        Column { title: "what", least: 20, enough: 20, most: 44, rank: 0, side: Side::Left },
        Column { title: "detail", least: 20, enough: 44, most: 120, rank: 4, side: Side::Left },
    ];

    fn first(&self) -> Id {
        self.first
    }

    fn end(&self) -> Id {
        self.first.saturating_add(Id::try_from(self.list.len()).unwrap_or(Id::MAX))
    }

    fn item(&self, id: Id) -> Option<&Note> {
        self.list.get(usize::try_from(id.checked_sub(self.first)?).ok()?)
    }

    fn key(&self, note: &Note, column: usize) -> u64 {
        match column {
            column::TIME => note.at.map_or(0, |at| time_key(at.timestamp.nanos())),
            column::PACKET => note.at.map_or(0, |at| at.number),
            column::WHAT => prefix(&note.what),
            column::DETAIL => prefix(&note.detail),
            // What could not be seen goes before what was odd.
            _ => note.kind as u64,
        }
    }

    fn has_ties(&self, column: usize) -> bool {
        matches!(column, column::WHAT | column::KIND)
    }

    fn tie(&self, one: &Note, other: &Note, column: usize) -> Ordering {
        match column {
            column::WHAT | column::KIND => one.what.cmp(&other.what),
            _ => Ordering::Equal,
        }
    }

    fn passes(&self, note: &Note, sieve: &Sieve, _: &Clients) -> bool {
        let is_problem = note.kind != Kind::Done;
        let in_time = note.at.is_none_or(|at| sieve.lets(at.timestamp, at.timestamp, is_problem));
        in_time && sieve.filter.matches(note)
    }
}

impl Fields for Note {
    fn texts(&self, field: Field, see: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::Type => see(self.kind.words()),
            _ => false,
        }
    }

    fn numbers(&self, field: Field, see: &mut dyn FnMut(u64) -> bool) -> bool {
        let ports = self.flow.as_ref().map(|flow| [flow.server.port, flow.client.port]);
        field == Field::Port && ports.is_some_and(|ports| ports.iter().any(|it| see((*it).into())))
    }

    fn other_texts(&self, see: &mut dyn FnMut(&str) -> bool) -> bool {
        see(&self.what) || see(&self.detail)
    }

    fn addresses(&self, see: &mut dyn FnMut(IpAddr) -> bool) -> bool {
        let ends = self.flow.as_ref().map(|flow| [flow.client.address, flow.server.address]);
        ends.is_some_and(|ends| ends.into_iter().any(see))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_anew_is_one_entry() {
        let mut notes = Notes::default();
        let item = |sessions| NotObservable {
            what: "certificates",
            why: Reason::Gap,
            sessions,
            remedy: Some("capture closer"),
        };
        notes.not_observable(&[item(1)]);
        notes.dropped(0);
        notes.dropped(3);
        notes.not_observable(&[item(2)]);
        notes.dropped(4);
        assert_eq!(notes.came(), 2);
        let texts: Vec<&str> = (0..2).map(|id| notes.item(id).unwrap().what.as_str()).collect();
        assert!(texts[0].starts_with("certificates in 2 sessions"), "{texts:?}");
        assert_eq!(texts[1], "4 packets");
        assert_eq!(notes.changes.drain(), [0, 1]);
    }

    #[test]
    fn the_oldest_go() {
        let mut notes = Notes::default();
        (0..=MAX_NOTES).for_each(|_| notes.outcome(Kind::Done, "x"));
        assert_eq!(
            (notes.first(), notes.item(0).is_some(), notes.item(1).is_some()),
            (1, false, true)
        );
    }
}

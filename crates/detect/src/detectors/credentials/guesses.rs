//! A tally of logins: how many users, or passwords, were tried and refused. Sets of digests up to a
//! limit, numbers beyond.

use dissect::{PacketRef, PacketSpan, Timestamp};

use crate::call::Call;
use crate::call::login::{Login, LoginKind, LoginResult};
use crate::finding::{Evidence, Subject};
use crate::when::stretch;

/// Users or passwords that are told apart; what comes after is taken for another each time.
const MAX_TRIED: usize = 256;
/// Of what else they differ in.
const MAX_OTHERS: usize = 64;
/// Accepted logins that evidence names.
const MAX_HITS: usize = 8;
/// Nanoseconds for which a finding waits, so that its evidence has more of the attack than its
/// first logins, and so that users who were only mistaken can still get in.
const HELD: i64 = 60_000_000_000;

/// Logins that have something in common.
#[derive(Debug)]
pub(super) struct Tally {
    /// What was tried, and whether it got in.
    tried: Vec<(u64, bool)>,
    more_refused: u32,
    more_accepted: u32,
    /// What else differs: of logins of many users the passwords, of those of one the sources.
    others: Vec<u64>,
    /// Addresses and fingerprints that they came from.
    sources: Vec<u64>,
    attempts: u32,
    accepted: u32,
    first: Option<(PacketSpan, Timestamp)>,
    last: (PacketSpan, Timestamp),
    /// Packets of logins that got in.
    hits: Vec<(PacketSpan, u64)>,
    /// What waits to be said.
    pub(super) waiting: Option<Box<Waiting>>,
    /// Whether it was said.
    pub(super) raised: bool,
}

/// A finding that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) due: Timestamp,
    pub(super) subject: Subject,
    pub(super) packet: PacketRef,
    pub(super) evidence: Vec<Evidence>,
}

impl Waiting {
    /// What this call is about; it stands for the others in the evidence.
    pub(super) fn on(call: &Call<'_>, login: &Login) -> Box<Self> {
        let mut evidence = vec![call.request_line()];
        if login.kind == LoginKind::Basic {
            evidence.push(call.asked("header", "Authorization: Basic …"));
        } else {
            let fields = [&login.user_field, &login.password_field]
                .map(|field| crate::call::quote::shortened(field));
            evidence.push(call.asked("fields", fields.join(", ")));
        }
        evidence.extend(call.status());
        let identity = call.identity();
        evidence.extend(identity.ja4.as_ref().map(|ja4| call.asked("ja4", ja4.clone())));
        evidence.extend(identity.http2.as_ref().map(|http2| call.asked("http2", http2.clone())));
        let agent = call.header("user-agent");
        evidence
            .extend(agent.map(|it| call.asked("user-agent", crate::call::quote::shortened(it))));
        let due = Timestamp::from_nanos(call.answered_at().nanos().saturating_add(HELD));
        Box::new(Self { due, subject: call.subject(), packet: call.record.packet, evidence })
    }
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            tried: Vec::new(),
            more_refused: 0,
            more_accepted: 0,
            others: Vec::new(),
            sources: Vec::new(),
            attempts: 0,
            accepted: 0,
            first: None,
            last: (PacketSpan::default(), Timestamp::from_nanos(0)),
            hits: Vec::new(),
            waiting: None,
            raised: false,
        }
    }

    /// Starts again if the first login is that many seconds ago.
    pub(super) fn expire(&mut self, now: Timestamp, seconds: i64) {
        let Some((_, first)) = self.first else { return };
        if self.waiting.is_none() && now.since(first) > seconds.saturating_mul(1_000_000_000) {
            *self = Self { raised: self.raised, ..Self::new() };
        }
    }

    /// Takes in a login by what it tried. Says whether that was new.
    pub(super) fn add(&mut self, call: &Call<'_>, login: &Login, tried: u64, other: u64) -> bool {
        let is_accepted = match login.result {
            LoginResult::Accepted => true,
            LoginResult::Refused => false,
            LoginResult::Unknown => return false,
        };
        let has_room = self.tried.len() < MAX_TRIED;
        let known = self.tried.iter_mut().find(|(known, _)| *known == tried);
        let is_new = known.is_none();
        match known {
            // Every request with Basic authentication shows it again.
            Some((_, true)) if is_accepted && login.kind == LoginKind::Basic => return false,
            Some((_, accepted)) => *accepted |= is_accepted,
            None if has_room => self.tried.push((tried, is_accepted)),
            None if is_accepted => self.more_accepted = self.more_accepted.saturating_add(1),
            None => self.more_refused = self.more_refused.saturating_add(1),
        }
        remember(&mut self.others, other);
        remember(&mut self.sources, call.source_key().short());
        self.attempts = self.attempts.saturating_add(1);
        let packets = PacketSpan {
            first: call.request().packets.first,
            last: call.response().map_or(call.request().packets, |said| said.packets).last,
        };
        if is_accepted {
            self.accepted = self.accepted.saturating_add(1);
            if self.hits.len() < MAX_HITS {
                self.hits.push((packets, login.user.short()));
            }
        }
        self.first.get_or_insert((packets, call.asked_at()));
        self.last = (packets, call.asked_at());
        is_new
    }

    /// How many of what was tried never got in.
    pub(super) fn refused(&self) -> usize {
        let refused = self.tried.iter().filter(|(_, accepted)| !accepted).count();
        refused.saturating_add(usize::try_from(self.more_refused).unwrap_or(usize::MAX))
    }

    /// How many of what was tried did.
    pub(super) fn taken(&self) -> usize {
        let taken = self.tried.iter().filter(|(_, accepted)| *accepted).count();
        taken.saturating_add(usize::try_from(self.more_accepted).unwrap_or(usize::MAX))
    }

    /// Different users or passwords.
    pub(super) fn tried(&self) -> usize {
        self.refused().saturating_add(self.taken())
    }

    /// Logins.
    pub(super) fn attempts(&self) -> usize {
        usize::try_from(self.attempts).unwrap_or(usize::MAX)
    }

    /// Of what else they differ in, as far as it was counted.
    pub(super) fn others(&self) -> usize {
        self.others.len()
    }

    /// Sources, as far as they were counted.
    pub(super) fn sources(&self) -> usize {
        self.sources.len()
    }

    /// Nanoseconds from the first login to the last.
    pub(super) fn duration(&self) -> i64 {
        self.first.map_or(0, |(_, first)| self.last.1.since(first))
    }

    /// What the whole of it proves.
    pub(super) fn evidence(&self, of: &str) -> Vec<Evidence> {
        let first = self.first.map(|(packets, _)| packets).unwrap_or_default();
        let packets = PacketSpan { first: first.first, last: self.last.0.last };
        let refused = self.attempts.saturating_sub(self.accepted);
        let quote = crate::call::quote::quote;
        let mut evidence = vec![
            quote(
                packets,
                "logins",
                format!(
                    "{} logins with {} {of}: {refused} refused, {} accepted",
                    self.attempts,
                    self.tried(),
                    self.accepted
                ),
            ),
            quote(packets, "pace", self.pace()),
            quote(first, "first-login", String::from("the first of them")),
            quote(self.last.0, "last-login", String::from("the last of them")),
        ];
        evidence.extend(self.hits.iter().map(|(packets, user)| {
            quote(*packets, "accepted", format!("user {:06x} got in", user >> 40))
        }));
        if self.sources() > 1 {
            let more = if self.sources() >= MAX_OTHERS { " or more" } else { "" };
            let told = format!("{}{more} addresses and fingerprints", self.sources());
            evidence.push(quote(packets, "sources", told));
        }
        evidence
    }

    fn pace(&self) -> String {
        let seconds = self.duration().checked_div(1_000_000_000).unwrap_or(0);
        match seconds {
            0 => String::from("all of them within a second"),
            _ => {
                let pauses = i64::from(self.attempts).saturating_sub(1).max(1);
                let millis = self.duration().checked_div(1_000_000).unwrap_or(0);
                let each = millis.checked_div(pauses).unwrap_or(0);
                format!("within {}, {each} ms from one to the next", stretch(seconds))
            }
        }
    }
}

fn remember(set: &mut Vec<u64>, value: u64) {
    if set.len() < MAX_OTHERS && !set.contains(&value) {
        set.push(value);
    }
}

//! What is counted of logins: distinct users or passwords up to a limit, and their results.

use dissect::PacketSpan;

use crate::call::Call;
use crate::call::login::{Login, LoginResult};
use crate::call::quote::quote;
use crate::digest::Digest;
use crate::finding::Evidence;

/// Distinct values that are told apart: more change nothing.
const MAX_VALUES: usize = 64;

/// A set of at most [`MAX_VALUES`] digests.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<u64>);

impl Values {
    /// Adds a value; whether it was new.
    pub(super) fn add(&mut self, value: u64) -> bool {
        match self.0.binary_search(&value) {
            Err(at) if self.0.len() < MAX_VALUES => {
                self.0.insert(at, value);
                true
            }
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Attempts to log in.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Users that were refused.
    pub(super) users: Values,
    /// Passwords that were refused.
    pub(super) passwords: Values,
    /// Addresses that tried.
    pub(super) addresses: Values,
    pub(super) refused: u32,
    pub(super) accepted: u32,
    first: Option<PacketSpan>,
    /// The first login that was accepted.
    pub(super) opened: Option<PacketSpan>,
}

impl Attempts {
    /// Counts an attempt.
    pub(super) fn add(&mut self, call: &Call<'_>, login: &Login) {
        let packets = call.request().packets;
        self.first.get_or_insert(packets);
        let address = call.source().client.map(|client| client.to_string()).unwrap_or_default();
        self.addresses.add(Digest::text(&address).short());
        match login.result {
            LoginResult::Accepted => {
                self.accepted = self.accepted.saturating_add(1);
                self.opened.get_or_insert(packets);
            }
            LoginResult::Refused => {
                self.refused = self.refused.saturating_add(1);
                self.users.add(login.user.short());
                self.passwords.add(login.password.short());
            }
            LoginResult::Unknown => {}
        }
    }

    /// Whether at least two of three were refused: people who share an address or an app mistype, but
    /// most of them get in.
    pub(super) const fn is_mostly_refused(&self) -> bool {
        self.refused >= self.accepted.saturating_mul(2)
    }

    /// The evidence that all rules of logins give: this attempt, the first one, the numbers.
    pub(super) fn evidence(&self, call: &Call<'_>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        if let Some(first) = self.first {
            evidence.push(quote(first, "first-attempt", "login"));
        }
        evidence.push(call.request_line());
        evidence.extend(call.status());
        let (refused, accepted) = (self.refused, self.accepted);
        evidence
            .push(call.asked("attempts", format!("{refused} refused, {accepted} accepted so far")));
        evidence
    }
}

/// A number of things that are told apart up to a limit.
pub(super) fn number(values: &Values) -> String {
    match values.len() {
        MAX_VALUES => format!("{MAX_VALUES} or more"),
        number => number.to_string(),
    }
}

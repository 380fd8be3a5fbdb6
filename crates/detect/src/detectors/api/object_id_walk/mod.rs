//! `api/object-id-walk`: somebody asks for one object after the other that nobody gave him: broken
//! authorization of objects is found by trying ids.
//!
//! ```text
//! mod.rs       who asked for what, and what was given to whom
//! given.rs     the ids that somebody was given
//! asked.rs     those that he asked for all the same
//! verdict.rs   when that is a walk, and its evidence
//! ```

mod asked;
mod given;
mod verdict;

#[cfg(test)]
mod tests;

use dissect::Record;

use crate::call::Call;
use crate::call::ids::{ObjectId, id_key};
use crate::call::kinds::Whose;
use crate::call::outcome::Outcome;
use crate::call::viewer::{Viewer, name_key, source_key};
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::digest::Key;
use crate::rule::{Need, Rule, Severity, Surface};
use crate::table::Table;
use asked::{Answer, Asked, First, Id};
use given::{Batch, Ids};

pub(crate) static RULE: Rule = Rule {
    id: "api/object-id-walk",
    title: "Somebody asks for one object after the other that was never given to him",
    severity: Severity::High,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &["OWASP API1:2023", "CWE-639", "CWE-204", "MASVS-AUTH-1", "ATT&CK T1213"],
    explanation: "One user of the API asked for many objects whose ids no answer had given to him: \
        numbers in a row, or ids that he guessed. An app gets ids from lists and from what it \
        creates, and asks for those. Whoever counts through ids is looking for objects of others \
        that the server hands out without checking whose they are (broken object level \
        authorization, BOLA). Where the answers name owners, or hold data of several persons, he \
        has found them.",
    evidence: "The first and the last of the requests, with ids that are numbers or random; how \
        many different ids were asked for at this place without having been given, and their \
        range; how many were served and how many refused; how many different owners the answers \
        name; and in how much time. Names of users are not quoted.",
    false_positives: "Staff and programs that may see everything: name their tokens in the policy \
        (staff). Objects that anybody may ask for (public-ids in the policy). Load tests and \
        crawlers of one's own. Ids that were given where nobody could read it: before the capture \
        began, in push messages, in WebSockets or in another encoding. A handful of such ids is \
        nothing; many in a row are.",
    fix: "Check for every object that the one who asks may see it, in one place on the server and \
        not in each handler. Take the owner from the session, never from the request. Use random \
        ids (UUIDs) in addition, not instead. Limit how many refused or unknown objects one user \
        may ask for, and look at what was served to this one.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(ObjectIdWalk::default()),
};

/// Most viewers that are remembered.
const MAX_VIEWERS: usize = 1 << 20;
/// Seconds that a viewer is remembered after his last call: slow walks take hours.
const LIFETIME: i64 = 24 * 3_600;
/// Most ids of all viewers together (64 MiB).
const MAX_IDS: usize = 1 << 23;
/// Most places at which one viewer is watched.
const MAX_PLACES: usize = 8;

struct ObjectIdWalk {
    viewers: Table<u64, Who>,
    /// Ids that are remembered, at most: those of forgotten viewers are counted until it matters.
    ids: usize,
}

/// What is remembered of a viewer.
#[derive(Debug, Default)]
struct Who {
    given: Ids,
    asked: Vec<Asked>,
}

impl Default for ObjectIdWalk {
    fn default() -> Self {
        Self { viewers: Table::new(MAX_VIEWERS, LIFETIME), ids: 0 }
    }
}

impl Detector for ObjectIdWalk {
    fn observe(&mut self, _: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        if matches!(call.request().method.as_str(), "OPTIONS" | "CONNECT" | "TRACE") {
            return;
        }
        let viewer = call.viewer();
        if !viewer.is_staff {
            for id in call.ids() {
                let sighting = self.asked(call, viewer, id, scene.input);
                scene.sightings.extend(sighting);
            }
        }
        self.take_given(call, viewer);
    }
}

impl ObjectIdWalk {
    /// Remembers what the answer gives. What one client is given without saying who he is may be
    /// used with any credential, and an app with renewed credentials still has its lists.
    fn take_given(&mut self, call: &Call<'_>, viewer: &Viewer) {
        if !matches!(call.outcome(), Outcome::Accepted | Outcome::Redirected) {
            return;
        }
        let source = (!viewer.is_named).then(|| source_key(call));
        let keys = [Some(viewer.key), source.filter(|source| *source != viewer.key)];
        let now = call.answered_at();
        let is_done =
            |key: &u64| self.viewers.peek(key, now).is_some_and(|who| who.given.is_done());
        if keys.iter().flatten().all(is_done) {
            // Nothing more is remembered of them, only that they were here.
            for key in keys.iter().flatten() {
                self.viewers.find(key, now);
            }
            return;
        }
        let given = call.given();
        let objects = given.objects().map(|object| id_key(object.value));
        let made = if is_made(call) { call.ids() } else { &[] };
        let made = made.iter().map(|id| id_key(&id.value));
        let ids = Batch::of(objects.chain(given.words.iter().copied()).chain(made));
        if ids.is_empty() && !given.unread {
            return;
        }
        for key in keys.into_iter().flatten() {
            self.remember(key, &ids, given.unread, call);
        }
    }

    fn remember(&mut self, key: u64, ids: &Batch, unread: bool, call: &Call<'_>) {
        if self.ids >= MAX_IDS {
            self.ids = self.viewers.values().map(|who| who.given.len()).sum();
        }
        let is_full = self.ids >= MAX_IDS;
        let who = self.viewers.entry(key, call.answered_at(), Who::default);
        who.given.is_partial |= unread || is_full;
        if !is_full {
            self.ids = self.ids.saturating_add(who.given.add(ids));
        }
    }

    /// An id that was asked for.
    fn asked(
        &mut self,
        call: &Call<'_>,
        viewer: &Viewer,
        id: &ObjectId,
        input: usize,
    ) -> Option<crate::detector::Sighting> {
        if id.whose == Whose::Anybody || is_made(call) || is_time(&id.value, call) {
            return None;
        }
        let now = call.asked_at();
        let key = id_key(&id.value);
        let source = self.viewers.find(&source_key(call), now).map(|who| &who.given);
        let (by_source, is_partial) =
            source.map_or((false, false), |given| (given.contains(key), given.is_partial));
        let is_own_name = viewer.is_called(&id.value);
        let slot = Key::of(&(call.host().unwrap_or_default(), id.slot.as_str())).short();
        let who = match self.viewers.find(&viewer.key, now) {
            Some(_) => self.viewers.find(&viewer.key, now)?,
            None if by_source || is_own_name => return None,
            None => self.viewers.entry(viewer.key, now, Who::default),
        };
        let was_given = by_source || is_own_name || who.given.contains(key);
        let is_partial = is_partial || who.given.is_partial;
        let at = who.asked.iter().position(|asked| asked.slot == slot);
        if was_given {
            if let Some(asked) = at.and_then(|at| who.asked.get_mut(at)) {
                asked.known = asked.known.saturating_add(1);
            }
            return None;
        }
        let at = at.unwrap_or_else(|| {
            if who.asked.len() >= MAX_PLACES {
                who.asked.remove(0);
            }
            let span = call.request().packets;
            let first = First { input, packets: span, at: now, id: id.value.clone() };
            who.asked.reserve_exact(1);
            who.asked.push(Asked::new(slot, first));
            who.asked.len().saturating_sub(1)
        });
        let asked = who.asked.get_mut(at)?;
        let is_new = asked.add(Id::of(&id.value), &answer(call, viewer, id));
        is_new.then(|| verdict::of(asked, call, viewer, id, is_partial, input)).flatten()
    }
}

/// What the answer says of the object that was asked for.
fn answer(call: &Call<'_>, viewer: &Viewer, id: &ObjectId) -> Answer {
    let status = call.response().map_or(0, |response| response.status);
    let says_no = call.said().no;
    let served = call.outcome() == Outcome::Accepted && !says_no;
    if !served {
        let refused = says_no || matches!(status, 403 | 404 | 410);
        return Answer { refused, ..Answer::default() };
    }
    let given = call.given();
    // An object that is called as its owner is says nothing.
    let owner = given.owner_of(&id.value).filter(|owner| owner.value != id.value);
    let owner = owner.map(|owner| name_key(owner.value));
    Answer {
        served,
        refused: false,
        owner: owner.map(|owner| (owner, viewer.names.contains(&owner))),
        person: given.person.as_deref().map(name_key),
    }
}

/// Whether the client made the object up itself.
fn is_made(call: &Call<'_>) -> bool {
    call.response().is_some_and(|response| response.status == 201)
}

/// A point in time near the call's, in seconds, milliseconds or microseconds.
fn is_time(id: &str, call: &Call<'_>) -> bool {
    const YEARS: u64 = 3 * 366 * 86_400;
    let Ok(number) = id.parse::<u64>() else { return false };
    let now = u64::try_from(call.asked_at().secs()).unwrap_or_default();
    [1, 1_000, 1_000_000]
        .into_iter()
        .any(|unit| number.checked_div(unit).is_some_and(|secs| secs.abs_diff(now) < YEARS))
}

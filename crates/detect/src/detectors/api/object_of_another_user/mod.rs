//! `api/object-of-another-user`: an object was handed to somebody although it is another's.
//!
//! ```text
//! mod.rs      what the rule says, and what a call changes
//! memory.rs   who was given what, and how objects of a kind are shared out
//! judge.rs    when a call is served what is another's
//! people.rs   what users are called, as far as answers tell
//! ```

mod judge;
mod memory;
mod people;

#[cfg(test)]
mod tests;

use dissect::Record;

use crate::call::outcome::Outcome;
use crate::detector::{Detector, Kinds, Registration, Scene};
use crate::rule::{Need, Rule, Severity, Surface};
use memory::Memory;
use people::People;

pub(crate) static RULE: Rule = Rule {
    id: "api/object-of-another-user",
    title: "Somebody was served an object that belongs to another user",
    severity: Severity::Critical,
    surface: Surface::Api,
    needs: &[Need::Exchanges],
    references: &["OWASP API1:2023", "CWE-639", "CWE-285", "MASVS-AUTH-1", "ATT&CK T1213"],
    explanation: "The server handed out an object to a user whose it is not: the answer names \
        another owner, although objects of this kind otherwise name the one who asks; or the \
        object had been returned to one other user only, and users are never returned each \
        other's objects of this kind. The server checked who asks, and not whose the object is \
        (broken object level authorization, BOLA). Whoever knows or guesses ids reads, and maybe \
        changes, what belongs to everybody else.",
    evidence: "The request, the id, and the status of the answer; the field that names the owner, \
        with a digest in place of his name; the packet in which the object had been returned to \
        the other user; and what shows that objects of this kind are kept apart.",
    false_positives: "Objects that users share with each other: by a link, in a family or a team. \
        Staff whose tokens do not say so: name them in the policy (staff). Kinds of objects that \
        anybody may see (public-ids in the policy). A guest's objects that were taken over at \
        the login.",
    fix: "Check for every object that the one who asks may see it, in one place on the server: \
        query for id and owner together, with the owner from the session. Answer 404 for \
        everything else. Test each route with two users. Find out what else this user was served.",
};

pub(crate) const REGISTRATION: Registration = Registration {
    rule: &RULE,
    watches: Kinds::EXCHANGE,
    build: || Box::new(ObjectOfAnotherUser::default()),
};

#[derive(Default)]
struct ObjectOfAnotherUser {
    memory: Memory,
    people: People,
}

impl Detector for ObjectOfAnotherUser {
    fn observe(&mut self, _: &Record, scene: &mut Scene<'_>) {
        let Some(call) = scene.call else { return };
        if call.outcome() != Outcome::Accepted || call.response().is_none() {
            return;
        }
        self.people.learn_from_login(call);
        let mut viewer = call.viewer().clone();
        // What staff and guests see says nothing of whose it is.
        if viewer.is_staff || viewer.is_guest {
            return;
        }
        if !viewer.is_known {
            self.memory.give_to_anybody(call);
            return;
        }
        self.people.learn(call, &mut viewer);
        let sighting = judge::of(&mut self.memory, &mut self.people, call, &viewer, scene.input);
        let is_anothers = sighting.is_some();
        scene.sightings.extend(sighting);
        if !is_anothers {
            self.memory.give(call, &viewer, scene.input);
        }
    }
}

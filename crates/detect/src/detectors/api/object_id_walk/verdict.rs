//! When asking for what was not given is a walk.
//!
//! A number of unknown ids is no proof: apps have lists from before the capture. What tells is how
//! the ids follow each other, together with whose the objects are: the answers name several owners
//! or hold data of several persons, the server refuses, or objects of this kind are a person's.

use super::RULE;
use super::asked::Asked;
use crate::call::Call;
use crate::call::ids::{IdPlace, ObjectId, quoted};
use crate::call::kinds::Whose;
use crate::call::quote::{quote, shortened};
use crate::call::viewer::Viewer;
use crate::detector::Sighting;
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::Confidence;
use crate::when;

/// Fewest different ids: a screen of an app that was just restored may refresh a handful.
const MIN_IDS: usize = 10;
/// Fewest where neither answers nor kind say whose the objects are, and only the ids do.
const MIN_SILENT: usize = 20;
/// Owners or persons in the answers that are more than one's own.
const MIN_OWNERS: usize = 2;
/// The same where the ids are not in a row: people see some objects of friends.
const MIN_OWNERS_APART: usize = 4;

/// Why it is a walk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Why {
    /// The answers are about several persons.
    SeveralOwners,
    /// The server refused most of it.
    Refused,
    /// Objects of this kind are a person's.
    Kind,
    /// The same viewer asks for ids of this kind that he was given, too.
    OthersWereGiven,
}

/// The sighting, if it is a walk by now.
pub(super) fn of(
    asked: &Asked,
    call: &Call<'_>,
    viewer: &Viewer,
    id: &ObjectId,
    is_partial: bool,
    input: usize,
) -> Option<Sighting> {
    let why = why(asked, call, viewer, id, is_partial)?;
    let confidence = match why {
        Why::SeveralOwners | Why::Refused => Confidence::Likely,
        Why::Kind | Why::OthersWereGiven => Confidence::Possible,
    };
    let (count, host, slot) = (asked.ids(), call.label(), shortened(&id.slot));
    let title = format!(
        "{} asked {host} for {count} objects at {slot} that were never given to it; {} were served",
        call.viewer_label(),
        asked.served
    );
    let draft = Draft {
        key: format!("{} {}", call.viewer_label(), id.slot),
        confidence,
        title,
        evidence: evidence(asked, call, id, why, input),
        alternatives: alternatives(&[
            "staff, a test or a program of one's own that may see every object",
            "ids that were given before the capture began or where nobody could read it",
            "objects that anybody may ask for",
        ]),
    };
    Some(draft.on(&RULE, call))
}

fn why(
    asked: &Asked,
    call: &Call<'_>,
    viewer: &Viewer,
    id: &ObjectId,
    is_partial: bool,
) -> Option<Why> {
    let (ids, is_row) = (asked.ids(), asked.is_row());
    if ids < MIN_IDS {
        return None;
    }
    let refused = usize::from(asked.refused);
    // Somebody else's name next to one's own is a second owner.
    let owners = asked.owners();
    let one_owner = owners == 1 && asked.own.max(asked.foreign) >= asked.served / 2;
    let several = if is_row { MIN_OWNERS } else { MIN_OWNERS_APART };
    if owners >= several || (asked.persons() > several && !one_owner && is_row) {
        return Some(Why::SeveralOwners);
    }
    if is_row && refused.saturating_mul(2) >= ids {
        return Some(Why::Refused);
    }
    // Guesses at random ids: a client that only has a stale list is not refused all of it.
    let guesses = ids >= MIN_SILENT && refused.saturating_mul(10) >= ids.saturating_mul(9);
    if guesses && viewer.is_known && id.whose == Whose::Person {
        return Some(Why::Refused);
    }
    if !is_row || one_owner || is_partial || !viewer.is_known {
        return None;
    }
    // Clients number what they send by themselves.
    let is_sent = id.place == IdPlace::Body && !call.is_safe();
    if id.whose == Whose::Person && !is_sent {
        return Some(Why::Kind);
    }
    (ids >= MIN_SILENT && asked.known >= 2 && !is_sent).then_some(Why::OthersWereGiven)
}

fn evidence(
    asked: &Asked,
    call: &Call<'_>,
    id: &ObjectId,
    why: Why,
    input: usize,
) -> Vec<crate::finding::Evidence> {
    let place = format!("{} ({})", shortened(&id.slot), id.place.word());
    let mut evidence = Vec::new();
    if asked.first.input == input {
        let value = format!("{place}: {}", quoted(&asked.first.id));
        evidence.push(quote(asked.first.packets, "first-id", value));
    }
    evidence.push(call.request_line());
    evidence.push(call.asked("last-id", format!("{place}: {}", quoted(&id.value))));
    evidence.extend(call.status());
    let (lowest, highest) = asked.range();
    let range = match asked.is_row() {
        true => format!(", numbers from {lowest} to {highest} in a row"),
        false => String::from(", in no row"),
    };
    let never = "none of which was in an answer to it before";
    let ids = format!("{} different ids of {}{range}, {never}", asked.ids(), call.viewer_label());
    evidence.push(call.asked("ids", ids));
    let answers = format!("{} served, {} refused (403, 404, 410)", asked.served, asked.refused);
    evidence.push(call.answered("answers", answers));
    if asked.owners() > 0 {
        let named = format!(
            "{} different owners named; {} answers name another than the one who asks",
            asked.owners(),
            asked.foreign
        );
        evidence.push(call.answered("owners", named));
    }
    if asked.persons() > 1 {
        let persons = format!("personal data of {} different persons", asked.persons());
        evidence.push(call.answered("persons", persons));
    }
    let took = call.asked_at().since(asked.first.at);
    let took = match took < 2_000_000_000 {
        true => when::millis(took),
        false => when::stretch(took / 1_000_000_000),
    };
    evidence.push(call.asked("pace", format!("{} ids in {took}", asked.ids())));
    evidence.push(call.asked("reason", why.text()));
    evidence
}

impl Why {
    const fn text(self) -> &'static str {
        match self {
            Self::SeveralOwners => "the answers are about several persons",
            Self::Refused => "the server refuses what is asked for",
            Self::Kind => "each object of this kind belongs to one person",
            Self::OthersWereGiven => "other ids of this kind had been given before they were used",
        }
    }
}

//! When a call is served what is another's.
//!
//! That an answer names somebody else, or that somebody else has the object, is not enough: people
//! share things, and much is public. Objects of the kind must be kept apart otherwise: they name the
//! one who asks, or each was given to one user and no other.

use super::RULE;
use super::memory::{Holder, Memory, kind_key, object_key};
use super::people::People;
use crate::call::Call;
use crate::call::ids::{IdPlace, ObjectId, quoted};
use crate::call::kinds::{Whose, is_people};
use crate::call::quote::shortened;
use crate::call::viewer::{Viewer, name_key};
use crate::detector::Sighting;
use crate::detectors::draft::{Draft, alternatives};
use crate::finding::{Confidence, Evidence};

/// Objects of another that one must be served, where the kind's name does not say that each belongs
/// to one person: documents and the like are shared.
const MIN_FOREIGN: u32 = 3;
/// Objects of a kind that named the one who asked, so that the next name is his to compare with.
const MIN_OWN: u32 = 1;
/// The same, seen of other users only.
const MIN_OWN_OF_OTHERS: u32 = 2;
/// Objects that one user was given and nobody else, so that objects of the kind are kept apart.
const MIN_ALONE: u32 = 3;

/// What proves it.
struct Proof<'a> {
    /// Field that names the owner, and the owner.
    owner: Option<(&'a str, &'a str)>,
    /// The other user to whom it was given.
    holder: Option<Holder>,
    /// What shows that objects of the kind are kept apart.
    apart: String,
    confidence: Confidence,
}

/// The sighting, if a call is served what is another's.
pub(super) fn of(
    memory: &mut Memory,
    people: &mut People,
    call: &Call<'_>,
    viewer: &Viewer,
    input: usize,
) -> Option<Sighting> {
    let ids = call.ids();
    let found = ids.iter().find_map(|id| {
        if id.whose == Whose::Anybody || id.kind.is_empty() || is_recipient(&id.kind) {
            return None;
        }
        let proof = if is_people(&id.kind) {
            things_of(memory, call, viewer, id)
        } else {
            itself(memory, people, call, viewer, id)
        };
        proof.map(|proof| (id, proof))
    });
    let (id, proof) = found?;
    let title = format!(
        "{} was served {} {} of {}, which belongs to another user",
        call.viewer_label(),
        shortened(&id.kind),
        quoted(&id.value),
        call.label()
    );
    let draft = Draft {
        key: format!("{} {}", call.viewer_label(), id.slot),
        confidence: proof.confidence,
        title,
        evidence: evidence(call, id, &proof, input),
        alternatives: alternatives(&[
            "something that its owner shared with this user",
            "staff, or a program, whose token does not say what it may see",
        ]),
    };
    Some(draft.on(&RULE, call))
}

/// Whether the answer names the one who asks, wherever it does: as the payee, as one of a group.
fn is_party(call: &Call<'_>, viewer: &Viewer) -> bool {
    let mut fields = call.answer_fields().iter().filter(|field| field.value.len() <= 128);
    !viewer.names.is_empty() && fields.any(|field| viewer.is_called(field.value))
}

/// Whoever sends something to somebody names what is the other's.
fn is_recipient(kind: &str) -> bool {
    ["to", "target", "recipient", "receiver", "dest", "payee", "beneficiary", "parent", "shared"]
        .iter()
        .any(|word| kind.starts_with(word))
}

/// The object that was asked for.
fn itself<'a>(
    memory: &mut Memory,
    people: &mut People,
    call: &'a Call<'_>,
    viewer: &Viewer,
    id: &ObjectId,
) -> Option<Proof<'a>> {
    let now = call.answered_at();
    let kind_key = kind_key(call.host().unwrap_or_default(), &id.kind);
    let key = object_key(kind_key, &id.value);
    let holder = memory.holder(key, now);
    if holder.is_some_and(|it| it.shared || (it.who == viewer.key && !it.asked_for)) {
        return None;
    }
    let given = call.given();
    // What is sent along is not what is asked for, unless the answer is just that.
    let is_answered = given.objects().any(|object| object.value == id.value);
    let is_sent = !call.is_safe() && id.place != IdPlace::Path;
    if is_sent && !is_answered {
        return None;
    }
    let owner = given.owner_of(&id.value).filter(|owner| owner.value != id.value);
    let named = owner.map(|owner| name_key(owner.value));
    if is_party(call, viewer) {
        return None;
    }
    let (all, share) = (memory.kind(kind_key, now), memory.share(viewer.key, kind_key, now));
    if all.mixed || all.shared > 0 {
        return None;
    }
    let holder = holder.filter(|holder| holder.who != viewer.key && !holder.asked_for);
    let is_person = id.whose == Whose::Person;
    if let (Some(owner), Some(name)) = (owner, named) {
        let is_holders = holder.is_some_and(|holder| people.is_called(holder.who, name, now));
        // Whoever has none of his own may be the other side of the counter.
        let is_compared = share.own >= MIN_OWN
            || (all.of_viewer >= MIN_OWN_OF_OTHERS && is_holders && viewer.is_named);
        if !is_compared || viewer.names.is_empty() {
            return None;
        }
        let foreign = memory.add_foreign(viewer.key, kind_key, now);
        if !is_person && !is_holders && foreign < MIN_FOREIGN {
            return None;
        }
        let apart = match share.own {
            0 => format!("{} objects of this kind named the user who asked", all.of_viewer),
            own => format!("{own} objects of this kind named {}", call.viewer_label()),
        };
        let confidence = match (is_holders, share.own) {
            (_, 0) => Confidence::Possible,
            (true, _) => Confidence::Certain,
            (false, _) => Confidence::Likely,
        };
        let owner = Some((owner.name, owner.value));
        return Some(Proof { owner, holder, apart, confidence });
    }
    let holder = holder?;
    if !people.are_different(viewer, holder.who, now) {
        return None;
    }
    let his = memory.share(holder.who, kind_key, now);
    let enough = his.alone >= MIN_ALONE && (is_person || share.alone >= 1);
    let apart = format!(
        "{} objects of this kind were returned to one user and no other: {} to the other one, {} to \
         {}; none to both",
        all.alone,
        his.alone,
        share.alone,
        call.viewer_label()
    );
    let confidence = if share.alone >= 1 { Confidence::Likely } else { Confidence::Possible };
    let holder = Some(holder);
    enough.then_some(Proof { owner: None, holder, apart, confidence })
}

/// What belongs to the person who was named: `/users/8/orders`, `/orders?user_id=8`.
fn things_of<'a>(
    memory: &mut Memory,
    call: &'a Call<'_>,
    viewer: &Viewer,
    id: &ObjectId,
) -> Option<Proof<'a>> {
    let (given, now) = (call.given(), call.answered_at());
    if !call.is_safe() || viewer.is_called(&id.value) || is_party(call, viewer) {
        return None;
    }
    let things = given
        .objects()
        .filter(|object| object.kind.whose == Whose::Person && !is_people(&object.kind.word));
    let mut owned = things.filter_map(|object| Some((object, given.owner_beside(object)?)));
    let (first, owner) = owned.next()?;
    let is_one = owner == id.value && owned.all(|(_, other)| other == owner);
    let kind_key = kind_key(call.host().unwrap_or_default(), &first.kind.word);
    let (all, share) = (memory.kind(kind_key, now), memory.share(viewer.key, kind_key, now));
    let is_compared = !viewer.names.is_empty() && share.own >= MIN_OWN;
    let is_foreign = is_one && is_compared && !all.mixed && all.shared == 0;
    is_foreign.then(|| Proof {
        owner: given.owner_of(first.value).map(|owner| (owner.name, owner.value)),
        holder: None,
        apart: format!("{} objects of this kind named {}", share.own, call.viewer_label()),
        confidence: Confidence::Likely,
    })
}

fn evidence(call: &Call<'_>, id: &ObjectId, proof: &Proof<'_>, input: usize) -> Vec<Evidence> {
    let place = format!("{} ({})", shortened(&id.slot), id.place.word());
    let mut evidence = vec![call.request_line()];
    evidence.push(call.asked("id", format!("{place}: {}", quoted(&id.value))));
    evidence.push(call.asked("asked-by", call.viewer_label()));
    evidence.extend(call.status());
    if let Some((field, owner)) = proof.owner {
        let owner = crate::digest::Digest::text(&owner.trim().to_lowercase()).id();
        let value = format!("{} names user {owner} (digest), who did not ask", shortened(field));
        evidence.push(call.answered("owner", value));
    }
    if let Some(holder) = proof.holder.filter(|it| usize::try_from(it.input) == Ok(input)) {
        // The first digits of a principal's digest, as its label has them.
        let value = format!("returned to another user before: {:06x}", holder.who >> 40);
        let packets = if holder.packet == 0 { Vec::new() } else { vec![holder.packet] };
        evidence.push(Evidence { packets, fact: "given-to", value });
    }
    evidence.push(call.answered("kept-apart", proof.apart.clone()));
    evidence
}

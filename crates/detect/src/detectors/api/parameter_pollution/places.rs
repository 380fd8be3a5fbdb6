//! Path, query, body and headers that contradict each other.

use super::Contradiction;
use crate::call::Call;
use crate::call::ids::{IdPlace, ObjectId, plain, singular};
use crate::call::kinds::{Whose, whose};

/// Words behind an id in a path that are parts of the object, not relations to others of its kind.
const PARTS: [&str; 12] = [
    "address", "balance", "cancel", "detail", "email", "info", "password", "phone", "pdf",
    "setting", "status", "summary",
];

/// The first two ids of a request that name the same thing differently.
pub(super) fn of(call: &Call<'_>) -> Option<Contradiction> {
    let ids = call.ids();
    // Hardly a request has two.
    if ids.len() < 2 {
        return None;
    }
    let path = call.path();
    let is_same =
        |one: &ObjectId, other: &ObjectId| one.place == other.place && one.slot == other.slot;
    let candidates: Vec<&ObjectId> = ids
        .iter()
        .filter(|id| {
            id.whose != Whose::Anybody && !id.kind.is_empty() && !is_placeholder(&id.value)
        })
        .filter(|id| ids.iter().filter(|other| is_same(id, other)).count() == 1)
        .filter(|id| match id.place {
            IdPlace::Path => is_about(path, &id.slot),
            IdPlace::Body => is_outermost(&id.slot, &id.kind),
            IdPlace::Header | IdPlace::Query => true,
        })
        .collect();
    let (first, second) = candidates.iter().enumerate().find_map(|(at, first)| {
        let others = candidates.iter().skip(at).skip(1);
        let mut others =
            others.filter(|other| other.place != first.place && other.kind == first.kind);
        others.find(|other| contradict(&first.value, &other.value)).map(|second| (*first, *second))
    })?;
    let place = |id: &ObjectId| format!("{} {}", id.place.word(), id.slot);
    Some(Contradiction {
        what: first.kind.clone(),
        places: [place(first), place(second)],
        values: [first.value.clone(), second.value.clone()],
        may_be_list: false,
    })
}

/// Whether a request is about the object whose id stands in this slot of its path, and not about
/// what it has to do with others of its kind: `/users/1/friends`.
fn is_about(path: &str, slot: &str) -> bool {
    let depth = slot.split('/').count();
    path.split('/').skip(depth).filter(|word| !word.is_empty()).all(|word| {
        let word = singular(&plain(word));
        whose(&word) == Whose::Person || PARTS.contains(&word.as_str())
    })
}

/// `id`, `$.order_id`, `$.order.id`; nothing deeper, and nothing that GraphQL asks for.
fn is_outermost(slot: &str, kind: &str) -> bool {
    let parts: Vec<&str> = slot.split('.').collect();
    match parts.as_slice() {
        _ if slot.contains([' ', '(', '[']) => false,
        [_] | ["$", _] => true,
        ["$", around, _] => singular(&plain(around)) == kind,
        _ => false,
    }
}

/// Values that stand for no object.
fn is_placeholder(value: &str) -> bool {
    ["0", "-1", "me", "self", "null", "undefined", "none", "all", "new"].contains(&value)
        || value.chars().all(|c| c == '0' || c == '-')
}

/// Whether two ids of the same form differ: a number and a UUID may be names of the same object.
pub(super) fn contradict(one: &str, other: &str) -> bool {
    let normal = |value: &str| value.trim().trim_start_matches('0').to_lowercase();
    let is_number = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit());
    let form = |value: &str| (is_number(value), value.len() == 36 && value.contains('-'));
    normal(one) != normal(other) && form(one) == form(other)
}

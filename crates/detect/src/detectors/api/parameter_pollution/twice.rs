//! One name with two values in a query or a form. Three are a list.

use std::collections::BTreeMap;

use dissect::http::values::Place;

use super::Contradiction;
use super::places::contradict;
use crate::call::Call;
use crate::call::ids::kind_of_name;
use crate::call::kinds::{Whose, whose};

/// The first id of a request that stands twice in its query or its form.
pub(super) fn of(call: &Call<'_>) -> Option<Contradiction> {
    let mut values: BTreeMap<(Place, &str), Vec<&str>> = BTreeMap::new();
    let fields = call.fields().iter().filter(|field| field.place != Place::Json);
    for field in fields.filter(|field| is_scalar_id(&field.name)) {
        values.entry((field.place, &field.name)).or_default().push(&field.value);
    }
    let (place, name, first, second) = values.iter().find_map(|((place, name), values)| {
        let [first, second] = values.as_slice() else { return None };
        let is_plain = !first.is_empty() && !second.is_empty() && !first.contains(',');
        (is_plain && contradict(first, second)).then_some((place, name, *first, *second))
    })?;
    let place = format!("{} {name}", place.word());
    Some(Contradiction {
        what: (*name).to_owned(),
        places: [place.clone(), place],
        values: [first.to_owned(), second.to_owned()],
        may_be_list: true,
    })
}

/// Names of ids that stand once in the query or the form of a request.
pub(super) fn single<'a>(call: &'a Call<'_>) -> Vec<&'a str> {
    let fields = call.fields().iter().filter(|field| field.place != Place::Json);
    let names = fields.map(|field| field.name.as_str()).filter(|name| is_scalar_id(name));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().filter(|(_, count)| *count == 1).map(|(name, _)| name).collect()
}

/// Whether a parameter of this name holds one id.
fn is_scalar_id(name: &str) -> bool {
    let is_list = name.ends_with(']') && name.contains("[]");
    let is_plural = name.ends_with(['s', 'S']);
    let kind = || kind_of_name(name);
    !is_list && !is_plural && kind().is_some_and(|kind| whose(&kind) != Whose::Anybody)
}

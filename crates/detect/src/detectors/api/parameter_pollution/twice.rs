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

/// Whether a parameter of this name holds one id.
fn is_scalar_id(name: &str) -> bool {
    let is_list = name.ends_with(']') && name.contains("[]");
    let is_plural = name.to_ascii_lowercase().ends_with('s');
    let kind = kind_of_name(name);
    !is_list && !is_plural && kind.is_some_and(|kind| whose(&kind) != Whose::Anybody)
}

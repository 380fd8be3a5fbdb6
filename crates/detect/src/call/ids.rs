//! The objects that a request names: in its path, its query, its body, and in the variables of
//! GraphQL.

use super::{Call, route};
use dissect::http::values::Place;

/// Most ids of a request that are looked at.
const MAX_IDS: usize = 32;

/// An object that a request names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ObjectId {
    /// Where it stood.
    pub(crate) place: IdPlace,
    /// Where exactly: `/v1/orders/{}`, `order_id`, `$.order.id`.
    pub(crate) slot: String,
    /// What kind of object it is, as names tell, in lower case and singular: `order`. Empty where
    /// nothing tells it.
    pub(crate) kind: String,
    /// The id as written.
    pub(crate) value: String,
}

/// Where an id stood.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum IdPlace {
    /// In a form or JSON body, GraphQL's variables among it.
    Body,
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// The ids of a call, those of the path first.
pub(super) fn of(call: &Call<'_>) -> Vec<ObjectId> {
    let mut found = in_path(call.request().path());
    for field in call.fields() {
        let Some(kind) = kind_of_name(&field.name) else { continue };
        let place = match field.place {
            Place::Query => IdPlace::Query,
            Place::Form | Place::Json => IdPlace::Body,
        };
        let is_value = !field.value.is_empty() && field.value.len() <= 64;
        if is_value && found.len() < MAX_IDS {
            let (slot, value) = (field.path.clone(), field.value.clone());
            found.push(ObjectId { place, slot, kind, value });
        }
    }
    found.truncate(MAX_IDS);
    found
}

fn in_path(path: &str) -> Vec<ObjectId> {
    let (mut found, mut slot, mut before) = (Vec::new(), String::new(), "");
    for segment in path.split('/').skip(1) {
        slot.push('/');
        if route::is_id(segment) {
            slot.push_str(route::ID);
            let kind = singular(&before.to_ascii_lowercase());
            let value = segment.to_owned();
            found.push(ObjectId { place: IdPlace::Path, slot: slot.clone(), kind, value });
        } else {
            slot.push_str(segment);
            before = segment;
        }
    }
    found
}

/// The kind of object whose id a field of this name holds: `order` of `order_id`, `orderId`,
/// `order-id`; empty for `id`. `None` if names like that hold no id.
pub(crate) fn kind_of_name(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let lower = plain.to_lowercase();
    let ends_as_word = name.ends_with("Id") || name.ends_with("ID") || {
        let mut parts = name.rsplit(['_', '-', '.']);
        parts.next().is_some_and(|last| last.eq_ignore_ascii_case("id"))
    };
    ends_as_word.then(|| singular(lower.strip_suffix("id").unwrap_or(&lower)))
}

/// A word in the singular, near enough to compare with.
pub(crate) fn singular(word: &str) -> String {
    match word {
        _ if word.len() < 4 || word.ends_with("ss") => word.to_owned(),
        _ if word.ends_with("ies") => format!("{}y", word.trim_end_matches("ies")),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_objects() {
        let found = in_path("/v1/orders/7/items/12");
        let told: Vec<_> = found
            .iter()
            .map(|id| (id.slot.as_str(), id.kind.as_str(), id.value.as_str()))
            .collect();
        let expected = [("/v1/orders/{}", "order", "7"), ("/v1/orders/{}/items/{}", "item", "12")];
        assert_eq!(told, expected);
    }

    #[test]
    fn names_of_fields_tell_what_they_hold() {
        for (name, kind) in [
            ("id", Some("")),
            ("order_id", Some("order")),
            ("orderId", Some("order")),
            ("userID", Some("user")),
            ("categories-id", Some("category")),
            ("paid", None),
            ("amount", None),
        ] {
            assert_eq!(kind_of_name(name).as_deref(), kind, "{name}");
        }
    }
}

//! The objects that a request names: in its path, its query, its body, in what GraphQL asks for, and
//! in the headers that the policy names.
//!
//! Numbers that are no object's are left out: versions, dates, tiles of maps, cursors of lists, and
//! ids that clients make up to follow their own requests.

use std::cell::LazyCell;

pub(crate) use dissect::http::values::plain;
use dissect::http::values::{Field, Place};

use super::kinds::{self, Whose};
use super::path_ids::{in_path, kind_of_route};
use super::{Call, graphql, route};
use crate::digest::{Digest, Key};
use crate::words::ends_with;

/// Most ids of a request that are looked at.
pub(super) const MAX_IDS: usize = 64;
/// Longest id, in bytes.
pub(super) const MAX_ID: usize = 128;
/// Most characters of an id that evidence quotes.
const QUOTED: usize = 40;

/// An object that a request names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ObjectId {
    /// Where it stood.
    pub(crate) place: IdPlace,
    /// Where exactly: `/v1/orders/{}`, `order_id`, `$.order.id`. Places in a list are left out.
    pub(crate) slot: String,
    /// What kind of object it is, as names tell, in lower case and singular: `order`. Empty where
    /// nothing tells it.
    pub(crate) kind: String,
    /// Whose objects of that kind are.
    pub(crate) whose: Whose,
    /// The id as written.
    pub(crate) value: String,
}

/// Where an id stood.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum IdPlace {
    /// In a form or JSON body, GraphQL's variables among it.
    Body,
    /// In a header that the policy names.
    Header,
    /// In the path.
    Path,
    /// In the query.
    Query,
}

impl IdPlace {
    /// The word in evidence.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Path => "path",
            Self::Query => "query",
        }
    }
}

/// Stands for an id, of whatever kind, in sets of those that were given and asked for.
pub(crate) fn id_key(id: &str) -> u64 {
    Key::short_of(id)
}

/// The ids of a call, those of the path first.
pub(super) fn of(call: &Call<'_>) -> Vec<ObjectId> {
    let path = call.path();
    let mut found = Vec::new();
    call.with_names(|names| {
        in_path(path, &call.api.ids, names, |slot, kind, value| {
            let (place, whose) = (IdPlace::Path, kind.whose);
            let (slot, kind, value) = (slot.to_owned(), kind.word.to_string(), value.to_owned());
            found.push(ObjectId { place, slot, kind, whose, value });
        });
    });
    let of_route = LazyCell::new(|| call.with_names(|names| kind_of_route(path, names)));
    let named =
        call.request().headers.0.iter().filter(|field| {
            call.api.ids.iter().any(|known| known.eq_ignore_ascii_case(&field.name))
        });
    for field in named {
        let kind = kind_of_name(&field.name).unwrap_or_default();
        push(&mut found, IdPlace::Header, &field.name, kind, &field.value);
    }
    let operations = graphql::ids(call.request());
    for (slot, kind, value) in &operations {
        push(&mut found, IdPlace::Body, slot, kind.clone(), value);
    }
    let is_rpc = call.fields().iter().any(|field| field.path == "$.jsonrpc");
    for field in call.fields() {
        let place = match field.place {
            Place::Query => IdPlace::Query,
            Place::Form | Place::Json => IdPlace::Body,
        };
        // The number of a call, and what was read as GraphQL.
        let is_other = (is_rpc && field.path == "$.id")
            || (!operations.is_empty()
                && (field.place == Place::Json || field.name == "variables"));
        if is_other {
            continue;
        }
        let named = call.api.ids.iter().any(|known| *known == field.name || *known == field.path);
        let kind = kind_of_field(field).or_else(|| named.then(String::new));
        let Some(kind) = kind else { continue };
        let kind = if kind.is_empty() { kind_of_containers(&field.path) } else { kind };
        let kind = if kind.is_empty() { String::from(&*of_route.word) } else { kind };
        let slot = without_places(&field.path);
        // `ids=1,2,3`.
        for value in field.value.split(',').map(str::trim) {
            push(&mut found, place, &slot, kind.clone(), value);
        }
    }
    if !call.api.public_ids.is_empty() || !call.api.ids.is_empty() {
        for id in &mut found {
            id.whose = whose(call, id);
        }
    }
    found
}

fn push(found: &mut Vec<ObjectId>, place: IdPlace, slot: &str, kind: String, value: &str) {
    if !value.is_empty() && value.len() <= MAX_ID && found.len() < MAX_IDS {
        let (slot, value, whose) = (slot.to_owned(), value.to_owned(), kinds::whose(&kind));
        found.push(ObjectId { place, slot, kind, whose, value });
    }
}

/// What the policy says of an id, or else the name of its kind.
fn whose(call: &Call<'_>, id: &ObjectId) -> Whose {
    let api = call.api;
    let name = id.slot.rsplit(['.', ' ']).next().unwrap_or(&id.slot).trim_end_matches("[]");
    let names = |known: &String| match known.starts_with('/') {
        true => id.place == IdPlace::Path && *known == id.slot,
        false => id.place != IdPlace::Path && (*known == id.slot || known == name),
    };
    if api.public_ids.iter().any(names) {
        return Whose::Anybody;
    }
    if api.ids.iter().any(names) {
        return Whose::Person;
    }
    id.whose
}

/// The kind that the containers of a field tell, the innermost first: `order` of `$.orders[0].id`.
pub(super) fn kind_of_containers(path: &str) -> String {
    let mut parts =
        path.split('.').rev().skip(1).map(|part| plain(part.split('[').next().unwrap_or(part)));
    let kind = parts.find(|part| !kinds::is_empty(part));
    kind.map(|kind| singular(&kind)).unwrap_or_default()
}

/// A path in a document without the places in lists: `$.orders[].id`.
pub(super) fn without_places(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        inside = match letter {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        if !inside || letter == '[' || !letter.is_ascii_digit() {
            text.push(letter);
        }
    }
    text
}

/// The kind of object whose id a field is.
fn kind_of_field(field: &Field) -> Option<String> {
    kind_of_name(&field.name).or_else(|| {
        if !route::is_id(&field.value) {
            return None;
        }
        // `?user=7`. An order may be that of a list.
        let kind = singular(&plain(&field.name));
        let named = [
            "account",
            "booking",
            "customer",
            "invoice",
            "member",
            "patient",
            "payment",
            "reservation",
            "student",
            "transfer",
            "user",
            "wallet",
        ];
        named.contains(&kind.as_str()).then_some(kind)
    })
}

/// Words before `id` that say that it is no object's: it is a place in a list, or the client made it
/// up to follow its own requests.
const NO_OBJECTS: &[&str] = &[
    "ad",
    "advertising",
    "after",
    "anonymous",
    "app",
    "application",
    "batch",
    "before",
    "build",
    "bundle",
    "campaign",
    "command",
    "correlation",
    "cursor",
    "device",
    "end",
    "first",
    "from",
    "idempotency",
    "install",
    "installation",
    "instance",
    "last",
    "local",
    "locale",
    "max",
    "min",
    "next",
    "offset",
    "operation",
    "page",
    "prev",
    "previous",
    "process",
    "region",
    "request",
    "session",
    "since",
    "span",
    "start",
    "temp",
    "time",
    "tmp",
    "trace",
    "tracking",
    "until",
    "vendor",
    "visitor",
];

/// Last words of names of fields that hold an id.
const LAST_WORDS: [&str; 12] =
    ["id", "ids", "uuid", "guid", "gid", "oid", "pk", "no", "nr", "number", "ref", "reference"];

/// The kind of object whose id a field of this name holds: `order` of `order_id`, `orderId`,
/// `order-id`; empty for `id`. `None` if names like that hold no id.
pub(crate) fn kind_of_name(name: &str) -> Option<String> {
    // Most names end otherwise, which is seen without taking them apart.
    let letters = name.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    if letters.is_ascii() && !LAST_WORDS.iter().any(|word| ends_with(letters, word)) {
        return None;
    }
    if matches!(name, "id" | "ID" | "Id") {
        return Some(String::new());
    }
    let mut words = words(name);
    let last = words.pop()?;
    let first = words.first().map(String::as_str).unwrap_or_default();
    let alone = words.len() == 1;
    match last.as_str() {
        "id" | "ids" | "uuid" | "guid" | "gid" | "oid" | "pk" => {
            if alone && NO_OBJECTS.contains(&first) {
                return None;
            }
            let told = words.iter().filter(|word| *word != "filter" && !kinds::is_empty(word));
            Some(singular(&told.map(String::as_str).collect::<String>()))
        }
        "no" | "nr" | "number" | "ref" | "reference" => {
            let kind = singular(&words.concat());
            (kinds::whose(&kind) == Whose::Person).then_some(kind)
        }
        _ => None,
    }
}

/// The words of a name, in lower case: `order`, `id` of `order_id`, `orderId`, `order[id]`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut was_lower) = (String::new(), false);
    for letter in name.chars() {
        let begins = letter.is_uppercase() && was_lower;
        if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A word in the singular, near enough to compare with.
pub(crate) fn singular(word: &str) -> String {
    match word {
        _ if word.len() < 4 || word.ends_with("ss") || word == "series" || word == "news" => {
            word.to_owned()
        }
        _ if word.ends_with("ies") => format!("{}y", word.trim_end_matches("ies")),
        _ if word.ends_with("sses") => word.trim_end_matches("es").to_owned(),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// An id as evidence quotes it: numbers, UUIDs and the like; of anything else, which may be somebody's
/// name or address, only a digest.
pub(crate) fn quoted(value: &str) -> String {
    let is_opaque = route::is_id(value) && !value.contains('@');
    match is_opaque && value.len() <= QUOTED {
        true => value.to_owned(),
        false => format!("(digest {})", Digest::text(value).id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_tell_what_they_hold() {
        for (name, kind) in [
            ("id", Some("")),
            ("_id", Some("")),
            ("Id", Some("")),
            ("iD", None),
            ("order_id", Some("order")),
            ("orderId", Some("order")),
            ("orderIDs", Some("order")),
            ("userID", Some("user")),
            ("user[id]", Some("user")),
            ("filter[order_id]", Some("order")),
            ("categories-id", Some("category")),
            ("invoiceNumber", Some("invoice")),
            ("paid", None),
            ("amount", None),
            ("since_id", None),
            ("requestId", None),
            ("number", None),
            ("order_id[]", Some("order")),
            ("or\u{17f}_P\u{212a}", Some("or\u{17f}")),
        ] {
            assert_eq!(kind_of_name(name).as_deref(), kind, "{name}");
        }
    }

    #[test]
    fn containers_tell_a_kind() {
        for (path, kind) in [
            ("$.orders[0].id", "order"),
            ("$.data.orders.edges[1].node.id", "order"),
            ("$.data[0].id", ""),
            ("$.id", ""),
        ] {
            assert_eq!(kind_of_containers(path), kind, "{path}");
        }
        assert_eq!(without_places("$.a[12].b2[0]"), "$.a[].b2[]");
    }

    #[test]
    fn names_and_addresses_are_not_quoted() {
        assert_eq!(quoted("17"), "17");
        assert_eq!(quoted("3f2504e0-4f89-11d3-9a0c-0305e82c3301").len(), 36);
        assert!(quoted("me@shop.test").starts_with("(digest"));
    }
}

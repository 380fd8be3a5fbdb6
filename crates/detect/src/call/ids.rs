//! The objects that a request names: in its path, its query, its body, in what GraphQL asks for, and
//! in the headers that the policy names.
//!
//! Numbers that are no object's are left out: versions, dates, tiles of maps, cursors of lists, and
//! ids that clients make up to follow their own requests.

use std::cell::LazyCell;

pub(crate) use dissect::http::values::plain;
use dissect::http::values::{Field, Place};
use smallvec::SmallVec;

use super::kinds::{self, Whose};
use super::names::{Kind, Name, Names};
use super::{Call, graphql, route};
use crate::digest::{Digest, Key};
use crate::words::ends_with;

/// Most ids of a request that are looked at.
const MAX_IDS: usize = 64;
/// Longest id, in bytes.
const MAX_ID: usize = 128;
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

/// Tells the ids in a path, each by its place in the path, its kind and itself; of the templates among
/// `known`, also what does not look like one.
pub(super) fn in_path(
    path: &str,
    known: &[String],
    names: &mut Names,
    mut tell: impl FnMut(&str, Kind, &str),
) {
    // No id is without a digit, unless a template says that it is one.
    if known.is_empty() && !path.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let segments: SmallVec<[&str; 16]> = path.split('/').skip(1).collect();
    let ids: SmallVec<[_; 16]> = segments.iter().map(|segment| route::split(segment)).collect();
    let forced = forced(&segments, known);
    let (mut told, mut slot) = (0_usize, String::with_capacity(path.len()));
    // Where the row of ids begins that ends here.
    let mut run_begins = 0;
    for (at, (segment, id)) in segments.iter().zip(&ids).enumerate() {
        slot.push('/');
        let is_forced = forced.get(at).copied().unwrap_or(false);
        let (value, ending) = match id {
            Some(split) => *split,
            None if is_forced => (*segment, ""),
            None => {
                slot.push_str(segment);
                run_begins = at.saturating_add(1);
                continue;
            }
        };
        slot.push_str(route::ID);
        slot.push_str(ending);
        if id.is_none() {
            run_begins = at;
        }
        let before = segments.get(..at).unwrap_or_default();
        let kind = kind_of_words(before, |word| word.is_verb, names);
        let is_version = before.last().is_some_and(|word| ["api", "rest", "v"].contains(word));
        let run = segments.get(run_begins..).unwrap_or_default();
        let length = run.iter().take_while(|part| is_numbered(part)).count();
        let run = run.get(..length).unwrap_or_default();
        let is_place = length >= 3 || is_date(run);
        let is_person = kind.whose == Whose::Person;
        let is_object = is_forced || !(is_version || (is_place && !(is_person && length == 1)));
        if is_object && !value.is_empty() && value.len() <= MAX_ID && told < MAX_IDS {
            told = told.saturating_add(1);
            tell(&slot, kind, value);
        }
        if id.is_none() {
            run_begins = at.saturating_add(1);
        }
    }
}

/// Which segments the templates say are ids.
fn forced(segments: &[&str], known: &[String]) -> Vec<bool> {
    if known.is_empty() {
        return Vec::new();
    }
    let mut forced = vec![false; segments.len()];
    for template in known.iter().filter(|known| known.starts_with('/')) {
        let parts: Vec<&str> = template.split('/').skip(1).collect();
        let fits = |(part, segment): (&&str, &&str)| *part == route::ID || part == segment;
        if parts.len() > segments.len() || !parts.iter().zip(segments).all(fits) {
            continue;
        }
        for (part, forced) in parts.iter().zip(&mut forced) {
            *forced |= *part == route::ID;
        }
    }
    forced
}

/// A number, with or without the ending of a file: part of a date or of a tile's place.
fn is_numbered(segment: &str) -> bool {
    let stem = segment.split(['.', '@']).next().unwrap_or(segment);
    !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// `2026/11`, `2026-11-24`, `20261124`.
fn is_date(run: &[&str]) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    let is_year =
        |text: &str| text.len() == 4 && number(text).is_some_and(|y| (1970..2100).contains(&y));
    let is_month = |text: &str| number(text).is_some_and(|month| (1..=12).contains(&month));
    let is_day = |text: &str| number(text).is_some_and(|day| (1..=31).contains(&day));
    match run {
        // Weeks are counted up to 53.
        [year, week] => is_year(year) && number(week).is_some_and(|week| week <= 53),
        // Most numbers have more or fewer digits.
        [text] if matches!(text.bytes().filter(|byte| *byte != b'-').count(), 6 | 8) => {
            let digits = text.replace('-', "");
            let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
            let is_whole = digits.len() == 8 && is_day(part(6..8));
            let is_short = digits.len() == 6 && text.contains('-');
            (is_whole || is_short) && is_year(part(0..4)) && is_month(part(4..6))
        }
        _ => false,
    }
}

/// The kind that the words of a path before an id tell: the last of them that names something.
fn kind_of_words(before: &[&str], says_nothing: fn(&Name) -> bool, names: &mut Names) -> Kind {
    for word in before.iter().rev().filter(|word| route::split(word).is_none()) {
        let name = names.of(word);
        if !name.is_version && !says_nothing(name) {
            return name.singular.clone();
        }
    }
    Kind::of("")
}

/// The kind of objects that a path is about: `order` of `/v1/orders/search`.
pub(super) fn kind_of_route(path: &str, names: &mut Names) -> Kind {
    let segments: SmallVec<[&str; 16]> = path.split('/').skip(1).collect();
    let kind = kind_of_words(&segments, |word| !word.tells_kind, names);
    let verbs = ["get", "list", "fetch", "find", "search"];
    let rest = verbs.into_iter().find_map(|verb| kind.word.strip_prefix(verb));
    match rest.unwrap_or(&kind.word) {
        rest if kinds::is_empty(rest) => Kind::of(""),
        rest => Kind::of(&singular(rest)),
    }
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

    fn told(path: &str, known: &[&str]) -> Vec<String> {
        let known: Vec<String> = known.iter().map(|known| (*known).to_owned()).collect();
        let mut found = Vec::new();
        in_path(path, &known, &mut Names::default(), |slot, kind, value| {
            found.push(format!("{slot} {} {value}", kind.word));
        });
        found
    }

    #[test]
    fn paths_name_objects() {
        for (path, expected) in [
            ("/v1/orders/7", &["/v1/orders/{} order 7"][..]),
            ("/v1/orders/7/items/12", &["/v1/orders/{} order 7", "/v1/orders/{}/items/{} item 12"]),
            ("/orders/by-id/7", &["/orders/by-id/{} order 7"]),
            ("/invoices/1001.pdf", &["/invoices/{}.pdf invoice 1001"]),
            ("/7", &["/{}  7"]),
            ("/orders/20261124", &["/orders/{} order 20261124"]),
            ("/users/7/12", &["/users/{} user 7", "/users/{}/{} user 12"]),
        ] {
            assert_eq!(told(path, &[]), expected, "{path}");
        }
        assert_eq!(told("/people/bob/x", &["/people/{}"]), ["/people/{} people bob"]);
    }

    #[test]
    fn other_numbers_of_paths_do_not() {
        for path in [
            "/news/2026/11/24",
            "/news/2026/11",
            "/days/2026-11-24",
            "/days/20261124",
            "/stats/2026-11",
            "/tiles/12/2200/1343",
            "/tiles/12/2200/1343.png",
            "/tiles/12/2200/1343@2x.png",
            "/api/3/orders",
            "/media/0.bin",
            "/video/seg_0001.ts",
        ] {
            assert!(told(path, &[]).is_empty(), "{path}: {:?}", told(path, &[]));
        }
    }

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
        assert_eq!(&*kind_of_route("/v1/orders/search", &mut Names::default()).word, "order");
        assert_eq!(&*kind_of_route("/v1/orders/7", &mut Names::default()).word, "order");
        assert_eq!(&*kind_of_route("/rpc/getInvoices", &mut Names::default()).word, "invoice");
        assert_eq!(&*kind_of_route("/graphql", &mut Names::default()).word, "");
    }

    #[test]
    fn names_and_addresses_are_not_quoted() {
        assert_eq!(quoted("17"), "17");
        assert_eq!(quoted("3f2504e0-4f89-11d3-9a0c-0305e82c3301").len(), 36);
        assert!(quoted("me@shop.test").starts_with("(digest"));
    }
}

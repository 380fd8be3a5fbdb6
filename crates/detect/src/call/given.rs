//! What an answer gives: the ids in it, and whose the objects are. Whoever was given an id may be
//! expected to ask for the object.

use std::ops::Range;
use std::sync::Arc;

use dissect::http::Coding;
use dissect::http::values::{FieldRef, is_json, media_type};
use dissect::limits::HTTP_MESSAGE_FIELDS;

use super::ids::{id_key, plain};
use super::names::{Kind, Names, Owner};
use super::path_ids::{in_path, kind_of_route};
use super::route::{self, Look};
use super::said::{Said, Told};
use super::{Call, kinds, quote, text_ids};

/// Most words of an answer that are kept.
const MAX_WORDS: usize = 4_000;
/// Longest value that may be an id.
pub(super) const MAX_ID: usize = 128;
/// Headers with a URL of an object.
const HEADERS: [&str; 4] = ["location", "content-location", "link", "x-resource-url"];

/// What an answer gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// Ids in fields and URLs that say of what.
    objects: Vec<Object>,
    /// What their texts are parts of.
    text: String,
    /// Other text that may be an id: [`id_key`] of each.
    pub(crate) words: Vec<u64>,
    /// It may hold more ids, which nobody could read here: it is cut, encoded or binary.
    pub(crate) unread: bool,
    /// What is said of a person, such as an e-mail address: the first such value.
    pub(crate) person: Option<String>,
    owners: Vec<Named>,
}

/// An object that an answer names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenObject<'a> {
    /// As [`super::ids::ObjectId::kind`].
    pub(crate) kind: &'a Kind,
    /// Its id.
    pub(crate) value: &'a str,
    /// Whether it is one of a list.
    pub(crate) listed: bool,
    /// What encloses it: `$.orders[0]`.
    within: &'a str,
}

/// An object whose texts are parts of one text.
#[derive(Clone, Debug)]
struct Object {
    kind: Kind,
    listed: bool,
    within: Range<usize>,
    value: Range<usize>,
}

/// An owner that an answer names.
#[derive(Clone, Debug)]
struct Named {
    /// What encloses the owned object.
    within: String,
    name: Arc<str>,
    value: String,
}

/// What an answer says of an owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct OwnerField<'a> {
    /// The field's name.
    pub(crate) name: &'a str,
    /// Its value: who it is.
    pub(crate) value: &'a str,
}

impl Given {
    /// What the answer of a call gives, and says of itself.
    pub(super) fn of(call: &Call<'_>) -> (Self, Said) {
        let (mut given, mut told) = (Self::default(), Told::default());
        let Some(response) = call.response() else { return (given, told.said()) };
        call.with_names(|names| {
            let mut reader = Reader { given: &mut given, names, call, of_route: None };
            for field in call.answer_fields().iter() {
                told.add(&field);
                reader.add_field(&field);
            }
            for url in HEADERS.iter().flat_map(|name| response.headers.all(name)) {
                reader.add_url(url.trim_start_matches('<').split('>').next().unwrap_or(url));
            }
        });
        given.read_text(call);
        (given, told.said())
    }

    /// Ids in fields and URLs that say of what.
    pub(crate) fn objects(&self) -> impl Iterator<Item = GivenObject<'_>> {
        let part = |part: &Range<usize>| self.text.get(part.clone()).unwrap_or_default();
        self.objects.iter().map(move |object| GivenObject {
            kind: &object.kind,
            value: part(&object.value),
            listed: object.listed,
            within: part(&object.within),
        })
    }

    /// Whose the object with this id is, if the answer says so: what stands next to the id, or else
    /// at the top of an answer that is one object.
    pub(crate) fn owner_of(&self, id: &str) -> Option<OwnerField<'_>> {
        if self.owners.is_empty() {
            return None;
        }
        let mut objects = self.objects().filter(|object| object.value == id);
        let beside = objects.find_map(|object| self.named_beside(object));
        let at_top = || self.owners.iter().find(|owner| !owner.within.contains('['));
        let owner = beside.or_else(at_top)?;
        Some(OwnerField { name: &owner.name, value: &owner.value })
    }

    /// Whose an object of this answer is.
    pub(crate) fn owner_beside(&self, object: GivenObject<'_>) -> Option<&str> {
        self.named_beside(object).map(|owner| owner.value.as_str())
    }

    fn named_beside(&self, object: GivenObject<'_>) -> Option<&Named> {
        self.owners.iter().find(|owner| owner.within == object.within)
    }

    fn add_object(&mut self, kind: Kind, listed: bool, within: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(within);
        let middle = self.text.len();
        self.text.push_str(value);
        let (within, value) = (start..middle, middle..self.text.len());
        self.objects.push(Object { kind, listed, within, value });
    }

    /// Remembers a word; returns whether there are enough.
    fn add_word(&mut self, word: &str) -> bool {
        if self.words.is_empty() {
            self.words.reserve(16);
        }
        if self.words.len() < MAX_WORDS {
            self.words.push(id_key(word));
        }
        self.words.len() >= MAX_WORDS
    }

    fn add_text(&mut self, text: &[u8]) {
        if self.words.len() < MAX_WORDS {
            text_ids::each(text, |word| self.add_word(word));
        }
    }

    /// Answers without fields, or with more than are read: whatever of the text looks like an id.
    fn read_text(&mut self, call: &Call<'_>) {
        let Some(response) = call.response() else { return };
        let body = &response.body;
        let kind = media_type(&response.headers).unwrap_or_default();
        let is_media =
            ["image/", "video/", "audio/", "font/"].iter().any(|it| kind.starts_with(it));
        let is_style = ["css", "javascript", "wasm"].iter().any(|it| kind.ends_with(it));
        if body.length == 0 || is_media || is_style {
            return;
        }
        let is_text = is_json(&kind) || kind.starts_with("text/") || kind.contains("xml");
        let is_mislabelled =
            || (kind == "text/plain" || kind.is_empty()) && text_ids::is_binary(&body.bytes);
        if body.coding == Coding::Left || !(is_text || kind.is_empty()) || is_mislabelled() {
            self.unread = true;
            return;
        }
        let fields = call.answer_fields().len();
        if fields == 0 || fields >= HTTP_MESSAGE_FIELDS {
            self.add_text(&body.bytes);
            let is_cut = body.coding == Coding::Identity && body.length > body.bytes.len() as u64;
            let is_broken = || {
                let text = || String::from_utf8_lossy(&body.bytes);
                is_json(&kind) && fields == 0 && !text().trim_end().ends_with([']', '}'])
            };
            self.unread = is_cut || self.words.len() >= MAX_WORDS || is_broken();
        }
    }
}

/// Reads the fields of an answer.
struct Reader<'r, 'c> {
    given: &'r mut Given,
    names: &'r mut Names,
    call: &'r Call<'c>,
    /// What the route is about, once somebody asked.
    of_route: Option<Kind>,
}

impl Reader<'_, '_> {
    fn add_field(&mut self, field: &FieldRef<'_>) {
        let value = field.value;
        if value.is_empty() {
            return;
        }
        let is_long = value.len() > MAX_ID;
        let look = if is_long { Look::Text } else { route::look(value.as_bytes()) };
        // In what ids are made of there is no `/`.
        if look == Look::Text && is_url(value) {
            self.add_url(value);
            return;
        }
        let name = self.names.of(field.name);
        if self.given.person.is_none() && name.personal.is_some_and(|kind| kind.fits(*field)) {
            self.given.person = Some(value.to_owned());
        }
        let is_id = match look {
            Look::Number => !name.is_quantity,
            Look::Id => true,
            Look::Word | Look::Text => false,
        };
        if is_long || (name.is_plain && !is_id) {
            return;
        }
        let is_word = is_id || name.is_handle;
        let kind = match &name.id_of {
            Some(kind) => Some(kind.clone()),
            // `"orders": [1, 2, 3]`.
            None if is_id && field.is_item() => Some(name.singular.clone()),
            None => None,
        };
        match name.owner {
            Owner::Itself => {
                let name = Arc::clone(&name.plain);
                self.add_owner(field, within(&field.path()), name);
            }
            Owner::Within => self.add_owner_within(field),
            Owner::No => {}
        }
        match kind {
            Some(kind) => {
                let path = field.path();
                let kind = if kind.is_empty { self.kind_around(&path) } else { kind };
                self.given.add_object(kind, field.is_listed(), within(&path), value);
            }
            None if is_word => {
                self.given.add_word(value);
            }
            None => {}
        }
    }

    /// The ids in the path and the query of a URL.
    fn add_url(&mut self, url: &str) {
        let path = match url.contains("://") {
            true => quote::url_path(url),
            false => url.split(['?', '#']).next().unwrap_or(url),
        };
        in_path(path, &[], self.names, |_, kind, value| {
            self.given.add_object(kind, true, "", value);
        });
        self.given.add_text(url.get(path.len()..).unwrap_or_default().as_bytes());
        // `/media/7.bin`.
        self.given.add_text(path.as_bytes());
    }

    /// The kind that the containers of a field tell, the innermost first: `order` of
    /// `$.orders[0].id`; or else the route.
    fn kind_around(&mut self, path: &str) -> Kind {
        let around = path.split('.').rev().skip(1);
        for part in around.map(|part| part.split('[').next().unwrap_or(part)) {
            let name = self.names.of(part);
            if name.tells_kind {
                return name.singular.clone();
            }
        }
        let of_route = || kind_of_route(self.call.path(), self.names);
        self.of_route.get_or_insert_with(of_route).clone()
    }

    /// `"owner": {"id": "u1"}`.
    fn add_owner_within(&mut self, field: &FieldRef<'_>) {
        let path = field.path();
        let around = within(&path);
        let outer = around.rsplit('.').next().unwrap_or_default();
        // With their places in lists names are too many to be remembered.
        let outer = match outer.contains('[') {
            true => plain(outer).into(),
            false => Arc::clone(&self.names.of(outer).plain),
        };
        // An account's balance is no owner's name.
        if kinds::is_owner(&outer) {
            self.add_owner(field, within(around), outer);
        }
    }

    /// `"owner": "u1"`.
    fn add_owner(&mut self, field: &FieldRef<'_>, within: &str, name: Arc<str>) {
        let mut last = self.given.owners.iter_mut().rev().take(4);
        match last.find(|owner| owner.within == within) {
            // An id tells more than a name, whichever stands first.
            Some(owner) if owner.name == name => {
                if field.name.eq_ignore_ascii_case("id") {
                    field.value.clone_into(&mut owner.value);
                }
            }
            Some(_) => {}
            None => {
                let (within, value) = (within.to_owned(), field.value.to_owned());
                self.given.owners.push(Named { within, name, value });
            }
        }
    }
}

/// `/orders/7`, `https://shop.test/orders/7`.
fn is_url(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.first() == Some(&b'/') || (has_colon(bytes) && value.contains("://"))
}

/// Most texts have none. Sixteen bytes are looked at together.
fn has_colon(text: &[u8]) -> bool {
    let (pieces, rest) = text.as_chunks::<16>();
    let has = |piece: &[u8; 16]| piece.iter().fold(false, |has, byte| has | (*byte == b':'));
    pieces.iter().any(has) || rest.contains(&b':')
}

/// What encloses a field: `$.orders[0]` of `$.orders[0].id`, `$` of `$.ids[3]`.
fn within(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing_http::{Draft, asked};
    use crate::policy::Policy;

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    fn given(draft: Draft) -> Given {
        let (policy, record) = (Policy::default(), draft.record());
        Given::of(&Call::of(&record, &policy).unwrap()).0
    }

    fn objects(given: &Given) -> Vec<(&str, &str)> {
        given.objects().map(|object| (&*object.kind.word, object.value)).collect()
    }

    #[test]
    fn lists_give_objects_and_their_owners() {
        let body = r#"{"orders": [{"id": 6, "owner": "u2", "total": 60}, {"id": 7, "user": {"id":
            "u3", "email": "u3@a.test"}}], "next": "/v1/orders?after=7", "tags": ["x", "12"]}"#;
        let given =
            given(asked("GET", "http://a.test/v1/orders", &[], "").answer(200, &[JSON], body));
        let expected = [("order", "6"), ("order", "7"), ("user", "u3"), ("tag", "12")];
        assert_eq!(objects(&given), expected);
        assert_eq!(given.words, [id_key("7")]);
        let owner = |id| given.owner_of(id).map(|owner| owner.value);
        assert_eq!((owner("6"), owner("7"), owner("8")), (Some("u2"), Some("u3"), None));
        assert!(given.person.is_some() && !given.unread);
    }

    #[test]
    fn urls_have_a_scheme_or_begin_with_a_slash() {
        for url in ["/", "//a.test", "a://", &format!("{}://x", "x".repeat(40)), "10:20 http://a"] {
            assert!(is_url(url), "{url}");
        }
        let long = format!("{}: //", "x".repeat(31));
        for text in ["", "a/b", "10:20:30", "a:/b", "\u{fc}:", long.as_str()] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn kinds_come_from_the_route_where_the_document_has_none() {
        let list = r#"[{"id": "a1"}, {"uuid": "b2"}]"#;
        let list = asked("GET", "http://a.test/v1/orders", &[], "").answer(200, &[JSON], list);
        assert_eq!(objects(&given(list)), [("order", "a1"), ("order", "b2")]);
        let made = [("Location", "http://a.test/v1/orders/9"), JSON];
        let made = asked("POST", "http://a.test/v1/orders", &[], "").answer(201, &made, "");
        assert_eq!(objects(&given(made)), [("order", "9")]);
        let one = r#"{"id": 1, "owner": "user1", "items": [{"sku": "S10", "qty": 1}]}"#;
        let one = asked("GET", "http://a.test/v1/orders/1", &[], "").answer(200, &[JSON], one);
        assert_eq!(given(one).owner_of("1").unwrap().value, "user1");
    }

    #[test]
    fn other_text_gives_what_looks_like_an_id() {
        let html = ("Content-Type", "text/html");
        let page = "<a href=\"/orders/17\">your order</a>";
        let page = asked("GET", "http://a.test/", &[], "").answer(200, &[html], page);
        assert_eq!(given(page).words, [id_key("17")]);
        let cut = "[{\"id\": 17}, {\"i";
        let cut = given(asked("GET", "http://a.test/", &[], "").answer(200, &[JSON], cut));
        assert!(cut.unread && cut.words == [id_key("17")]);
        let binary = ("Content-Type", "application/grpc");
        assert!(given(asked("GET", "http://a.test/", &[], "").answer(200, &[binary], "x")).unread);
        let image = ("Content-Type", "image/png");
        assert!(!given(asked("GET", "http://a.test/", &[], "").answer(200, &[image], "7")).unread);
    }
}

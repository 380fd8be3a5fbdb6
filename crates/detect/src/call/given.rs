//! What an answer gives: the ids in it, and whose the objects are. Whoever was given an id may be
//! expected to ask for the object.

use std::cell::LazyCell;
use std::ops::Deref;

use dissect::http::Coding;
use dissect::http::values::{Field, is_json, media_type};
use dissect::limits::HTTP_MESSAGE_FIELDS;

use super::ids::{
    id_key, in_path, kind_of_containers, kind_of_name, kind_of_route, plain, singular,
};
use super::{Call, kinds, quote, route, secrets, text_ids};

/// Most words of an answer that are kept.
const MAX_WORDS: usize = 4_000;
/// Longest value that may be an id.
pub(super) const MAX_ID: usize = 128;
/// Names of fields with text that is asked for again, although it does not look like an id.
const HANDLES: [&str; 8] = ["code", "handle", "key", "login", "name", "ref", "slug", "username"];
/// Headers with a URL of an object.
const HEADERS: [&str; 4] = ["location", "content-location", "link", "x-resource-url"];

/// What an answer gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// Ids in fields and URLs that say of what.
    pub(crate) objects: Vec<GivenObject>,
    /// Other text that may be an id: [`id_key`] of each.
    pub(crate) words: Vec<u64>,
    /// It may hold more ids, which nobody could read here: it is cut, encoded or binary.
    pub(crate) unread: bool,
    /// What is said of a person, such as an e-mail address: the first such value.
    pub(crate) person: Option<String>,
    owners: Vec<Owner>,
}

/// An object that an answer names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct GivenObject {
    /// As [`super::ids::ObjectId::kind`].
    pub(crate) kind: String,
    /// Its id.
    pub(crate) value: String,
    /// Whether it is one of a list.
    pub(crate) listed: bool,
    /// What encloses it: `$.orders[0]`.
    within: String,
}

#[derive(Clone, Debug)]
struct Owner {
    within: String,
    name: String,
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
    /// What the answer of a call gives.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let mut given = Self::default();
        let Some(response) = call.response() else { return given };
        let of_route = LazyCell::new(|| kind_of_route(call.request().path()));
        for field in call.answer_fields() {
            given.add_field(field, &of_route);
        }
        for name in HEADERS {
            for value in response.headers.all(name) {
                given.add_url(value.trim_start_matches('<').split('>').next().unwrap_or(value));
            }
        }
        given.read_text(call);
        given
    }

    /// Whose the object with this id is, if the answer says so: what stands next to the id, or else
    /// at the top of an answer that is one object.
    pub(crate) fn owner_of(&self, id: &str) -> Option<OwnerField<'_>> {
        let beside = self
            .objects
            .iter()
            .filter(|object| object.value == id)
            .find_map(|object| self.owners.iter().find(|owner| owner.within == object.within));
        let at_top = || self.owners.iter().find(|owner| !owner.within.contains('['));
        let owner = beside.or_else(at_top)?;
        Some(OwnerField { name: &owner.name, value: &owner.value })
    }

    /// Whose an object of this answer is.
    pub(crate) fn owner_beside(&self, object: &GivenObject) -> Option<&str> {
        let owner = self.owners.iter().find(|owner| owner.within == object.within)?;
        Some(&owner.value)
    }

    fn add_field(&mut self, field: &Field, of_route: &impl Deref<Target = String>) {
        let value = field.value.as_str();
        if value.is_empty() {
            return;
        }
        if value.starts_with('/') || value.contains("://") {
            self.add_url(value);
            return;
        }
        if self.person.is_none() && secrets::personal(field).is_some() {
            self.person = Some(value.to_owned());
        }
        if value.len() > MAX_ID {
            return;
        }
        let name = plain(&field.name);
        self.add_owner(field, &name);
        let is_scalar_of_list = field.path.ends_with(']');
        let is_number = || value.bytes().all(|byte| byte.is_ascii_digit());
        let looks_like_id =
            LazyCell::new(|| route::is_id(value) && !(is_number() && kinds::is_quantity(&name)));
        let kind = match kind_of_name(&field.name) {
            Some(kind) => Some(kind),
            // `"orders": [1, 2, 3]`.
            None if is_scalar_of_list && *looks_like_id => Some(singular(&name)),
            None => None,
        };
        match kind {
            Some(kind) => {
                let kind =
                    if kinds::is_empty(&kind) { kind_of_containers(&field.path) } else { kind };
                let kind = if kind.is_empty() { String::clone(of_route) } else { kind };
                let listed = field.path.contains('[');
                let within = within(&field.path).to_owned();
                let value = value.to_owned();
                self.objects.push(GivenObject { kind, value, listed, within });
            }
            None if *looks_like_id || HANDLES.contains(&name.as_str()) => {
                self.add_word(value);
            }
            None => {}
        }
    }

    /// `"owner": "u1"`, `"owner": {"id": "u1"}`.
    fn add_owner(&mut self, field: &Field, name: &str) {
        let around = within(&field.path);
        let outer;
        let (within, name) = if kinds::is_owner(name) {
            (around, name)
        } else if ["id", "uuid", "guid", "username", "email"].contains(&name) {
            // An account's balance is no owner's name.
            outer = around.rsplit('.').next().map(plain).unwrap_or_default();
            if !kinds::is_owner(&outer) {
                return;
            }
            (self::within(around), outer.as_str())
        } else {
            return;
        };
        let mut last = self.owners.iter_mut().rev().take(4);
        match last.find(|owner| owner.within == within) {
            // An id tells more than a name, whichever stands first.
            Some(owner) if owner.name == name => {
                if field.name.eq_ignore_ascii_case("id") {
                    field.value.as_str().clone_into(&mut owner.value);
                }
            }
            Some(_) => {}
            None => {
                let (within, name) = (within.to_owned(), name.to_owned());
                self.owners.push(Owner { within, name, value: field.value.to_string() });
            }
        }
    }

    /// Remembers a word; returns whether there are enough.
    fn add_word(&mut self, word: &str) -> bool {
        if self.words.len() < MAX_WORDS {
            self.words.push(id_key(word));
        }
        self.words.len() >= MAX_WORDS
    }

    /// The ids in the path and the query of a URL.
    fn add_url(&mut self, url: &str) {
        let path = match url.contains("://") {
            true => quote::url_path(url),
            false => url.split(['?', '#']).next().unwrap_or(url),
        };
        for id in in_path(path, &[]) {
            let within = String::new();
            let (kind, value) = (id.kind, id.value);
            self.objects.push(GivenObject { kind, value, listed: true, within });
        }
        self.add_text(url.get(path.len()..).unwrap_or_default().as_bytes());
        // `/media/7.bin`.
        self.add_text(path.as_bytes());
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
        if body.coding == Coding::Left || !(is_text || kind.is_empty()) {
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
        Given::of(&Call::of(&record, &policy).unwrap())
    }

    fn objects(given: &Given) -> Vec<(&str, &str)> {
        given.objects.iter().map(|object| (&*object.kind, &*object.value)).collect()
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

//! What users are called, where their credentials do not say: as answers to a login, to `/me`, and
//! lists of their objects tell.

use dissect::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::call::ids::plain;
use crate::call::kinds::{Whose, is_people};
use crate::call::login::LoginResult;
use crate::call::viewer::{Viewer, name_key};
use crate::call::{Call, route, secrets};
use crate::digest::Digest;
use crate::table::Table;

/// Most users whose names are remembered.
const MAX_PEOPLE: usize = 1 << 18;
/// Seconds that they are, after they were last seen.
const LIFETIME: i64 = 24 * 3_600;
/// Most names of a user.
const MAX_NAMES: usize = 4;
/// Last words of paths that answer with who asks.
const ABOUT_ONESELF: [&str; 7] =
    ["account", "current", "me", "profile", "self", "userinfo", "whoami"];
/// Fields that say who somebody is, in answers about oneself.
const NAMES: [&str; 7] = ["email", "id", "login", "sub", "userid", "username", "uuid"];

/// Names of users.
pub(super) struct People {
    known: Table<u64, Person>,
}

/// One user.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Person {
    names: [u64; MAX_NAMES],
    issuer: u64,
}

impl Default for People {
    fn default() -> Self {
        Self { known: Table::new(MAX_PEOPLE, LIFETIME) }
    }
}

impl People {
    /// What the answer to a login says of the one to whom it gives a token.
    pub(super) fn learn_from_login(&mut self, call: &Call<'_>) {
        let Some(login) = call.login().filter(|login| login.result == LoginResult::Accepted) else {
            return;
        };
        let mut names = vec![login.name];
        names.extend(names_in(call));
        let tokens = call.answer_fields().iter().filter(|field| secrets::is_token(*field));
        let mut secrets: Vec<String> = tokens.map(|field| field.value.to_string()).collect();
        let cookies = call.response().into_iter().flat_map(|said| said.headers.all("set-cookie"));
        for (name, value) in cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='))
        {
            if dissect::http::is_session_cookie(name.trim()) {
                secrets.push(value.to_owned());
            }
        }
        for secret in secrets.iter().take(4) {
            // As the principal of an opaque credential is made.
            let sha256: [u8; 32] = Sha256::digest(secret).into();
            let key = Digest::of([&sha256[..]]).short();
            self.add(key, &names, 0, call.answered_at());
        }
    }

    /// Takes in what a call says of the one who asks, and completes his names.
    pub(super) fn learn(&mut self, call: &Call<'_>, viewer: &mut Viewer) {
        let now = call.answered_at();
        let mut names = Vec::new();
        if viewer.names.is_empty() {
            names.extend(names_of_oneself(call));
            names.extend(owner_of_list(call));
        }
        if !viewer.names.is_empty() || !names.is_empty() {
            names.extend(&viewer.names);
            self.add(viewer.key, &names, viewer.issuer, now);
        }
        if let Some(known) = self.known.find(&viewer.key, now) {
            let more = known.names.iter().filter(|name| **name != 0);
            viewer.names.extend(more);
        }
    }

    fn add(&mut self, key: u64, names: &[u64], issuer: u64, now: Timestamp) {
        let person = self.known.entry(key, now, Person::default);
        person.issuer = issuer;
        for name in names {
            if person.names.contains(name) {
                continue;
            }
            if let Some(free) = person.names.iter_mut().find(|known| **known == 0) {
                *free = *name;
            }
        }
    }

    /// Whether one of the names is this user's.
    pub(super) fn is_called(&mut self, key: u64, name: u64, now: Timestamp) -> bool {
        self.known.find(&key, now).is_some_and(|person| person.names.contains(&name))
    }

    /// Whether two users are sure to be different people: the same issuer, or none, calls them
    /// differently.
    pub(super) fn are_different(&mut self, viewer: &Viewer, other: u64, now: Timestamp) -> bool {
        let Some(other) = self.known.find(&other, now) else { return false };
        let has_names = other.names.iter().any(|name| *name != 0) && !viewer.names.is_empty();
        let is_same = other.names.iter().any(|name| *name != 0 && viewer.names.contains(name));
        has_names && !is_same && other.issuer == viewer.issuer
    }
}

/// Names in an answer about oneself.
fn names_of_oneself(call: &Call<'_>) -> Vec<u64> {
    let path = call.path();
    let last = path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    let has_ids = || path.split('/').any(|segment| route::split(segment).is_some());
    // An id has a digit, as none of these words has.
    let may_be = !last.ends_with(|c: char| c.is_ascii_digit()) && call.is_safe();
    match may_be && ABOUT_ONESELF.contains(&plain(last).as_str()) && !has_ids() {
        true => names_in(call),
        false => Vec::new(),
    }
}

/// Fields at the top of an answer, or in its `user`, that say who somebody is.
fn names_in(call: &Call<'_>) -> Vec<u64> {
    let fields = call.answer_fields().iter().filter(|field| {
        let path = field.path();
        let parts: Vec<&str> = path.split('.').collect();
        let is_outside = match parts.as_slice() {
            ["$", _] => true,
            ["$", around, _] => ["data", "user", "profile", "account", "me"].contains(around),
            ["$", "data", "user" | "me" | "viewer", _] => true,
            _ => false,
        };
        is_outside && NAMES.contains(&plain(field.name).as_str()) && field.value.len() <= 128
    });
    fields.take(MAX_NAMES).map(|field| name_key(field.value)).collect()
}

/// The only owner of a list of things that belong to persons: the one who asked for it.
fn owner_of_list(call: &Call<'_>) -> Option<u64> {
    if !call.ids().is_empty() || !call.is_safe() {
        return None;
    }
    let given = call.given();
    let listed = given.objects().filter(|object| {
        object.listed && object.kind.whose == Whose::Person && !is_people(&object.kind.word)
    });
    let mut owners = listed.filter_map(|object| given.owner_beside(object));
    let first = owners.next()?;
    owners.all(|owner| owner == first).then(|| name_key(first))
}

//! What names of fields and headers say. The same names come again with every message, so that what
//! each says is judged once and remembered.
//!
//! It depends on the name alone, and never grows stale. Names come from the wire: those that nobody
//! uses twice push the others out now and then, which costs as much as not to remember any.

use std::sync::Arc;

use dissect::http::values::last_word;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::ids::{kind_of_name, plain, singular};
use super::kinds::{self, Whose};
use super::marks::{self, MarkKind};
use super::secrets::Personal;

/// Names that are remembered; when there are more, all are forgotten.
const MAX_NAMES: usize = 4_096;
/// Longest name that is remembered, in bytes: programs have no longer ones.
const MAX_LENGTH: usize = 64;
/// Names of fields with text that is asked for again, although it does not look like an id.
const HANDLES: [&str; 8] = ["code", "handle", "key", "login", "name", "ref", "slug", "username"];
/// Names that say who an owner is, in what is called as owners are.
const OF_OWNERS: [&str; 5] = ["id", "uuid", "guid", "username", "email"];

/// What is known of names.
#[derive(Default)]
pub(crate) struct Names {
    known: Vec<Known>,
    places: HashMap<Arc<str>, Place, RandomState>,
    /// Where the name is that was asked for last.
    last: Place,
    /// The last one that is not remembered.
    other: Option<Name>,
}

/// Where a name is among those that are known.
type Place = usize;

/// A name that is remembered.
struct Known {
    text: Arc<str>,
    name: Name,
    /// Where the name is that was asked for after it: names follow each other as they did before.
    next: Place,
}

/// What a name says.
pub(crate) struct Name {
    /// [`plain`].
    pub(super) plain: Arc<str>,
    /// The same in the singular: what items of a list are that is called so.
    pub(super) singular: Kind,
    /// Whether it tells of what kind that is which it encloses.
    pub(super) tells_kind: bool,
    /// Whether as a word of a path it stands for the whole API.
    pub(super) is_version: bool,
    /// Whether as a word of a path it says what is done.
    pub(super) is_verb: bool,
    /// The kind of object whose id a field of this name holds: [`kind_of_name`].
    pub(super) id_of: Option<Kind>,
    /// Whether it says whose an object is.
    pub(super) owner: Owner,
    /// What of a person it holds, if its value fits.
    pub(super) personal: Option<Personal>,
    /// Whether a number of this name counts or measures something.
    pub(super) is_quantity: bool,
    /// Whether its text is asked for again, whatever it looks like.
    pub(super) is_handle: bool,
    /// What should be used once.
    pub(super) mark: Option<MarkKind>,
    /// Whether a header of this name shows who asks.
    pub(super) is_credential: bool,
    /// Whether of its fields only those say something of objects whose values look like ids.
    pub(super) is_plain: bool,
}

/// Whether a field says whose an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// By its own name: `owner`.
    Itself,
    /// If what encloses it does: `id` of `owner`.
    Within,
    No,
}

/// A kind of objects.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// In lower case and singular: `order`; empty where nothing tells it.
    pub(crate) word: Arc<str>,
    /// Whose objects of this kind are.
    pub(crate) whose: Whose,
    /// Whether the word says no more than that there is something: [`kinds::is_empty`].
    pub(super) is_empty: bool,
}

impl Names {
    /// What a name says.
    #[inline]
    pub(super) fn of(&mut self, text: &str) -> &Name {
        let expected = self.known.get(self.last).map_or(0, |last| last.next);
        let is_next = self.known.get(expected).is_some_and(|known| *known.text == *text);
        let place = if is_next { expected } else { self.find(text) };
        self.last = place;
        match self.known.get(place) {
            Some(known) => &known.name,
            None => self.other.insert(Name::of(text)),
        }
    }

    /// Where a name is, which is made known; nowhere if it is too long.
    #[cold]
    fn find(&mut self, text: &str) -> Place {
        let place = self.places.get(text).copied().unwrap_or_else(|| self.add(text));
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = place;
        }
        place
    }

    fn add(&mut self, text: &str) -> Place {
        if text.len() > MAX_LENGTH {
            return Place::MAX;
        }
        if self.known.len() >= MAX_NAMES {
            self.known.clear();
            self.places.clear();
        }
        let (place, name, text) = (self.known.len(), Name::of(text), Arc::from(text));
        self.places.insert(Arc::clone(&text), place);
        self.known.push(Known { text, name, next: place });
        place
    }
}

impl Name {
    fn of(name: &str) -> Self {
        let (plain, last) = (plain(name), plain(last_word(name)));
        let owner = match plain.as_str() {
            word if kinds::is_owner(word) => Owner::Itself,
            word if OF_OWNERS.contains(&word) => Owner::Within,
            _ => Owner::No,
        };
        let id_of = kind_of_name(name).map(|kind| Kind::of(&kind));
        let personal = Personal::named(&last);
        let is_handle = HANDLES.contains(&plain.as_str());
        let is_plain = id_of.is_none() && owner == Owner::No && personal.is_none() && !is_handle;
        Self {
            singular: Kind::of(&singular(&plain)),
            tells_kind: !kinds::is_empty(&plain),
            is_version: kinds::is_version(&plain),
            is_verb: kinds::is_verb(&plain),
            id_of,
            owner,
            personal,
            is_quantity: kinds::is_quantity(&plain),
            is_handle,
            is_plain,
            mark: marks::by_name(name),
            is_credential: dissect::http::is_credential_header(name),
            plain: plain.into(),
        }
    }
}

impl Kind {
    /// The kind of this name.
    pub(super) fn of(word: &str) -> Self {
        Self { word: word.into(), whose: kinds::whose(word), is_empty: kinds::is_empty(word) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_is_said() {
        let long = "owner_".repeat(30);
        let mut names = Names::default();
        for _ in 0..2 {
            for text in ["order_id", "id", "Owner", "e-mail", "X-Nonce", "tags", "qty", "", &long] {
                let (name, again) = (names.of(text), Name::of(text));
                assert_eq!((&*name.plain, name.owner), (&*again.plain, again.owner), "{text}");
                let kinds = |name: &Name| {
                    let id_of = name.id_of.as_ref().map(|kind| kind.word.clone());
                    (id_of, name.singular.word.clone(), name.tells_kind, name.is_quantity)
                };
                assert_eq!(kinds(name), kinds(&again), "{text}");
                let other = |name: &Name| (name.personal, name.is_handle, name.mark);
                assert_eq!(other(name), other(&again), "{text}");
            }
        }
        assert_eq!(names.of("order_id").id_of.as_ref().map(|kind| kind.whose), Some(Whose::Person));
    }

    #[test]
    fn names_from_the_wire_do_not_pile_up() {
        let mut names = Names::default();
        for number in 0..3 * MAX_NAMES {
            let name = names.of(&format!("field{number}_id"));
            assert_eq!(&*name.plain, format!("field{number}id"));
            assert!(names.known.len() <= MAX_NAMES && names.places.len() <= MAX_NAMES);
        }
        let long = "x".repeat(MAX_LENGTH + 1);
        assert_eq!(&*names.of(&long).plain, long);
        assert!(names.known.iter().all(|known| known.text.len() <= MAX_LENGTH));
    }
}

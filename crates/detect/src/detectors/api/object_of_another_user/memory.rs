//! Who was given which object, and how objects of a kind are shared out among users.

use dissect::Timestamp;

use crate::call::Call;
use crate::call::given::GivenObject;
use crate::call::kinds::Whose;
use crate::call::viewer::{Viewer, name_key};
use crate::digest::Key;
use crate::table::Table;

/// Most objects that are remembered (about 40 MiB).
const MAX_OBJECTS: usize = 1 << 19;
/// Most kinds of all hosts.
const MAX_KINDS: usize = 1 << 14;
/// Most pairs of user and kind.
const MAX_SHARES: usize = 1 << 18;
/// Most objects of one answer.
const MAX_GIVEN: usize = 512;
/// Seconds that all of it is remembered.
const LIFETIME: i64 = 24 * 3_600;

/// What is remembered.
pub(super) struct Memory {
    objects: Table<u64, Holder>,
    kinds: Table<u64, Kind>,
    shares: Table<u64, Share>,
}

/// To whom an object was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder {
    /// The only one, unless it is shared.
    pub(super) who: u64,
    /// In which packet of which input.
    pub(super) packet: u64,
    pub(super) input: u32,
    /// He asked for it by its id: nobody gave it to him, as far as is known.
    pub(super) asked_for: bool,
    /// Several have it, or anybody.
    pub(super) shared: bool,
}

/// How objects of a kind at a host are shared out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kind {
    /// Objects that were given to one user only.
    pub(super) alone: u32,
    /// Objects that several were given.
    pub(super) shared: u32,
    /// Objects that named the user to whom they were given as their owner.
    pub(super) of_viewer: u32,
    /// A list named several owners, or somebody was served without a credential.
    pub(super) mixed: bool,
}

/// What one user has of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    /// Objects that he was given, and nobody else.
    pub(super) alone: u32,
    /// Objects that named him.
    pub(super) own: u32,
    /// Objects that named another.
    pub(super) foreign: u32,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            objects: Table::new(MAX_OBJECTS, LIFETIME),
            kinds: Table::new(MAX_KINDS, LIFETIME),
            shares: Table::new(MAX_SHARES, LIFETIME),
        }
    }
}

impl Memory {
    pub(super) fn holder(&mut self, object: u64, now: Timestamp) -> Option<Holder> {
        self.objects.find(&object, now).copied()
    }

    pub(super) fn kind(&mut self, kind: u64, now: Timestamp) -> Kind {
        self.kinds.find(&kind, now).copied().unwrap_or_default()
    }

    pub(super) fn share(&mut self, viewer: u64, kind: u64, now: Timestamp) -> Share {
        self.shares.find(&share_key(viewer, kind), now).copied().unwrap_or_default()
    }

    /// One more object that names another; returns how many there are.
    pub(super) fn add_foreign(&mut self, viewer: u64, kind: u64, now: Timestamp) -> u32 {
        let share = self.shares.entry(share_key(viewer, kind), now, Share::default);
        share.foreign = share.foreign.saturating_add(1);
        share.foreign
    }

    /// Objects that are served without a credential are anybody's.
    pub(super) fn give_to_anybody(&mut self, call: &Call<'_>) {
        let (host, now) = (call.host().unwrap_or_default(), call.answered_at());
        for object in call.given().objects().filter(|it| is_kept(it)).take(MAX_GIVEN) {
            let kind = kind_key(host, &object.kind.word);
            self.kinds.entry(kind, now, Kind::default).mixed = true;
        }
    }

    /// What an answer gives to the one who asked.
    pub(super) fn give(&mut self, call: &Call<'_>, viewer: &Viewer, input: usize) {
        let (host, now) = (call.host().unwrap_or_default(), call.answered_at());
        let given = call.given();
        let packet = call.response().map_or(0, |response| response.packets.last.number);
        let input = u32::try_from(input).unwrap_or(u32::MAX);
        // Of one kind in one answer.
        let mut owners: Vec<(u64, u64)> = Vec::new();
        for object in given.objects().filter(|it| is_kept(it)).take(MAX_GIVEN) {
            let kind = kind_key(host, &object.kind.word);
            let key = object_key(kind, object.value);
            let asked_for = call.ids().iter().any(|id| id.value == object.value);
            let owner = given.owner_beside(object).filter(|owner| object.value != *owner);
            if let Some(owner) = owner.map(name_key) {
                let is_other = owners.iter().any(|(of, known)| *of == kind && *known != owner);
                owners.push((kind, owner));
                let all = self.kinds.entry(kind, now, Kind::default);
                all.mixed |= is_other;
                if viewer.names.contains(&owner) {
                    all.of_viewer = all.of_viewer.saturating_add(1);
                    let share = share_key(viewer.key, kind);
                    let share = self.shares.entry(share, now, Share::default);
                    share.own = share.own.saturating_add(1);
                }
            }
            let holder = Holder { who: viewer.key, packet, input, asked_for, shared: false };
            self.hold(key, kind, holder, now);
        }
    }

    fn hold(&mut self, key: u64, kind: u64, new: Holder, now: Timestamp) {
        let mut is_new = false;
        let holder = self.objects.entry(key, now, || {
            is_new = true;
            new
        });
        let was_asked_for = holder.asked_for;
        let becomes_shared = !is_new && holder.who != new.who && !holder.shared
            // Who asked for what he was not given has no say.
            && !was_asked_for && !new.asked_for;
        let becomes_given = !new.asked_for && (is_new || was_asked_for);
        let gives_up = becomes_shared.then_some(holder.who);
        if becomes_shared {
            holder.shared = true;
        } else if becomes_given {
            *holder = new;
        }
        if becomes_given {
            let all = self.kinds.entry(kind, now, Kind::default);
            all.alone = all.alone.saturating_add(1);
            let share = self.shares.entry(share_key(new.who, kind), now, Share::default);
            share.alone = share.alone.saturating_add(1);
        }
        if let Some(other) = gives_up {
            let all = self.kinds.entry(kind, now, Kind::default);
            all.alone = all.alone.saturating_sub(1);
            all.shared = all.shared.saturating_add(1);
            let share = self.shares.entry(share_key(other, kind), now, Share::default);
            share.alone = share.alone.saturating_sub(1);
        }
    }
}

fn is_kept(object: &GivenObject) -> bool {
    !object.kind.word.is_empty() && object.kind.whose != Whose::Anybody
}

/// Stands for a kind at a host.
pub(super) fn kind_key(host: &str, kind: &str) -> u64 {
    Key::short_of(&(host, kind))
}

/// Stands for an object of a kind.
pub(super) fn object_key(kind: u64, id: &str) -> u64 {
    Key::short_of(&(kind, id))
}

const fn share_key(viewer: u64, kind: u64) -> u64 {
    // Both are keys.
    viewer.rotate_left(17) ^ kind
}

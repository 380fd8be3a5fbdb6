//! Hashes that nobody can foresee: seeded per process, so that no two things can be made on purpose
//! that have the same one. They differ from run to run and must not get into outputs.

use std::hash::{BuildHasher as _, Hash};

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;

/// The hash of a thing: the same everywhere in this process.
pub(crate) fn hash(thing: &(impl Hash + ?Sized)) -> u64 {
    SeedableRandomState::with_seed(0, SharedSeed::global_random()).hash_one(thing)
}

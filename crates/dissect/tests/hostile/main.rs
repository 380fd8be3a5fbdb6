//! The repository's captures, damaged in every way: no panic, bounded records, and where nothing
//! was lost, the same facts. All by fixed seeds: a failure names its capture, damage and seed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod captures;
mod damage;
mod outcome;
mod outlines;

use captures::{Frame, cases};
use damage::{DAMAGES, Dice};
use outcome::{check, dissected, facts};

/// Times that each capture is damaged in each way.
const SEEDS: u64 = 48;

#[test]
fn undamaged_captures_tell_their_sessions() {
    for case in cases() {
        let records = dissected(&case.frames);
        check(&records, case.frames.len());
        assert_eq!(!facts(&records).is_empty(), case.has_sessions, "{}", case.name);
    }
}

#[test]
fn damage_does_not_panic_and_records_stay_bounded() {
    for case in cases() {
        for (name, damage) in DAMAGES {
            for seed in 0..SEEDS {
                let mut frames = case.frames.clone();
                damage(&mut frames, &mut Dice(seed));
                let outcome = std::panic::catch_unwind(|| check(&dissected(&frames), frames.len()));
                assert!(outcome.is_ok(), "{}, {name}, seed {seed}", case.name);
            }
        }
    }
}

#[test]
fn damaged_captures_tell_the_same_every_time() {
    for case in cases() {
        for (name, damage) in DAMAGES {
            let mut frames = case.frames.clone();
            damage(&mut frames, &mut Dice(7));
            let told = || format!("{:?}", dissected(&frames));
            assert_eq!(told(), told(), "{}, {name}", case.name);
        }
    }
}

#[test]
fn duplicated_packets_change_no_fact() {
    same_facts(|frames, dice| {
        let before = frames.len();
        damage::duplicate(frames, dice);
        frames.len() - before
    });
}

#[test]
fn reordered_segments_change_no_fact() {
    same_facts(damage::swap_neighbours);
}

#[test]
fn a_hello_that_was_cut_or_lost_is_not_told() {
    for case in cases() {
        let whole = facts(&dissected(&case.frames));
        let is_hello =
            |frame: &Frame| frame.data.windows(6).any(|w| w[..2] == [22, 3] && w[5] == 1);
        let Some(hello) = case.frames.iter().position(is_hello) else { continue };
        let mut lost = case.frames.clone();
        lost.remove(hello);
        assert_ne!(facts(&dissected(&lost)), whole, "{} without its hello", case.name);
        let mut cut = case.frames.clone();
        cut[hello].data.truncate(80);
        assert_ne!(facts(&dissected(&cut)), whole, "{} with a cut hello", case.name);
    }
}

/// Whatever `harmless` does to a capture, its sessions are told as before; it returns how many
/// changes it made.
fn same_facts(harmless: impl Fn(&mut Vec<Frame>, &mut Dice) -> usize) {
    let mut changes = 0;
    for case in cases() {
        let whole = facts(&dissected(&case.frames));
        for seed in 0..SEEDS {
            let mut frames = case.frames.clone();
            changes += harmless(&mut frames, &mut Dice(seed));
            assert_eq!(facts(&dissected(&frames)), whole, "{}, seed {seed}", case.name);
        }
    }
    assert!(changes > 1_000, "only {changes} changes: nothing was tried");
}

//! The pace of a replay: packets of a file come when they came, slower or faster, and stand still
//! when somebody wants to look.
//!
//! ```text
//! whoever decides ──pause, resume, speed, step──▶ Pace ◀──found, handled── the face
//!                                                  │
//! file ─▶ Source ─blocks─▶ Paced ──a few packets at a time──▶ engine
//! ```
//!
//! A step goes on to the next finding and stops behind the packet that raised it: while it lasts,
//! packets come one by one, each when all that follows from the one before is told. At full speed
//! blocks go through as they are.
//!
//! Contract: the face of a run with a [`Paced`] source calls [`Pace::found`] for every new finding
//! and [`Pace::handled`] with every report of progress; whoever ends the run calls [`Pace::stop`],
//! for the engine may be waiting here.

mod paced;
mod schedule;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use paced::Paced;
pub use schedule::LONGEST_WAIT;

/// How fast packets come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Speed {
    /// As fast as they can be read.
    Max,
    /// So many tenths of the pace at which they were captured; 0 counts as 1.
    Tenths(u16),
}

/// The control of a replay; clones control the same one.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    speed: Speed,
    paused: bool,
    stepping: bool,
    stopped: bool,
    /// Blocks that were handed to the engine.
    given: u64,
    /// Blocks that the face has heard of.
    handled: u64,
    /// Counts what was decided: who waits for a packet's time learns by it that something changed.
    decisions: u64,
}

/// What the source may do next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    /// Hand on packets that are due at this many tenths of their pace.
    Due { tenths: u16, decisions: u64 },
    /// Hand on one packet.
    One,
    /// End.
    Stop,
    /// Hand on a whole block.
    Whole,
}

impl Pace {
    /// Goes on at this speed from the start.
    pub fn new(speed: Speed) -> Self {
        let state = State {
            speed,
            paused: false,
            stepping: false,
            stopped: false,
            given: 0,
            handled: 0,
            decisions: 0,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Stands still from the next packet on. What is on its way through the engine still arrives.
    pub fn pause(&self) {
        self.decide(|state| (state.paused, state.stepping) = (true, false));
    }

    /// Goes on, at the speed that was set last.
    pub fn resume(&self) {
        self.decide(|state| (state.paused, state.stepping) = (false, false));
    }

    /// Goes on, at this speed.
    pub fn set_speed(&self, speed: Speed) {
        self.decide(|state| {
            (state.paused, state.stepping) = (false, false);
            state.speed = speed;
        });
    }

    /// Goes on, as fast as can be, to the next finding, and stands still there.
    pub fn step(&self) {
        self.decide(|state| (state.paused, state.stepping) = (false, true));
    }

    /// Ends the input here, whatever it waits for.
    pub fn stop(&self) {
        self.decide(|state| state.stopped = true);
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.lock().paused
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// There is a new finding. Returns whether a step ends with it.
    pub fn found(&self) -> bool {
        let stepping = self.lock().stepping;
        if stepping {
            self.pause();
        }
        stepping
    }

    /// All that follows from the next block is told.
    pub fn handled(&self) {
        let mut state = self.lock();
        state.handled = state.handled.saturating_add(1);
        if state.stepping {
            self.0.changed.notify_all();
        }
    }

    fn decide(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.decisions = state.decisions.wrapping_add(1);
        self.0.changed.notify_all();
    }

    /// Waits until the source may do something.
    fn turn(&self) -> Turn {
        let waits = |state: &mut State| {
            let behind = state.handled < state.given;
            !state.stopped && (state.paused || state.stepping && behind)
        };
        let state = self.0.changed.wait_while(self.lock(), waits);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        match state.speed {
            _ if state.stopped => Turn::Stop,
            _ if state.stepping => Turn::One,
            Speed::Max => Turn::Whole,
            Speed::Tenths(tenths) => Turn::Due { tenths, decisions: state.decisions },
        }
    }

    /// Waits, unless something is decided that was not when there were so many `decisions`.
    fn wait(&self, time: Duration, decisions: u64) {
        let waits = |state: &mut State| state.decisions == decisions;
        // Whether the time passed or something changed, the turn says.
        drop(self.0.changed.wait_timeout_while(self.lock(), time, waits));
    }

    /// A block is handed to the engine.
    fn gave(&self) {
        let mut state = self.lock();
        state.given = state.given.saturating_add(1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment after the other: nothing is left half done.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_next() {
        let pace = Pace::new(Speed::Max);
        assert_eq!(pace.turn(), Turn::Whole);
        pace.set_speed(Speed::Tenths(5));
        assert_eq!(pace.turn(), Turn::Due { tenths: 5, decisions: 1 });
        pace.step();
        assert_eq!(pace.turn(), Turn::One);
        assert!(pace.found() && pace.is_paused());
        assert!(!pace.found(), "it stands still already");
        pace.resume();
        assert_eq!(pace.turn(), Turn::Due { tenths: 5, decisions: 4 });
        assert!(!pace.found() && !pace.is_paused(), "only a step ends with a finding");
        pace.pause();
        pace.stop();
        assert_eq!(pace.turn(), Turn::Stop, "it waits no longer");
    }

    #[test]
    fn a_wait_ends_with_a_decision() {
        let pace = Pace::new(Speed::Tenths(1));
        let Turn::Due { decisions, .. } = pace.turn() else { unreachable!("it has a speed") };
        pace.pause();
        // A day: the test would never end.
        pace.wait(Duration::from_secs(86_400), decisions);
        assert!(pace.is_paused());
    }

    #[test]
    fn whoever_waits_is_woken() {
        let pace = Pace::new(Speed::Max);
        pace.gave();
        pace.step();
        let waiting = pace.clone();
        let turn = std::thread::spawn(move || waiting.turn());
        pace.handled();
        assert_eq!(turn.join().unwrap(), Turn::One);
        pace.pause();
        let waiting = pace.clone();
        let turn = std::thread::spawn(move || waiting.turn());
        pace.resume();
        assert_eq!(turn.join().unwrap(), Turn::Whole);
    }
}

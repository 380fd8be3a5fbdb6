//! The loop: take in news, draw, wait for a key.
//!
//! Everything happens on the caller's thread. News never make a key wait: a turn takes in at most
//! [`MAX_UPDATES`], and draws at most once per [`FRAME`] unless a key was pressed.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

use crate::app::State;
use crate::console::{Console, Input};
use crate::effect;
use crate::error::Error;
use crate::options::Options;
use crate::outside::Ask;
use crate::terminal::Tty;
use crate::update::{Outcome, Update};

/// Longest time for which news are taken in and lists are brought up to date before keys are looked at
/// again.
const TURN: Duration = Duration::from_millis(12);

/// Updates after which the clock is looked at.
const MAX_UPDATES: usize = 64;

/// Most keys that are handled before the screen is drawn again: a held key repeats 30 times a
/// second, so that more than this are pasted text.
const MAX_INPUTS: usize = 256;

/// Shortest time between two drawings that no key asked for.
const FRAME: Duration = Duration::from_millis(33);

/// Longest wait for a key once nothing more can come. It bounds how late a stop is noticed.
const IDLE: Duration = Duration::from_millis(100);

/// Shows the news on the terminal until the user leaves or `options.stop` is set. What the user wants
/// done outside goes to `wishes`.
///
/// Dropping the receiver, as this does when it returns, tells the sender to stop. The terminal is
/// restored on return, on an error and on a panic of any thread.
#[expect(clippy::needless_pass_by_value, reason = "dropping the receiver stops the sender")]
pub fn run(
    updates: Receiver<Update>,
    wishes: Sender<Ask>,
    options: Options,
) -> Result<Outcome, Error> {
    let mut state = State::new(&options)?;
    let mut tty = Tty::enter(options.mouse)?;
    // If nobody is there to do it, nothing comes back either.
    let mut ask = |wish| drop(wishes.send(wish));
    drive(&mut tty, &mut state, &updates, &options, &mut ask)?;
    Ok(state.outcome())
}

/// The loop on any console.
fn drive(
    console: &mut impl Console,
    state: &mut State,
    updates: &Receiver<Update>,
    options: &Options,
    ask: &mut dyn FnMut(Ask),
) -> Result<(), Error> {
    state.resize(console.size()?);
    console.draw(state)?;
    let mut drawn = Instant::now();
    let stopped = || options.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed));
    let mut news = false;
    while !stopped() {
        let taken = take_in(state, updates);
        news |= taken != Taken::Nothing;
        if news && drawn.elapsed() >= FRAME {
            console.draw(state)?;
            (drawn, news) = (Instant::now(), false);
        }
        let wait = match taken {
            Taken::Full => Duration::ZERO,
            _ if news => FRAME.saturating_sub(drawn.elapsed()),
            _ if state.is_open() => FRAME,
            _ => IDLE,
        };
        let (pressed, flow) = take_keys(console, state, wait, ask)?;
        if flow.is_break() {
            return Ok(());
        }
        if pressed {
            console.draw(state)?;
            (drawn, news) = (Instant::now(), false);
        }
    }
    Ok(())
}

/// How much had come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Taken {
    /// As much as is taken in at once, and there may be more.
    Full,
    /// Nothing.
    Nothing,
    /// All that had come.
    Some,
}

/// Takes in what has come and brings the lists up to date, up to the limit.
fn take_in(state: &mut State, updates: &Receiver<Update>) -> Taken {
    let start = Instant::now();
    let mut changed = state.behind;
    loop {
        let mut is_drained = false;
        for _ in 0..MAX_UPDATES {
            match updates.try_recv() {
                Ok(update) => {
                    state.absorb(update);
                    changed = true;
                }
                Err(TryRecvError::Empty) => is_drained = true,
                Err(TryRecvError::Disconnected) => {
                    changed |= state.disconnected();
                    is_drained = true;
                }
            }
            if is_drained {
                break;
            }
        }
        let more = state.catch_up();
        if is_drained && !more {
            return if changed { Taken::Some } else { Taken::Nothing };
        }
        if start.elapsed() >= TURN {
            return Taken::Full;
        }
    }
}

/// Waits for a key, then handles all that lie ready, up to the limit.
fn take_keys(
    console: &mut impl Console,
    state: &mut State,
    wait: Duration,
    ask: &mut dyn FnMut(Ask),
) -> Result<(bool, ControlFlow<()>), Error> {
    let mut wait = wait;
    for taken in 0..MAX_INPUTS {
        let effect = match console.input(wait)? {
            Some(Input::Key(key)) => state.press(key),
            Some(Input::Mouse(mouse)) => state.mouse(mouse),
            Some(Input::Resize(size)) => {
                state.resize(size);
                None
            }
            None => return Ok((taken > 0, ControlFlow::Continue(()))),
        };
        if let Some(effect) = effect
            && effect::apply(effect, console, ask)?.is_break()
        {
            return Ok((true, ControlFlow::Break(())));
        }
        wait = Duration::ZERO;
    }
    Ok((true, ControlFlow::Continue(())))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc::channel;

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::layout::Size;

    use super::*;
    use crate::key::Key;
    use crate::update::End;

    /// Keys that come one after the other, each after the last drawing.
    struct Script {
        terminal: Terminal<TestBackend>,
        inputs: VecDeque<Input>,
        stop: Arc<AtomicBool>,
        suspended: usize,
        cleared: usize,
        drawn: usize,
    }

    impl Script {
        fn new(keys: &str) -> Self {
            Self {
                terminal: Terminal::new(TestBackend::new(80, 24)).unwrap(),
                inputs: keys.chars().map(|letter| Input::Key(Key::char(letter))).collect(),
                stop: Arc::default(),
                suspended: 0,
                cleared: 0,
                drawn: 0,
            }
        }
    }

    impl Console for Script {
        fn size(&self) -> Result<Size, Error> {
            Ok(Size::new(80, 24))
        }

        fn draw(&mut self, state: &State) -> Result<(), Error> {
            self.drawn = self.drawn.saturating_add(1);
            self.terminal.draw(|frame| crate::draw(frame, state)).unwrap();
            Ok(())
        }

        fn clear(&mut self) -> Result<(), Error> {
            self.cleared = self.cleared.saturating_add(1);
            Ok(())
        }

        fn input(&mut self, _: Duration) -> Result<Option<Input>, Error> {
            if self.inputs.is_empty() {
                self.stop.store(true, Ordering::Relaxed);
            }
            Ok(self.inputs.pop_front())
        }

        fn copy(&mut self, _: &str) -> Result<(), Error> {
            Ok(())
        }

        fn mouse(&mut self, _: bool) -> Result<(), Error> {
            Ok(())
        }

        fn suspend(&mut self) -> Result<(), Error> {
            self.suspended = self.suspended.saturating_add(1);
            Ok(())
        }
    }

    fn finished() -> Update {
        Update::Finished { packets: 3, flows: 1, sessions: 1 }
    }

    /// Runs the loop; returns how the reading ended and the keys that nobody took.
    fn play(script: &mut Script, live: bool, updates: Vec<Update>) -> (End, usize) {
        let (sender, receiver) = channel();
        let keep = sender.clone();
        updates.into_iter().for_each(|update| sender.send(update).unwrap());
        let options = Options { live, stop: Some(Arc::clone(&script.stop)), ..Options::default() };
        let mut state = State::new(&options).unwrap();
        drive(script, &mut state, &receiver, &options, &mut |_| {}).unwrap();
        drop(keep);
        (state.outcome().end, script.inputs.len())
    }

    #[test]
    fn quits_at_once_unless_a_capture_runs() {
        let cases = [
            // keys, live, updates, keys left over
            ("qx", false, vec![], 1),
            ("qx", false, vec![finished()], 1),
            ("qyx", true, vec![], 1),
            ("qnqyx", true, vec![], 1),
            ("qnx", true, vec![], 0),
            ("qx", true, vec![finished()], 1),
        ];
        for (keys, live, updates, left) in cases {
            let mut script = Script::new(keys);
            assert_eq!(play(&mut script, live, updates).1, left, "{keys} live={live}");
        }
    }

    #[test]
    fn a_stop_from_outside_ends_it() {
        let mut script = Script::new("jjj");
        script.stop.store(true, Ordering::Relaxed);
        assert_eq!(play(&mut script, true, vec![]), (End::Unfinished, 3));
        assert_eq!(script.drawn, 1, "never blank, not even then");
    }

    #[test]
    fn a_sender_that_goes_away_is_a_failure_unless_it_finished() {
        for (updates, failed) in [(vec![], true), (vec![finished()], false)] {
            let (sender, receiver) = channel();
            updates.into_iter().for_each(|update| sender.send(update).unwrap());
            drop(sender);
            let mut state = State::new(&Options::default()).unwrap();
            drive(&mut Script::new("jq"), &mut state, &receiver, &Options::default(), &mut |_| {})
                .unwrap();
            assert_eq!(matches!(state.outcome().end, End::Failed(_)), failed);
        }
    }

    #[test]
    fn all_that_has_come_is_taken_in_and_then_nothing_is_left() {
        let (sender, receiver) = channel();
        for packets in 0..1000 {
            let progress = Update::Progress {
                packets,
                bytes_read: 0,
                bytes_total: None,
                sessions: 0,
                dropped: 0,
                last: None,
            };
            sender.send(progress).unwrap();
        }
        let mut state = State::new(&Options::default()).unwrap();
        while take_in(&mut state, &receiver) == Taken::Full {}
        assert_eq!(state.counts.packets, 999);
        assert_eq!(take_in(&mut state, &receiver), Taken::Nothing);
        drop(sender);
        assert_eq!(take_in(&mut state, &receiver), Taken::Some, "the failure is news");
        assert_eq!(take_in(&mut state, &receiver), Taken::Nothing);
    }

    #[test]
    fn effects_reach_the_console() {
        let mut script = Script::new("");
        script.inputs.push_back(Input::Key(Key::ctrl('z')));
        script.inputs.push_back(Input::Key(Key::ctrl('l')));
        script.inputs.push_back(Input::Resize(Size::new(40, 10)));
        script.inputs.push_back(Input::Key(Key::ctrl('c')));
        script.inputs.push_back(Input::Key(Key::char('x')));
        assert_eq!(play(&mut script, true, vec![]).1, 1);
        assert_eq!((script.suspended, script.cleared), (1, 1));
    }
}

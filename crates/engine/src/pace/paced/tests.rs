//! By order of events, never by time: a test that waits for a clock fails on a busy machine.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers of the tests themselves")]

use std::ops::ControlFlow;

use capture::PacketHead;
use dissect::{LinkType, Record, Timestamp};

use super::super::Speed;
use super::*;
use crate::{Engine, Progress, Settings, Subscriber};

/// Blocks of as many packets of one byte, their number, that nobody can dissect, all at one time.
/// The last block comes with an error if the capture is `broken`.
struct Blocks {
    sizes: Vec<u8>,
    first: u64,
    gaps: bool,
    broken: bool,
}

impl Blocks {
    fn boxed(sizes: &[u8]) -> Box<Self> {
        Box::new(Self { sizes: sizes.to_vec(), first: 1, gaps: false, broken: false })
    }
}

impl Source for Blocks {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, Error> {
        block.clear();
        block.bytes.clear();
        block.first_number = self.first;
        for index in 0..self.sizes.remove(0) {
            let number = self.first + u64::from(index);
            block.heads.push(PacketHead {
                offset: u32::from(index),
                captured: 1,
                original: 9,
                link_type: LinkType(147),
                interface: 2,
                timestamp: Timestamp::from_secs(5),
            });
            block.bytes.push(u8::try_from(number).unwrap());
            if self.gaps {
                block.numbers.push(number * 2);
            }
        }
        self.first += block.heads.len() as u64;
        match (self.sizes.is_empty(), self.broken) {
            (false, _) => Ok(Fill::More),
            (true, false) => Ok(Fill::End),
            (true, true) => Err(Error::Empty { name: "x".into() }),
        }
    }

    fn status(&self) -> Status {
        Status::default()
    }
}

/// What comes with each block, by numbers, up to the end.
fn numbers(source: &mut Paced, mut between: impl FnMut(usize)) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    let mut block = Block::default();
    loop {
        let filled = source.fill(&mut block);
        source.pace.handled();
        for packet in block.packets() {
            let byte = packet.number / if block.numbers.is_empty() { 1 } else { 2 };
            assert_eq!(packet.data, [u8::try_from(byte).unwrap()]);
            assert_eq!((packet.original_length, packet.interface), (9, 2));
        }
        all.push(block.packets().map(|packet| packet.number).collect());
        match filled {
            Ok(Fill::More) => between(all.len()),
            _ => return all,
        }
    }
}

#[test]
fn at_full_speed_blocks_go_through() {
    let pace = Pace::new(Speed::Max);
    let mut source = Paced::new(Blocks::boxed(&[2, 0, 3]), pace);
    assert_eq!(numbers(&mut source, |_| {}), [vec![1, 2], vec![], vec![3, 4, 5]]);
}

#[test]
fn steps_are_single_packets_and_nothing_is_lost_between_modes() {
    for gaps in [false, true] {
        let pace = Pace::new(Speed::Max);
        pace.step();
        let mut source = Paced::new(Box::new(Blocks { gaps, ..*Blocks::boxed(&[3, 0, 4]) }), pace);
        let pace = source.pace.clone();
        let seen = numbers(&mut source, |blocks| match blocks {
            2 => pace.resume(),
            3 | 5 => pace.step(),
            6 => pace.set_speed(Speed::Tenths(10)),
            _ => {}
        });
        let number = |number: u64| if gaps { number * 2 } else { number };
        let expected = [vec![1], vec![2], vec![3], vec![], vec![4], vec![5], vec![6, 7]];
        let expected = expected.map(|block| block.into_iter().map(number).collect::<Vec<_>>());
        assert_eq!(seen, expected);
    }
}

#[test]
fn packets_of_one_moment_come_together_but_not_too_many() {
    let mut source = Paced::new(Blocks::boxed(&[100, 1]), Pace::new(Speed::Tenths(1)));
    let sizes: Vec<_> = numbers(&mut source, |_| {}).iter().map(Vec::len).collect();
    assert_eq!(sizes, [MOST_AT_A_TIME, 100 - MOST_AT_A_TIME, 1]);
}

#[test]
fn packets_before_an_error_come_first() {
    for (speed, expected) in [(Speed::Max, vec![vec![1, 2]]), (Speed::Tenths(10), vec![vec![1, 2]])]
    {
        let broken = Box::new(Blocks { broken: true, ..*Blocks::boxed(&[2]) });
        let mut source = Paced::new(broken, Pace::new(speed));
        assert_eq!(numbers(&mut source, |_| {}), expected);
    }
    let pace = Pace::new(Speed::Max);
    pace.step();
    let broken = Box::new(Blocks { broken: true, ..*Blocks::boxed(&[2]) });
    assert_eq!(numbers(&mut Paced::new(broken, pace), |_| {}), [vec![1], vec![2]]);
}

#[test]
fn who_stops_is_not_kept_waiting() {
    let pace = Pace::new(Speed::Max);
    pace.pause();
    let mut source = Paced::new(Blocks::boxed(&[2]), pace.clone());
    let ended = std::thread::spawn(move || numbers(&mut source, |_| {}));
    pace.stop();
    assert_eq!(ended.join().unwrap(), [Vec::<u64>::new()]);
}

/// Takes each fifth packet for a finding, and steps on wherever the replay stands.
struct Stepping {
    pace: Pace,
    heard: u64,
    stops: Vec<u64>,
}

impl Subscriber for Stepping {
    fn packets(&mut self, block: &Block) {
        self.heard += block.heads.len() as u64;
    }

    fn records(&mut self, records: &[Record]) {
        for _ in records.iter().filter(|record| record.packet.number % 5 == 0) {
            assert!(self.pace.found());
        }
    }

    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        self.pace.handled();
        if self.pace.is_paused() {
            self.stops.push(self.heard);
            self.pace.step();
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn a_step_stops_right_behind_the_finding() {
    for threads in [1, 2, 4] {
        let pace = Pace::new(Speed::Max);
        pace.step();
        let mut source = Paced::new(Blocks::boxed(&[7, 0, 9]), pace.clone());
        let mut face = Stepping { pace, heard: 0, stops: Vec::new() };
        let mut engine = Engine::new(Settings { threads, ..Settings::default() });
        engine.run(&mut source, &mut face).unwrap();
        assert_eq!((face.stops, face.heard), (vec![5, 10, 15], 16), "{threads} threads");
    }
}

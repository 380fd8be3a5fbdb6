//! A source that hands on another one's packets when they are due.

use std::time::Instant;

use capture::{Block, CustomBlock, Error, Fill, Secrets, Source, Status};

use super::schedule::Schedule;
use super::{Pace, Turn};

/// The most packets that are handed on at a time where they have a pace: whoever stops it sees few
/// more.
const MOST_AT_A_TIME: usize = 64;

/// A file's packets, at a pace.
pub struct Paced {
    source: Box<dyn Source>,
    pace: Pace,
    schedule: Schedule,
    begun: Instant,
    /// The number of decisions that the schedule is made for.
    decisions: u64,
    /// A block of the source.
    held: Block,
    /// How many of its packets were handed on.
    next: usize,
    /// What the source said with it, unless there is more.
    end: Option<Result<Fill, Error>>,
}

impl Paced {
    /// Hands on the packets of `source` as `pace` says.
    pub fn new(source: Box<dyn Source>, pace: Pace) -> Self {
        Self {
            source,
            pace,
            schedule: Schedule::default(),
            begun: Instant::now(),
            decisions: 0,
            held: Block::default(),
            next: 0,
            end: None,
        }
    }

    /// Packets that are left of the held block.
    fn left(&self) -> usize {
        self.held.heads.len().saturating_sub(self.next)
    }

    /// Sees to it that there is a packet, if the source has one.
    fn hold(&mut self) {
        if self.left() > 0 || self.end.is_some() {
            return;
        }
        self.held.clear();
        self.next = 0;
        match self.source.fill(&mut self.held) {
            Ok(Fill::More) => {}
            end => self.end = Some(end),
        }
    }

    /// Hands on a copy of the next `count` packets.
    fn give(&mut self, count: usize, block: &mut Block) -> Result<Fill, Error> {
        block.bytes.clear();
        block.first_number = self.held.number(self.next);
        for _ in 0..count {
            let Some(head) = self.held.heads.get(self.next) else { break };
            let mut head = *head;
            let data = head.data(&self.held.bytes);
            // A few packets are far smaller than 4 GiB.
            head.offset = u32::try_from(block.bytes.len()).unwrap_or(u32::MAX);
            block.bytes.extend_from_slice(data);
            block.heads.push(head);
            block.numbers.extend(self.held.numbers.get(self.next));
            self.next = self.next.saturating_add(1);
        }
        self.outcome()
    }

    /// Hands on all that is held, or else the next block, as it is.
    fn give_all(&mut self, block: &mut Block) -> Result<Fill, Error> {
        if self.left() == 0 && self.end.is_none() {
            return self.source.fill(block);
        }
        let first = self.held.number(self.next);
        std::mem::swap(block, &mut self.held);
        block.heads.drain(..self.next.min(block.heads.len()));
        block.numbers.drain(..self.next.min(block.numbers.len()));
        block.first_number = first;
        self.held.clear();
        self.next = 0;
        self.outcome()
    }

    /// What is to be said with packets that are handed on.
    fn outcome(&mut self) -> Result<Fill, Error> {
        if self.left() > 0 {
            return Ok(Fill::More);
        }
        self.end.take().unwrap_or(Ok(Fill::More))
    }

    /// How many packets are due; if none is, waits for the next one or for a decision.
    fn due(&mut self, tenths: u16, decisions: u64) -> usize {
        if decisions != self.decisions {
            self.decisions = decisions;
            self.schedule.restart();
        }
        let mut due = 0_usize;
        let waiting = self.held.heads.get(self.next..).unwrap_or_default();
        for head in waiting.iter().take(MOST_AT_A_TIME) {
            let now = self.begun.elapsed();
            let time = self.schedule.due(now, head.timestamp, tenths);
            if let Some(wait) = time.checked_sub(now).filter(|wait| !wait.is_zero()) {
                if due == 0 {
                    self.pace.wait(wait, decisions);
                }
                break;
            }
            self.schedule.given(now, time, head.timestamp);
            due = due.saturating_add(1);
        }
        due
    }
}

impl Source for Paced {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, Error> {
        block.clear();
        let outcome = loop {
            match self.pace.turn() {
                Turn::Stop => break Ok(Fill::End),
                Turn::Whole => break self.give_all(block),
                Turn::One => {
                    self.hold();
                    break self.give(1, block);
                }
                Turn::Due { tenths, decisions } => {
                    self.hold();
                    let due = self.due(tenths, decisions);
                    if due > 0 || self.left() == 0 {
                        break self.give(due, block);
                    }
                }
            }
        };
        self.pace.gave();
        outcome
    }

    fn status(&self) -> Status {
        self.source.status()
    }

    fn secrets(&self) -> &[Secrets] {
        self.source.secrets()
    }

    fn custom_blocks(&self) -> &[CustomBlock] {
        self.source.custom_blocks()
    }
}

#[cfg(test)]
mod tests;

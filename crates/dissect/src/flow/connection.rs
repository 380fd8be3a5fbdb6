//! A TCP connection as it is followed: both streams, and the order between them.
//!
//! Who acknowledges bytes has received them, so what he sends comes after them, whatever the order
//! in the capture: cards with several queues swap packets, and some are lost. A segment that
//! acknowledges what the other stream does not have yet waits a little for it (RFC 9293 section
//! 3.4); then the hole is given up.

use super::history::History;
use super::stream::{Chunk, Stream};
use crate::conversation::{Conversation, Outcome};
use crate::decode::Segment;
use crate::limits::{EARLY_BYTES, EARLY_PACKETS};
use crate::packet::PacketRef;
use crate::session::SessionEnd;
use crate::tcp::{Opening, Reset, TcpFacts};
use crate::tls::session_builder::Surroundings;
use crate::weird::WeirdKind;

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    low: Stream,
    high: Stream,
    conversation: Conversation,
    facts: TcpFacts,
    /// Segments that came before what they answer, oldest first.
    early: Vec<Early>,
}

/// A segment that waits.
#[derive(Debug)]
struct Early {
    from_low: bool,
    sequence: u32,
    acknowledgment: u32,
    flags: u8,
    payload: Vec<u8>,
    missing: u32,
    at: PacketRef,
    /// Packets of the connection since.
    waited: u8,
    /// Another one of the same side acknowledged as much.
    confirmed: bool,
}

impl Connection {
    pub(super) fn new(conversation: Conversation) -> Self {
        Self { conversation, ..Self::default() }
    }

    /// Notes what a segment says beside its bytes. `heeded`: its receiver heeds a reset of this
    /// sequence number.
    pub(super) fn note(
        &mut self,
        segment: &Segment<'_>,
        at: PacketRef,
        ttl: u8,
        from_client: bool,
        heeded: bool,
    ) {
        let facts = &mut self.facts;
        if segment.has(Segment::SYN) {
            let slot = if segment.has(Segment::ACK) { &mut facts.syn_ack } else { &mut facts.syn };
            slot.get_or_insert_with(|| Opening::read(at, ttl, segment.window, segment.options));
        }
        if segment.has(Segment::FIN) {
            let slot = if from_client { &mut facts.client_fin } else { &mut facts.server_fin };
            slot.get_or_insert(at);
        }
        if segment.has(Segment::RST) && heeded {
            facts.reset.get_or_insert(Reset { at, by_client: from_client });
        }
    }

    /// Takes a segment in.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        at: PacketRef,
        from_low: bool,
        client_is_low: bool,
        history: &mut History,
        around: &mut Surroundings<'_>,
    ) -> Outcome {
        let Self { low, high, conversation, facts, early } = self;
        let mut around = around.with_tcp(facts);
        let mut turn = Turn { conversation, outcome: Outcome::Same };
        let from_client = from_low == client_is_low;
        let (ours, theirs) =
            if from_low { (&mut *low, &mut *high) } else { (&mut *high, &mut *low) };
        for waiting in early.iter_mut() {
            waiting.waited = waiting.waited.saturating_add(1);
            waiting.confirmed |= waiting.from_low == from_low
                && segment
                    .acknowledgment
                    .is_some_and(|now| now.wrapping_sub(waiting.acknowledgment).cast_signed() >= 0);
        }
        match early_one(segment, at, from_low, theirs) {
            Some(one) => early.push(one),
            None => {
                ours.segment(segment, at, history, &mut |chunk| {
                    turn.take(from_client, chunk, &mut around)
                });
            }
        }
        if let Some(acknowledgment) = segment.acknowledgment {
            theirs.acknowledged(acknowledgment, history, &mut |chunk| {
                turn.take(!from_client, chunk, &mut around);
            });
        }
        while !early.is_empty()
            && let Some((one, overdue)) = next_early(early, low, high)
        {
            deliver(&one, overdue, (low, high), client_is_low, (&mut turn, history), &mut around);
        }
        let outcome = turn.outcome;
        if matches!(outcome, Outcome::Reversed(_)) {
            facts.reverse();
        }
        outcome
    }

    /// The connection is over: gives out what still waits, and ends the conversation.
    pub(super) fn finish(
        self,
        end: SessionEnd,
        client_is_low: bool,
        history: &mut History,
        around: &mut Surroundings<'_>,
    ) -> Outcome {
        let Self { mut low, mut high, mut conversation, facts, mut early } = self;
        let mut around = around.with_tcp(&facts);
        let mut turn = Turn { conversation: &mut conversation, outcome: Outcome::Same };
        while !early.is_empty() {
            let (one, overdue) = match next_early(&mut early, &low, &high) {
                Some(next) => next,
                None => (early.remove(0), true),
            };
            deliver(
                &one,
                overdue,
                (&mut low, &mut high),
                client_is_low,
                (&mut turn, history),
                &mut around,
            );
        }
        low.flush(history, &mut |chunk| turn.take(client_is_low, chunk, &mut around));
        high.flush(history, &mut |chunk| turn.take(!client_is_low, chunk, &mut around));
        let outcome = turn.outcome;
        conversation.finish(end, &mut around);
        outcome
    }

    /// Whether everything up to both FINs was given out.
    #[inline]
    pub(super) fn is_finished(&self) -> bool {
        self.low.is_finished() && self.high.is_finished()
    }

    /// Whether a reset in this segment is one that its receiver heeds.
    pub(super) fn heeds_reset(&self, segment: &Segment<'_>, from_low: bool) -> bool {
        let ours = if from_low { &self.low } else { &self.high };
        ours.heeds_reset(segment.sequence)
    }

    /// Whether a SYN with this sequence number opens another connection than this one.
    pub(super) fn is_other(&self, syn: u32, from_low: bool) -> bool {
        let ours = if from_low { &self.low } else { &self.high };
        ours.is_other_connection(syn)
    }

    /// Whether streams still have to be put together.
    #[inline]
    pub(super) const fn is_followed(&self) -> bool {
        self.conversation.is_followed()
    }
}

/// The segment, if it came before what it answers.
fn early_one(
    segment: &Segment<'_>,
    at: PacketRef,
    from_low: bool,
    theirs: &Stream,
) -> Option<Early> {
    let acknowledgment = segment.acknowledgment?;
    if segment.payload.is_empty() || !theirs.lacks(acknowledgment) {
        return None;
    }
    Some(Early {
        from_low,
        sequence: segment.sequence,
        acknowledgment,
        flags: segment.flags,
        payload: segment.payload.to_vec(),
        missing: segment.missing,
        at,
        waited: 0,
        confirmed: false,
    })
}

/// Takes out one that need not, or must not, wait any longer (`true`).
fn next_early(early: &mut Vec<Early>, low: &Stream, high: &Stream) -> Option<(Early, bool)> {
    let theirs = |one: &Early| if one.from_low { high } else { low };
    if let Some(at) = early.iter().position(|one| !theirs(one).lacks(one.acknowledgment)) {
        return Some((early.remove(at), false));
    }
    let bytes = || early.iter().map(|one| one.payload.len()).sum::<usize>();
    let overdue = early.first()?.waited >= EARLY_PACKETS || bytes() > EARLY_BYTES;
    overdue.then(|| (early.remove(0), true))
}

/// Takes in one that waited; what is missing before it never came (`overdue`).
fn deliver(
    one: &Early,
    overdue: bool,
    (low, high): (&mut Stream, &mut Stream),
    client_is_low: bool,
    (turn, history): (&mut Turn<'_>, &mut History),
    around: &mut Surroundings<'_>,
) {
    let from_client = one.from_low == client_is_low;
    let (ours, theirs) = if one.from_low { (low, high) } else { (high, low) };
    if overdue {
        theirs.give_up(one.acknowledgment, one.confirmed, history, &mut |chunk| {
            turn.take(!from_client, chunk, around);
        });
    }
    let segment = Segment {
        sequence: one.sequence,
        acknowledgment: Some(one.acknowledgment),
        flags: one.flags,
        payload: &one.payload,
        missing: one.missing,
        window: 0,
        options: &[],
    };
    ours.segment(&segment, one.at, history, &mut |chunk| turn.take(from_client, chunk, around));
}

/// What one segment does to the conversation.
struct Turn<'a> {
    conversation: &'a mut Conversation,
    outcome: Outcome,
}

impl Turn<'_> {
    /// `from_client` is meant as before the segment; once a conversation turned out to be reversed
    /// the rest of the same turn is turned around here.
    fn take(&mut self, from_client: bool, chunk: Chunk<'_>, around: &mut Surroundings<'_>) {
        let reversed = matches!(self.outcome, Outcome::Reversed(_));
        let from_client = from_client != reversed;
        match chunk {
            Chunk::Data(bytes, at) => {
                let outcome = self.conversation.data(from_client, bytes, at.into(), around);
                if outcome != Outcome::Same {
                    self.outcome = outcome;
                }
            }
            Chunk::Gap(length) => {
                self.conversation.gap(from_client, Some(length), around);
                around.weird(WeirdKind::Gap, format!("{length} bytes"));
            }
            Chunk::Weird(kind) => around.weird(kind, ""),
        }
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;

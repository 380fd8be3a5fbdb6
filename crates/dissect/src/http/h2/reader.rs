//! From the pieces of one direction to frames.
//!
//! Content of DATA frames is handed on as it comes; all other frames that are read are small, and
//! put together.

use super::PREFACE;
use super::frame::{FIRST_MAX_FRAME, HEAD_BYTES, Head, flag, kind, starts_frame};
use crate::limits::HTTP_BLOCK_BYTES;
use crate::origin::Origin;

/// What comes next.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// Some content of a stream; `ends`: it is the stream's last.
    Data { stream: u32, content: &'a [u8], ends: bool },
    /// A whole frame of another kind, and where its first byte was.
    Frame(Head, Vec<u8>, Origin),
    /// No peer would go on.
    Malformed(&'static str),
}

/// What a hole took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hole {
    /// Content of this stream; `ends`: also its last byte.
    Content { stream: u32, ends: bool },
    /// Padding, or a frame that says nothing.
    Nothing,
    /// Nobody knows.
    Unknown,
}

/// Reads one direction.
#[derive(Debug)]
pub(super) struct FrameReader {
    state: State,
    /// The frame's head as far as it came.
    head: Vec<u8>,
    /// Where its first byte was.
    first: Origin,
    /// Longest frame that the other side takes.
    max_frame: u32,
}

#[derive(Debug)]
enum State {
    /// Content and padding that are still to come; `None` before the length of the padding.
    Data {
        head: Head,
        left: u32,
        padding: Option<u32>,
    },
    Head,
    /// It is not known where the next frame starts.
    Lost,
    Payload(Head, Vec<u8>),
    /// So much of the client's preface was seen.
    Preface(usize),
    /// So much is passed over.
    Skip(u32),
}

impl FrameReader {
    /// Of the client's side, which starts with the preface, or of the server's.
    pub(super) fn new(from_client: bool) -> Self {
        Self {
            state: if from_client { State::Preface(0) } else { State::Head },
            head: Vec::new(),
            first: Origin::default(),
            max_frame: FIRST_MAX_FRAME,
        }
    }

    /// The other side takes frames of this length.
    pub(super) fn allow(&mut self, max_frame: u32) {
        self.max_frame = self.max_frame.max(max_frame.min(0xff_ffff));
    }

    /// It is not known where the next frame starts.
    pub(super) fn lose(&mut self) {
        self.state = State::Lost;
        self.head = Vec::new();
    }

    /// A piece that begins like a frame is one, if the direction was lost.
    pub(super) fn find_again(&mut self, bytes: &[u8], from_client: bool, last_stream: u32) {
        if matches!(self.state, State::Lost)
            && starts_frame(bytes, from_client, self.max_frame, last_stream)
        {
            self.state = State::Head;
        }
    }

    /// What these bytes bring, which are taken off; `None` if they are used up.
    pub(super) fn next<'a>(&mut self, bytes: &mut &'a [u8], at: Origin) -> Option<Event<'a>> {
        loop {
            match &mut self.state {
                State::Lost => {
                    *bytes = &[];
                    return None;
                }
                State::Preface(seen) => {
                    let expected = PREFACE.get(*seen..).unwrap_or_default();
                    let here = take(bytes, expected.len());
                    if !expected.starts_with(here) {
                        return Some(Event::Malformed("no preface"));
                    }
                    *seen = seen.saturating_add(here.len());
                    if *seen < PREFACE.len() {
                        return None;
                    }
                    self.state = State::Head;
                }
                State::Head => {
                    if self.head.is_empty() {
                        self.first = at;
                    }
                    let missing = HEAD_BYTES.saturating_sub(self.head.len());
                    self.head.extend(take(bytes, missing));
                    let head = Head::read(&self.head)?;
                    self.head.clear();
                    if let Some(why) = head.fault(self.max_frame) {
                        return Some(Event::Malformed(why));
                    }
                    self.state = State::behind(head);
                    if let State::Payload(..) = self.state
                        && usize::try_from(head.length).is_ok_and(|it| it > HTTP_BLOCK_BYTES)
                    {
                        return Some(Event::Malformed("frame too long"));
                    }
                }
                State::Skip(left) => {
                    *left = left.saturating_sub(take_u32(bytes, *left).1);
                    if *left > 0 {
                        return None;
                    }
                    self.state = State::Head;
                }
                State::Payload(head, payload) => {
                    let length = usize::try_from(head.length).unwrap_or(usize::MAX);
                    payload.extend(take(bytes, length.saturating_sub(payload.len())));
                    if payload.len() < length {
                        return None;
                    }
                    let frame = Event::Frame(*head, std::mem::take(payload), self.first);
                    self.state = State::Head;
                    return Some(frame);
                }
                State::Data { head, left, padding } => {
                    let head = *head;
                    let Some(padding) = *padding else {
                        if *left == 0 {
                            return Some(Event::Malformed("padding"));
                        }
                        let length = take(bytes, 1).first().copied().map(u32::from)?;
                        *left = left.saturating_sub(1);
                        if length > *left {
                            return Some(Event::Malformed("padding"));
                        }
                        *padding = Some(length);
                        continue;
                    };
                    let (content, taken) = take_u32(bytes, left.saturating_sub(padding));
                    *left = left.saturating_sub(taken);
                    if *left > padding {
                        return (taken > 0).then_some(Event::Data {
                            stream: head.stream,
                            content,
                            ends: false,
                        });
                    }
                    self.state = State::Skip(padding);
                    let ends = head.has(flag::END_STREAM);
                    return Some(Event::Data { stream: head.stream, content, ends });
                }
            }
        }
    }

    /// Bytes are missing; how many, where that is known.
    pub(super) fn gap(&mut self, length: Option<u32>) -> Hole {
        if let Some(length) = length {
            match &mut self.state {
                State::Data { head, left, padding: Some(padding) } => {
                    let padding = *padding;
                    if let Some(rest) = left.checked_sub(length) {
                        let head = *head;
                        if rest > padding {
                            *left = rest;
                            return Hole::Content { stream: head.stream, ends: false };
                        }
                        self.state = State::Skip(rest);
                        let ends = head.has(flag::END_STREAM);
                        return Hole::Content { stream: head.stream, ends };
                    }
                }
                State::Skip(left) => {
                    if let Some(rest) = left.checked_sub(length) {
                        *left = rest;
                        return Hole::Nothing;
                    }
                }
                _ => {}
            }
        }
        self.lose();
        Hole::Unknown
    }
}

impl State {
    /// What follows a head.
    fn behind(head: Head) -> Self {
        match head.kind {
            kind::DATA => Self::Data {
                head,
                left: head.length,
                padding: (!head.has(flag::PADDED)).then_some(0),
            },
            kind::PING => Self::Skip(head.length),
            known if known <= kind::CONTINUATION => Self::Payload(head, Vec::new()),
            // Types that are not known are passed over (RFC 9113 section 4.1).
            _ => Self::Skip(head.length),
        }
    }
}

/// Takes so many bytes off, or as many as there are.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count.min(bytes.len()));
    *bytes = rest;
    taken
}

/// The same, with how many they are.
fn take_u32<'a>(bytes: &mut &'a [u8], count: u32) -> (&'a [u8], u32) {
    let taken = take(bytes, usize::try_from(count).unwrap_or(usize::MAX));
    (taken, u32::try_from(taken.len()).unwrap_or(count))
}

//! Both directions of a WebSocket connection: frames are put together to messages. Where bytes are
//! missing and it is not known any more where a frame ends, the next one is the segment that holds
//! nothing but whole frames.

use std::sync::Arc;

use super::frame::{self, Frame, HEADER_BYTES, Header, Opcode};
use super::inflate::{Agreed, Broken, Inflater};
use super::message::Message;
use super::{Connection, Headers, Incomplete, PacketSpan, WebSocketKind, WebSocketMessage};
use crate::limits::HTTP_LOST_BYTES;
use crate::origin::Origin;
use crate::record::Fact;
use crate::session::SessionEnd;
use crate::weird::WeirdKind;

/// State of a connection.
#[derive(Debug)]
pub(crate) struct WebSocketConnection {
    connection: Arc<Connection>,
    exchange: u32,
    index: u32,
    agreed: Agreed,
    client: Side,
    server: Side,
    /// Bytes since one side was lost last.
    lost: usize,
    /// Something was malformed, which is told once.
    malformed: bool,
    /// A message unpacked to far more than it is; the same.
    expands: bool,
}

/// One direction.
#[derive(Debug, Default)]
struct Side {
    state: State,
    inflater: Inflater,
    /// The message of text or any bytes under way.
    message: Option<Message>,
    /// The control message under way, which may come between the frames of another.
    control: Option<Message>,
}

#[derive(Debug)]
enum State {
    /// A frame's header as far as it came, and where its first byte was.
    Header(Vec<u8>, Origin),
    /// It is not known where the next frame starts.
    Lost,
    /// A frame's payload, of which so many bytes came.
    Payload(Frame, u64),
}

impl Default for State {
    fn default() -> Self {
        Self::Header(Vec::new(), Origin::default())
    }
}

impl WebSocketConnection {
    /// The connection behind an exchange, whose response has these fields, if they say so
    /// (RFC 6455 section 4.2.2).
    pub(crate) fn after(
        connection: &Arc<Connection>,
        exchange: u32,
        headers: &Headers,
    ) -> Option<Self> {
        let mut upgrades = headers.all("upgrade").flat_map(|value| value.split(','));
        upgrades.any(|name| name.trim().eq_ignore_ascii_case("websocket")).then_some(())?;
        let agreed = Agreed::new(headers);
        let side = |from_client| Side { inflater: agreed.inflater(from_client), ..Side::default() };
        Some(Self {
            connection: Arc::clone(connection),
            exchange,
            index: 0,
            agreed,
            client: side(true),
            server: side(false),
            lost: 0,
            malformed: false,
            expands: false,
        })
    }

    /// The next bytes of one direction: those of one segment. Gives back whether it goes on.
    pub(crate) fn data(
        &mut self,
        from_client: bool,
        bytes: &[u8],
        at: Origin,
        facts: &mut Vec<Fact>,
    ) -> bool {
        let packs = self.agreed.packs;
        let mut used = 0_usize;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            let side = self.side(from_client);
            let taken = match &mut side.state {
                State::Lost if used == 0 && frame::are_whole(bytes, from_client, packs) => {
                    side.state = State::default();
                    0
                }
                State::Lost => {
                    self.lost = self.lost.saturating_add(rest.len());
                    return self.lost <= HTTP_LOST_BYTES;
                }
                State::Header(header, first) => {
                    if header.is_empty() {
                        *first = at;
                    }
                    let before = header.len();
                    header.extend(rest.iter().take(HEADER_BYTES.saturating_sub(before)));
                    match frame::header(header, packs) {
                        Header::Frame(frame, size) => {
                            let first = first.packets.first;
                            side.state = State::Payload(frame, 0);
                            let packets = PacketSpan { first, last: at.packets.last };
                            if !side.begin(frame, packets) {
                                self.malformed(from_client, facts);
                            } else if frame.length == 0 {
                                self.frame_done(from_client, facts);
                            }
                            size.saturating_sub(before)
                        }
                        Header::Malformed => {
                            self.malformed(from_client, facts);
                            rest.len()
                        }
                        Header::Short => rest.len(),
                    }
                }
                State::Payload(frame, passed) => {
                    let left = frame.length.saturating_sub(*passed);
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let (frame, before) = (*frame, *passed);
                    *passed = passed.saturating_add(now as u64);
                    let part = rest.get(..now).unwrap_or_default();
                    let broken = side.payload(frame, before, part, at.packets).err();
                    self.tell_expansion(broken, facts);
                    if now as u64 == left {
                        self.frame_done(from_client, facts);
                    }
                    now
                }
            };
            used = used.saturating_add(taken);
        }
        true
    }

    const fn side(&mut self, client: bool) -> &mut Side {
        if client { &mut self.client } else { &mut self.server }
    }

    /// What came is no frame that could stand there.
    fn malformed(&mut self, from_client: bool, facts: &mut Vec<Fact>) {
        self.give_up(from_client, Incomplete::Unreadable, facts);
        if !std::mem::replace(&mut self.malformed, true) {
            let kind = WeirdKind::HttpMalformed;
            facts.push(Fact::weird(kind, "WebSocket frame"));
        }
    }

    /// The side's next frame is not where it should be.
    fn give_up(&mut self, from_client: bool, why: Incomplete, facts: &mut Vec<Fact>) {
        self.lost = 0;
        let side = self.side(from_client);
        side.state = State::Lost;
        side.inflater.lose(Broken::Unreadable);
        for message in [side.message.take(), side.control.take()].into_iter().flatten() {
            self.tell(from_client, message, Some(why), facts);
        }
    }

    fn tell_expansion(&mut self, broken: Option<Broken>, facts: &mut Vec<Fact>) {
        if broken == Some(Broken::Expands) && !std::mem::replace(&mut self.expands, true) {
            let kind = WeirdKind::HttpContentExpands;
            facts.push(Fact::weird(kind, "WebSocket message"));
        }
    }

    /// A frame is complete.
    fn frame_done(&mut self, from_client: bool, facts: &mut Vec<Fact>) {
        let side = self.side(from_client);
        let State::Payload(frame, _) = std::mem::take(&mut side.state) else { return };
        let message = match frame.opcode {
            Opcode::Close => side.control.take(),
            Opcode::Ping | Opcode::Pong => None,
            _ => side.message.take_if(|_| frame.last),
        };
        if let Some(mut message) = message {
            let broken = message.end(&mut side.inflater).err();
            self.tell_expansion(broken, facts);
            self.tell(from_client, message, None, facts);
        }
    }

    fn tell(
        &mut self,
        from_client: bool,
        message: Message,
        why: Option<Incomplete>,
        facts: &mut Vec<Fact>,
    ) {
        if message.kind != WebSocketKind::Close && message.length == 0 && why.is_some() {
            return;
        }
        let Message { kind, packets, bytes, length, coding, incomplete, .. } = message;
        facts.push(Fact::WebSocket(Arc::new(WebSocketMessage {
            connection: Arc::clone(&self.connection),
            exchange: self.exchange,
            index: self.index,
            from_client,
            kind,
            packets,
            bytes,
            length,
            coding,
            incomplete: incomplete.or(why),
        })));
        self.index = self.index.saturating_add(1);
    }

    /// Bytes of one direction are missing; how many, where that is known.
    pub(crate) fn gap(&mut self, from_client: bool, length: Option<u32>, facts: &mut Vec<Fact>) {
        let side = self.side(from_client);
        let missing = length.map(u64::from);
        match (&mut side.state, missing) {
            (State::Lost, _) => {}
            (State::Payload(frame, passed), Some(missing))
                if frame.length.saturating_sub(*passed) >= missing =>
            {
                *passed = passed.saturating_add(missing);
                let whole = *passed == frame.length;
                let message = match frame.opcode {
                    Opcode::Close | Opcode::Ping | Opcode::Pong => &mut side.control,
                    _ => &mut side.message,
                };
                if let Some(message) = message {
                    message.incomplete.get_or_insert(Incomplete::Gap);
                }
                side.inflater.lose(Broken::Unreadable);
                if whole {
                    self.frame_done(from_client, facts);
                }
            }
            _ => self.give_up(from_client, Incomplete::Gap, facts),
        }
    }

    /// The connection is over, or followed no further.
    pub(crate) fn finish(mut self, end: SessionEnd, facts: &mut Vec<Fact>) {
        let why = match end {
            SessionEnd::Closed | SessionEnd::Reset { .. } => Incomplete::Closed,
            _ => Incomplete::Cut,
        };
        for client in [true, false] {
            self.give_up(client, why, facts);
        }
    }
}

impl Side {
    /// A frame begins; whether it may stand there (RFC 6455 section 5.4).
    fn begin(&mut self, frame: Frame, packets: PacketSpan) -> bool {
        let kind = match frame.opcode {
            Opcode::Ping | Opcode::Pong => return true,
            Opcode::Close => {
                self.control = Some(Message::new(WebSocketKind::Close, false, packets));
                return true;
            }
            Opcode::Continuation => {
                // Behind a hole, the first frame of a message may be missing.
                if let Some(message) = &mut self.message {
                    message.packets.last = packets.last;
                }
                return true;
            }
            Opcode::Binary => WebSocketKind::Binary,
            Opcode::Text => WebSocketKind::Text,
        };
        let free = self.message.is_none();
        if free {
            self.inflater.begin();
            self.message = Some(Message::new(kind, frame.packed, packets));
        }
        free
    }

    /// Takes in bytes of a frame's payload, of which so many came before.
    fn payload(
        &mut self,
        frame: Frame,
        passed: u64,
        bytes: &[u8],
        packets: PacketSpan,
    ) -> Result<(), Broken> {
        let message = match frame.opcode {
            Opcode::Close => &mut self.control,
            Opcode::Ping | Opcode::Pong => return Ok(()),
            Opcode::Binary | Opcode::Continuation | Opcode::Text => &mut self.message,
        };
        let Some(message) = message else { return Ok(()) };
        message.packets.last = packets.last;
        match frame.mask {
            None => message.take(bytes, &mut self.inflater),
            Some(mask) => {
                let mut plain = bytes.to_vec();
                frame::unmask(&mut plain, mask, passed);
                message.take(&plain, &mut self.inflater)
            }
        }
    }
}

//! One flow as it is followed: counters, and while its handshake lasts, streams and a conversation.

use std::sync::Arc;

use super::connection::Connection;
use super::history::History;
use super::key::FlowKey;
use super::moves::Home;
use super::summary::{FlowEnd, FlowSummary};
use super::tuple::{Flow, FlowId, Transport, Tunnel};
use crate::conversation::{Conversation, Datagrams, Outcome};
use crate::decode::Segment;
use crate::known::Known;
use crate::lan;
use crate::limits::FLOW_WEIRDS;
use crate::packet::{Packet, PacketRef};
use crate::record::{Fact, Record, RecordOrder};
use crate::session::SessionEnd;
use crate::tls::KeyLog;
use crate::tls::session_builder::Surroundings;

/// A flow in the table. Past its handshake (`followed` is `None`) it is a few counters.
#[derive(Debug)]
pub(crate) struct Entry {
    key: FlowKey,
    /// Whether the client is the lower endpoint of `key`.
    client_is_low: bool,
    tunnel: Option<Tunnel>,
    /// Its first packet, whose number is the flow's.
    first: PacketRef,
    last: PacketRef,
    low: Counters,
    high: Counters,
    /// Whether the client sent the reset, if there was one.
    reset_by_client: Option<bool>,
    application: Option<&'static str>,
    sequence: u32,
    weirds: u8,
    followed: Option<Followed>,
    /// What records say of the flow, while there are some.
    identity: Option<Arc<Flow>>,
    moved: Option<Box<Moved>>,
}

/// What few flows have to do with: a QUIC connection that went on under another address.
#[derive(Debug, Default)]
struct Moved {
    /// The flow whose QUIC connection goes on here.
    home: Option<Home>,
    /// The last packet on another flow of the QUIC connection that began here.
    relayed: Option<PacketRef>,
}

/// Counters of the packets that one endpoint sent.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    packets: u64,
    bytes: u64,
    tcp_flags: u8,
}

/// What is dropped once nothing more can be learned.
#[derive(Debug)]
enum Followed {
    Tcp(Box<Connection>),
    Udp(Datagrams),
}

/// Where records go, and what all flows of a dissector share.
pub(crate) struct Outbox<'a> {
    /// Records found.
    pub(crate) records: &'a mut Vec<Record>,
    /// What was read before.
    pub(crate) known: &'a mut Known,
    /// Secrets, if somebody gave some.
    pub(crate) keys: Option<&'a KeyLog>,
    /// Scratch space for the facts of one packet.
    pub(crate) facts: &'a mut Vec<Fact>,
    /// What retransmissions are compared with.
    pub(crate) history: &'a mut History,
}

impl Outbox<'_> {
    /// What a conversation needs of it.
    fn surroundings(&mut self) -> Surroundings<'_> {
        self.split().1
    }

    /// The same beside what a stream needs.
    fn split(&mut self) -> (&mut History, Surroundings<'_>) {
        let Self { known, facts, keys, history, .. } = self;
        (history, Surroundings { facts, known, keys: *keys, tcp: None })
    }
}

impl Entry {
    /// A flow whose first packet this is; `from_low`: its lower endpoint sent it.
    pub(crate) fn new(
        key: FlowKey,
        tunnel: Option<Tunnel>,
        packet: &Packet<'_>,
        client_is_low: bool,
    ) -> Self {
        let (low, high) = key.endpoints();
        let followed = match key.transport() {
            Transport::Tcp => {
                let conversation = Conversation::between(low.port, high.port);
                Followed::Tcp(Box::new(Connection::new(conversation)))
            }
            Transport::Udp => Followed::Udp(Datagrams::between(low.port, high.port)),
        };
        Self {
            key,
            client_is_low,
            tunnel,
            first: packet.reference(),
            last: packet.reference(),
            low: Counters::default(),
            high: Counters::default(),
            reset_by_client: None,
            application: None,
            sequence: 0,
            weirds: 0,
            followed: Some(followed),
            identity: None,
            moved: None,
        }
    }

    /// The table key.
    #[inline]
    pub(crate) const fn key(&self) -> &FlowKey {
        &self.key
    }

    /// The flow's number.
    #[inline]
    pub(crate) const fn id(&self) -> FlowId {
        FlowId(self.first.number)
    }

    /// Its last packet, or that of its connection on another flow.
    pub(crate) fn last(&self) -> PacketRef {
        self.moved.as_ref().and_then(|moved| moved.relayed).unwrap_or(self.last)
    }

    /// Whether both sides sent FIN, or one a reset.
    #[inline]
    pub(crate) const fn is_closed(&self) -> bool {
        self.reset_by_client.is_some()
            || self.low.tcp_flags & self.high.tcp_flags & Segment::FIN != 0
    }

    /// Whether its packets are counted, and nothing else.
    #[inline]
    pub(crate) fn is_counted_only(&self) -> bool {
        self.followed.is_none() && self.moved.is_none()
    }

    /// Whether somebody might have to read its datagrams, whatever else it is.
    pub(crate) fn may_tell_of_lan(&self) -> bool {
        let (low, high) = self.key.endpoints();
        self.key.transport() == Transport::Udp
            && (lan::has_port(low.port) || lan::has_port(high.port))
    }

    /// Whether a SYN without ACK opens another connection of the same five-tuple.
    pub(crate) fn is_reopened_by(&self, segment: &Segment<'_>, from_low: bool) -> bool {
        if !segment.has(Segment::SYN) || segment.has(Segment::ACK) {
            return false;
        }
        match &self.followed {
            Some(Followed::Tcp(connection)) => connection.is_other(segment.sequence, from_low),
            // No stream is kept any more, so the connection had spoken.
            _ => true,
        }
    }

    /// Counts a packet.
    #[inline]
    pub(crate) fn count(&mut self, packet: &Packet<'_>, from_low: bool, tcp_flags: u8) {
        self.last = packet.reference();
        if let Some(moved) = &mut self.moved {
            moved.relayed = None;
        }
        let counters = if from_low { &mut self.low } else { &mut self.high };
        counters.packets = counters.packets.saturating_add(1);
        counters.bytes = counters.bytes.saturating_add(u64::from(packet.original_length));
        counters.tcp_flags |= tcp_flags;
    }

    /// Takes in a TCP segment.
    pub(crate) fn segment(
        &mut self,
        packet: &Packet<'_>,
        segment: &Segment<'_>,
        ttl: u8,
        from_low: bool,
        out: &mut Outbox<'_>,
    ) {
        self.count(packet, from_low, segment.flags);
        let Some(Followed::Tcp(connection)) = &mut self.followed else {
            if segment.has(Segment::RST) {
                self.reset_by_client.get_or_insert(from_low == self.client_is_low);
            }
            return;
        };
        let at = packet.reference();
        let from_client = from_low == self.client_is_low;
        let mut reset = false;
        if segment.flags & Segment::TURNS != 0 {
            let heeded = connection.heeds_reset(segment, from_low);
            connection.note(segment, at, ttl, from_client, heeded);
            reset = segment.has(Segment::RST) && heeded;
        }
        let (history, mut around) = out.split();
        let outcome =
            connection.segment(segment, at, from_low, self.client_is_low, history, &mut around);
        let finished = connection.is_finished();
        if reset {
            // What is under way from the other side still comes, and tells what was refused: the
            // session ends with the flow.
            self.reset_by_client.get_or_insert(from_client);
        } else if finished {
            self.stop(self.closed(), out);
        }
        self.apply(outcome);
        self.emit(packet.number, out);
        self.drop_if_counted();
    }

    /// Takes in a UDP datagram.
    pub(crate) fn datagram(
        &mut self,
        packet: &Packet<'_>,
        payload: &[u8],
        from_low: bool,
        out: &mut Outbox<'_>,
    ) {
        self.count(packet, from_low, 0);
        self.lan_message(packet, payload, from_low, out);
        let Some(Followed::Udp(datagrams)) = &mut self.followed else { return };
        let from_client = from_low == self.client_is_low;
        let mut around = out.surroundings();
        let direct = self.tunnel.is_none();
        let outcome = datagrams.datagram(from_client, payload, (packet, direct), &mut around);
        self.apply(outcome);
        self.emit(packet.number, out);
        self.drop_if_counted();
    }

    /// Takes in a datagram of another flow, which may be of the connection that began here. Says
    /// whether it is.
    pub(crate) fn elsewhere(
        &mut self,
        packet: &Packet<'_>,
        payload: &[u8],
        from_client: bool,
        out: &mut Outbox<'_>,
    ) -> bool {
        let Some(Followed::Udp(datagrams)) = &mut self.followed else { return false };
        let mut around = out.surroundings();
        let opened = datagrams.elsewhere(from_client, payload, packet.reference(), &mut around);
        if opened {
            self.moved.get_or_insert_default().relayed = Some(packet.reference());
        }
        self.emit(packet.number, out);
        self.drop_if_counted();
        opened
    }

    /// The QUIC connection of another flow goes on here.
    pub(crate) fn moved(&mut self, home: Home, client_is_low: bool) {
        self.moved.get_or_insert_default().home = Some(home);
        self.client_is_low = client_is_low;
        self.identity = None;
        self.application = Some("quic");
        self.followed = None;
    }

    /// The flow whose connection goes on here, and whether a packet of this direction is sent by
    /// its client.
    pub(crate) fn home(&self, from_low: bool) -> Option<(Home, bool)> {
        Some((self.moved.as_ref()?.home?, from_low == self.client_is_low))
    }

    /// Connection ids of its QUIC connection since the last call, and whether they name the server.
    pub(crate) fn take_new_ids(&mut self) -> Vec<(Vec<u8>, bool)> {
        match &mut self.followed {
            Some(Followed::Udp(datagrams)) => datagrams.take_new_ids(),
            _ => Vec::new(),
        }
    }

    /// DHCP and its like are read whatever else the flow is: each datagram stands for itself.
    fn lan_message(
        &mut self,
        packet: &Packet<'_>,
        payload: &[u8],
        from_low: bool,
        out: &mut Outbox<'_>,
    ) {
        let (low, high) = self.key.endpoints();
        let (source, destination) = if from_low { (low, high) } else { (high, low) };
        if !lan::has_port(source.port) {
            return;
        }
        let frame = packet.link_addresses().filter(|_| self.tunnel.is_none());
        if let Some(message) = lan::datagram(source, destination, frame, payload) {
            out.facts.push(Fact::Lan(message));
            self.emit(packet.number, out);
        }
    }

    /// The flow is over: gives out its session, if one is open, and its summary. `at`: number of
    /// the packet that showed it, `u64::MAX` at the end of the capture.
    pub(crate) fn finish(mut self, end: FlowEnd, at: u64, out: &mut Outbox<'_>) {
        let session_end = match end {
            FlowEnd::Closed => self.closed(),
            FlowEnd::EndOfCapture => SessionEnd::EndOfCapture,
            FlowEnd::Evicted | FlowEnd::TimedOut => SessionEnd::TimedOut,
        };
        self.stop(session_end, out);
        let (client, server) =
            if self.client_is_low { (self.low, self.high) } else { (self.high, self.low) };
        out.facts.push(Fact::Flow(Box::new(FlowSummary {
            client_packets: client.packets,
            server_packets: server.packets,
            client_bytes: client.bytes,
            server_bytes: server.bytes,
            first: self.first,
            last: self.last,
            client_tcp_flags: client.tcp_flags,
            server_tcp_flags: server.tcp_flags,
            end,
            application: self.application,
        })));
        self.emit(at, out);
    }

    /// How a closed connection was closed.
    const fn closed(&self) -> SessionEnd {
        match self.reset_by_client {
            Some(by_client) => SessionEnd::Reset { by_client },
            None => SessionEnd::Closed,
        }
    }

    /// Gives out what streams still hold and ends the session.
    fn stop(&mut self, end: SessionEnd, out: &mut Outbox<'_>) {
        let client_is_low = self.client_is_low;
        let (history, mut around) = out.split();
        match self.followed.take() {
            None => {}
            Some(Followed::Tcp(connection)) => {
                let outcome = connection.finish(end, client_is_low, history, &mut around);
                self.apply(outcome);
            }
            Some(Followed::Udp(datagrams)) => datagrams.finish(end, &mut around),
        }
    }

    fn apply(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Same => {}
            Outcome::Recognised(name) => self.application = Some(name),
            Outcome::Reversed(name) => {
                self.application = name.or(self.application);
                self.client_is_low = !self.client_is_low;
                self.identity = None;
                self.reset_by_client = self.reset_by_client.map(|by_client| !by_client);
            }
        }
    }

    fn drop_if_counted(&mut self) {
        let counted = match &self.followed {
            Some(Followed::Tcp(connection)) => !connection.is_followed(),
            Some(Followed::Udp(datagrams)) => !datagrams.is_followed(),
            None => false,
        };
        if counted {
            self.followed = None;
            self.identity = None;
        }
    }

    /// Turns the facts of this call into records.
    #[inline]
    fn emit(&mut self, at: u64, out: &mut Outbox<'_>) {
        if !out.facts.is_empty() {
            self.emit_all(at, out);
        }
    }

    fn emit_all(&mut self, at: u64, out: &mut Outbox<'_>) {
        let flow = match &self.identity {
            Some(flow) => Arc::clone(flow),
            None => Arc::clone(self.identity.insert(Arc::new(self.identify()))),
        };
        for fact in out.facts.drain(..) {
            if matches!(fact, Fact::Weird(_)) {
                if self.weirds >= FLOW_WEIRDS {
                    continue;
                }
                self.weirds = self.weirds.saturating_add(1);
            }
            out.records.push(Record {
                order: RecordOrder { packet: at, flow: self.id().0, sequence: self.sequence },
                packet: self.last(),
                flow: Some(Arc::clone(&flow)),
                fact,
            });
            self.sequence = self.sequence.saturating_add(1);
        }
    }

    fn identify(&self) -> Flow {
        let (low, high) = self.key.endpoints();
        let (client, server) = if self.client_is_low { (low, high) } else { (high, low) };
        Flow { id: self.id(), client, server, transport: self.key.transport(), tunnel: self.tunnel }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::expiry::Slot;

    /// What a flow costs that is only counted: its entry, its place in the table and, twice at most,
    /// in the queue of those that are due.
    #[test]
    fn a_counted_flow_is_small() {
        let queued = 2 * size_of::<(Slot, u64)>();
        let size = size_of::<Option<Entry>>() + size_of::<(u8, Slot)>() + queued;
        assert!(size <= 256, "{size}");
    }
}

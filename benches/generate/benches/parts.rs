//! What one thing of each kind costs, without files and threads: `cargo bench -p generate`.
//!
//! `dissected` is from a packet's bytes to records, `detected` from records to findings. Times are for
//! all things of an input; the rate (`items/s`) is for one.

use std::sync::Arc;

use detect::Detection;
use dissect::tls::KeyLog;
use dissect::{Decoder, Dissector, Known, LinkType, Packet, Record, Timestamp};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use generate::{Facts, Kind, Plan};

fn main() {
    divan::main();
}

/// Things of one input.
const THINGS: u64 = 480;

/// A capture in memory.
struct Input {
    file: Vec<u8>,
    keys: Arc<KeyLog>,
    facts: Facts,
}

impl Input {
    fn of(plan: &Plan) -> Self {
        let (mut file, mut keys) = (Vec::new(), Vec::new());
        let facts = plan.write(&mut file, &mut keys).unwrap();
        Self { file, keys: Arc::new(KeyLog::parse(&keys)), facts }
    }

    fn packets(&self) -> Vec<Packet<'_>> {
        let frames = generate::packets(&self.file).into_iter().zip(1..);
        let packet = |((micros, data), number)| Packet {
            number,
            timestamp: Timestamp::from_nanos(micros as i64 * 1000),
            link_type: LinkType::ETHERNET,
            data,
            original_length: <[u8]>::len(data) as u32,
            interface: 0,
        };
        frames.map(packet).collect()
    }
}

/// One thread's work on packets, without shards.
struct Line {
    decoder: Decoder,
    dissector: Dissector,
    known: Known,
    records: Vec<Record>,
}

impl Line {
    fn new(input: &Input) -> Self {
        let mut dissector = Dissector::default();
        dissector.set_keys(Arc::clone(&input.keys));
        Self {
            decoder: Decoder::default(),
            dissector,
            known: Known::default(),
            records: Vec::new(),
        }
    }

    fn packets(&mut self, packets: &[Packet<'_>]) {
        for packet in packets {
            let decoded = self.decoder.decode(packet);
            self.dissector.packet(packet, &decoded, &mut self.known, &mut self.records);
        }
    }
}

#[divan::bench]
fn packet_decoded(bencher: Bencher<'_, '_>) {
    let input = Input::of(&Plan::of(Kind::Tls, 50));
    let packets = input.packets();
    bencher.counter(ItemsCount::new(packets.len())).bench_local(|| {
        let mut decoder = Decoder::default();
        for packet in &packets {
            black_box(decoder.decode(packet));
        }
    });
}

/// Bulk data of flows whose handshakes are over.
#[divan::bench]
fn packet_shunted(bencher: Bencher<'_, '_>) {
    let input = Input::of(&Plan { bulk: Some(2000), ..Plan::of(Kind::Tls, 9) });
    let packets = input.packets();
    // One flow in turn sends a packet: all handshakes are over long before the first quarter is.
    let (begin, rest) = packets.split_at(packets.len() / 4);
    bencher
        .counter(ItemsCount::new(rest.len()))
        .with_inputs(|| {
            let mut line = Line::new(&input);
            line.packets(begin);
            line
        })
        .bench_local_refs(|line| line.packets(rest));
}

/// Kinds whose flows are made of one sort of thing.
const KINDS: [Kind; 5] = [Kind::Flood, Kind::Quic, Kind::Dns, Kind::Http, Kind::Decrypted];

/// Flows of a kind, and how many things that makes.
fn things(kind: Kind) -> (Input, u64) {
    let flows = match kind {
        Kind::Http => THINGS / 8,
        Kind::Decrypted => THINGS / 4,
        _ => THINGS,
    };
    let input = Input::of(&Plan::of(kind, flows));
    let things = match kind {
        Kind::Flood | Kind::Quic => input.facts.handshakes,
        Kind::Http | Kind::Decrypted => input.facts.exchanges,
        _ => input.facts.flows,
    };
    (input, things)
}

#[divan::bench(args = KINDS)]
fn dissected(bencher: Bencher<'_, '_>, kind: Kind) {
    let (input, things) = things(kind);
    let packets = input.packets();
    bencher
        .counter(ItemsCount::new(things))
        .with_inputs(|| Line::new(&input))
        .bench_local_refs(|line| line.packets(&packets));
}

#[divan::bench(args = KINDS)]
fn detected(bencher: Bencher<'_, '_>, kind: Kind) {
    let (input, things) = things(kind);
    let mut line = Line::new(&input);
    line.packets(&input.packets());
    line.dissector.finish(&mut line.known, &mut line.records);
    let roots = generate::roots();
    bencher
        .counter(ItemsCount::new(things))
        .with_inputs(|| {
            let extra_roots = roots.clone();
            let settings = detect::Settings { extra_roots, ..detect::Settings::default() };
            let mut detection = Detection::new(settings);
            detection.begin_input(0);
            detection
        })
        .bench_local_refs(|detection| {
            for record in &line.records {
                black_box(detection.observe(record));
            }
        });
}

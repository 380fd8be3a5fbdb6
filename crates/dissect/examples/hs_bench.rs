//! temp
#![allow(clippy::all, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::print_stderr, clippy::print_stdout)]
use dissect::*;
fn main() {
    let mut a = std::env::args().skip(1);
    let path = a.next().unwrap();
    let pass: usize = a.next().map_or(1, |n| n.parse().unwrap());
    let data = std::fs::read(path).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    let t = std::time::Instant::now();
    for _ in 0..pass {
        let mut d = Dissector::default();
        let mut dec = Decoder::default();
        let mut recs = Vec::new();
        let mut at = 24;
        let mut n = 0;
        while at + 16 <= data.len() {
            let w = |o: usize| u32::from_le_bytes(data[at + o..at + o + 4].try_into().unwrap());
            let (s, us, cap, len) = (w(0), w(4), w(8) as usize, w(12));
            n += 1;
            let p = Packet { number: n, timestamp: Timestamp::from_nanos(i64::from(s) * 1_000_000_000 + i64::from(us) * 1000), link_type: LinkType(1), data: &data[at + 16..at + 16 + cap], original_length: len, interface: 0 };
            at += 16 + cap;
            let decoded = dec.decode(&p);
            if let Decoded::Tcp(ad, _) | Decoded::Udp(ad, _) = &decoded {
                d.packet(&p, &Routed::new(ad), &decoded, &mut recs);
            }
            if recs.len() > 64 { for r in recs.drain(..) { count(&mut counts, &r) } }
        }
        d.finish(&mut recs);
        for r in recs.drain(..) { count(&mut counts, &r) }
    }
    eprintln!("{:?} {:?}", t.elapsed(), counts);
}
fn count(c: &mut std::collections::BTreeMap<&'static str, u64>, r: &Record) {
    let k = match &r.fact { Fact::Session(Stage::Negotiated, _) => "neg", Fact::Session(Stage::Certified, _) => "cert", Fact::Session(Stage::Ended, s) => { *c.entry("cts").or_default() += s.ciphertexts.len() as u64; "ended" }, Fact::Flow(_) => "flow", Fact::Dns(_) => "dns", Fact::Exchange(_) => "x", _ => "other" };
    *c.entry(k).or_default() += 1;
}

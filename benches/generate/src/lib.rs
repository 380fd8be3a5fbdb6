//! Large captures out of the small ones in `captures/`: deterministic, with new addresses, ports,
//! times, randoms and names, correct lengths and checksums. `benches/README.md` says what for.

mod chain;
mod edit;
mod flow;
mod random;
mod script;
mod sealed;
mod template;
mod wire;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use chain::Issuer;
use flow::{Bulk, Flow};
use script::{Script, Tail};
use wire::Pcap;

pub use script::Kind;

/// 2026-11-25, 00:00 UTC: all certificates of the captures are valid.
const START: u64 = 1_795_564_800;

/// What is wanted.
#[derive(Clone, Debug, clap::Args)]
pub struct Plan {
    /// What it is made of
    pub kind: Kind,
    /// So many flows
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    pub flows: u64,
    /// About so many megabytes (10^6), if that is reached before
    #[arg(long, default_value_t = 1000.0)]
    pub size: f64,
    /// Flows at the same time
    #[arg(long, default_value_t = 2000)]
    pub concurrent: usize,
    /// Packets a second
    #[arg(long, default_value_t = 100_000)]
    pub rate: u64,
    /// Packets of bulk data of each flow instead of the kind's own
    #[arg(long)]
    pub bulk: Option<u64>,
    /// Where the small captures are
    #[arg(long, default_value = CAPTURES)]
    pub captures: PathBuf,
}

/// The small captures of this repository.
const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../captures");

/// What is in a capture.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// TCP connections, and UDP flows.
    pub flows: u64,
    /// Handshakes of TLS and QUIC.
    pub handshakes: u64,
    /// Requests of HTTP with their responses.
    pub exchanges: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flows, handshakes, exchanges, packets, bytes } = self;
        write!(f, "flows={flows} handshakes={handshakes} exchanges={exchanges} ")?;
        write!(f, "packets={packets} bytes={bytes}")
    }
}

impl Plan {
    /// So many flows of a kind, for benches.
    pub fn of(kind: Kind, flows: u64) -> Self {
        Self {
            kind,
            flows,
            size: f64::INFINITY,
            concurrent: 50,
            rate: 100_000,
            bulk: None,
            captures: CAPTURES.into(),
        }
    }

    /// Writes the capture to `out`, and to `keys` the key log of what can be decrypted.
    pub fn write(&self, out: impl Write, keys: &mut dyn Write) -> Result<Facts> {
        let issuer = Arc::new(Issuer::new());
        let mut scripts = script::of(self.kind, &self.captures, &issuer)?;
        if let Some(packets) = self.bulk {
            scripts.iter_mut().for_each(|script| script.bulk = (packets, packets));
        }
        Ok(write(self, &scripts, out, keys)?)
    }
}

/// The root of the chains in [`Kind::Flood`], in PEM.
pub fn root_pem() -> String {
    Issuer::new().root_pem()
}

/// All roots that a scan must trust to find nothing wrong with certificates, in DER: that of
/// [`Kind::Flood`], and the lab's.
pub fn roots() -> Vec<Vec<u8>> {
    let lab = std::fs::read_to_string(format!("{CAPTURES}/lab/trust/public-root.pem")).unwrap();
    let pem = format!("{}{lab}", root_pem());
    pem.split("-----BEGIN CERTIFICATE-----")
        .filter_map(|text| text.split_once("-----END"))
        .map(|(text, _)| STANDARD.decode(text.replace(char::is_whitespace, "")).unwrap())
        .collect()
}

/// The packets of such a capture: microseconds since 1970, and the frame.
pub fn packets(file: &[u8]) -> Vec<(u64, &[u8])> {
    let number = |bytes: &[u8]| u64::from(u32::from_le_bytes(*bytes.first_chunk().unwrap()));
    let mut rest = &file[24..];
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (head, after) = rest.split_at(16);
        let (frame, after) = after.split_at(number(&head[8..]) as usize);
        packets.push((number(head) * 1_000_000 + number(&head[4..]), frame));
        rest = after;
    }
    packets
}

/// All packets: each flow under way sends one in turn.
fn write(
    plan: &Plan,
    scripts: &[Script],
    out: impl Write,
    keys: &mut dyn Write,
) -> io::Result<Facts> {
    let most = (plan.size * 1e6) as u64;
    let mut planned = 0;
    let bulk = Bulk::new();
    let mut pcap = Pcap::new(out, START, plan.rate);
    let mut facts = Facts::default();
    let mut under_way: Vec<Flow<'_>> = Vec::new();
    let mut begin = || -> io::Result<Option<Flow<'_>>> {
        let number = facts.flows;
        if number >= plan.flows || planned >= most {
            return Ok(None);
        }
        let script = &scripts[(number % scripts.len() as u64) as usize];
        planned += script.size(number);
        let (handshakes, exchanges) = script.counts();
        facts.flows += 1;
        facts.handshakes += handshakes;
        facts.exchanges += exchanges;
        if let Tail::Exchanges(sealed) = &script.tail {
            sealed.log(number, keys)?;
        }
        Ok(Some(Flow::new(script, number)))
    };
    loop {
        // One more at each turn until all are under way, so that they are not in step.
        if under_way.len() < plan.concurrent
            && let Some(flow) = begin()?
        {
            under_way.push(flow);
        }
        if under_way.is_empty() {
            break;
        }
        let mut index = 0;
        while index < under_way.len() {
            if under_way[index].step(&mut pcap, &bulk)? {
                index += 1;
                continue;
            }
            match begin()? {
                Some(flow) => under_way[index] = flow,
                None => drop(under_way.swap_remove(index)),
            }
        }
    }
    pcap.finish()?;
    Ok(Facts { packets: pcap.packets, bytes: pcap.bytes, ..facts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_kind_is_the_same_in_every_run_and_whole() {
        for &kind in Kind::value_variants() {
            let make = || {
                let (mut file, mut keys) = (Vec::new(), Vec::new());
                let facts = Plan::of(kind, 50).write(&mut file, &mut keys).unwrap();
                (file, keys, facts)
            };
            let (file, keys, facts) = make();
            assert_eq!(facts.flows, 50);
            assert_eq!(facts.packets, packets(&file).len() as u64);
            assert_eq!(facts.bytes, file.len() as u64);
            assert_eq!(keys.is_empty(), kind != Kind::Decrypted);
            assert!((file, keys, facts) == make(), "{kind:?}");
        }
    }
}
